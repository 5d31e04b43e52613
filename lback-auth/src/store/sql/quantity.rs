//! Instants and spans as columns hold them.

use std::time::Duration;

use time::{OffsetDateTime, PrimitiveDateTime};

use crate::store::StoreError;

/// Returns an instant in microseconds since 1970, rounded down, so that nothing expires late.
pub(super) fn micros(instant: OffsetDateTime) -> i64 {
    let micros = instant.unix_timestamp_nanos().div_euclid(1000);
    // No instant of the type is as far away as that.
    i64::try_from(micros).unwrap_or(i64::MAX)
}

/// Returns the instant of so many microseconds.
pub(super) fn instant(micros: i64) -> Result<OffsetDateTime, StoreError> {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1000)
        .map_err(|error| StoreError::Unreadable(error.into()))
}

/// Returns the instant of so many microseconds, or the last instant: a wait may end after it.
pub(super) fn instant_or_last(micros: i64) -> OffsetDateTime {
    instant(micros).unwrap_or_else(|_| PrimitiveDateTime::MAX.assume_utc())
}

/// Returns a span in microseconds, 292 years at most, so that sums with an instant do not overflow.
pub(super) fn span(span: Duration) -> i64 {
    i64::try_from(span.as_nanos()).unwrap_or(i64::MAX) / 1000
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn all_instants_have_their_microsecond() {
        let first = PrimitiveDateTime::MIN.assume_utc();
        let last = PrimitiveDateTime::MAX.assume_utc();
        assert_eq!(instant(micros(first)).unwrap(), first);
        assert_eq!(
            last - instant(micros(last)).unwrap(),
            time::Duration::nanoseconds(999)
        );
        assert!(instant(i64::MAX).is_err() && instant(i64::MIN).is_err());
        assert_eq!(instant_or_last(i64::MAX), last);
    }

    proptest! {
        #[test]
        fn an_instant_is_rounded_down(nanos in -1_000_000_000_000_000_000..i128::from(i64::MAX)) {
            let exact = OffsetDateTime::from_unix_timestamp_nanos(nanos).unwrap();
            let stored = instant(micros(exact)).unwrap();
            prop_assert!(stored <= exact && exact - stored < time::Duration::MICROSECOND);
            prop_assert_eq!(micros(stored), micros(exact));
        }
    }
}
