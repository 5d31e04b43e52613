//! What is in a column, and what it is here.

use std::time::Duration;

use time::{OffsetDateTime, PrimitiveDateTime};

use crate::{StoreError, TokenPurpose, UserId};

/// The number of an account. Any other text is no account's id: an id is compared as text, so `+7`
/// and `007` are not 7.
pub(in crate::store) fn account_number(id: &UserId) -> Option<i64> {
    let number: i64 = id.as_str().parse().ok()?;
    (number.to_string() == id.as_str()).then_some(number)
}

/// An instant in microseconds since 1970, rounded down: what expires does so a little sooner then.
pub(in crate::store) fn micros(instant: OffsetDateTime) -> i64 {
    let micros = instant.unix_timestamp_nanos().div_euclid(1000);
    // No instant of the type is as far away as that.
    i64::try_from(micros).unwrap_or(i64::MAX)
}

/// The instant of so many microseconds.
pub(in crate::store) fn instant(micros: i64) -> Result<OffsetDateTime, StoreError> {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1000)
        .map_err(|error| StoreError::Unreadable(error.into()))
}

/// The instant of so many microseconds, or the last one there is: some delay may end after it.
pub(in crate::store) fn instant_or_last(micros: i64) -> OffsetDateTime {
    instant(micros).unwrap_or_else(|_| PrimitiveDateTime::MAX.assume_utc())
}

/// A span in nanoseconds; 292 years at most, which is for ever.
pub(in crate::store) fn nanos(span: Duration) -> i64 {
    i64::try_from(span.as_nanos()).unwrap_or(i64::MAX)
}

/// The purpose of a name.
pub(in crate::store) fn purpose(name: &str) -> Result<TokenPurpose, StoreError> {
    TokenPurpose::ALL
        .into_iter()
        .find(|purpose| purpose.as_str() == name)
        .ok_or_else(|| StoreError::Unreadable("a token has an unknown purpose".into()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_id_is_a_number_as_it_is_written() {
        for text in [
            "",
            "+7",
            "07",
            " 7",
            "7 ",
            "7\0",
            "seven",
            "9223372036854775808",
            "٧",
            "-0",
        ] {
            assert_eq!(account_number(&UserId::new(text)), None, "{text:?}");
        }
        assert_eq!(account_number(&UserId::new(7)), Some(7));
        assert_eq!(account_number(&UserId::new(i64::MIN)), Some(i64::MIN));
    }

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
