//! The ending of a delivery whose attempt has failed.

use std::time::Duration;

use super::dead_letter::DeadReason;
use crate::durable::outbox::Ending;
use crate::info::{Backoff, DurableReceiver, OnDead};
use crate::report::{FailureKind, Retry, retry_of};

/// Returns how a failed attempt ends, and the reason if the delivery becomes a dead letter.
pub(super) fn verdict(
    failure: &FailureKind,
    attempt: u32,
    receiver: &DurableReceiver,
    random: u64,
) -> (Ending, Option<DeadReason>) {
    let retry = match failure {
        FailureKind::Error(error) => retry_of(error),
        _ => Retry::Backoff,
    };
    let error = format!("{failure:#}");
    let reason = match retry {
        Retry::Never => Some(DeadReason::PermanentError),
        _ if attempt >= receiver.attempts() => Some(DeadReason::AttemptsExhausted),
        _ => None,
    };
    if reason.is_some() {
        let ending = Ending::Dead {
            error,
            was_run: true,
            blocks_key: blocks_key(receiver),
        };
        return (ending, reason);
    }
    let after = match retry {
        Retry::After(after) => after,
        _ => delay(receiver.backoff(), attempt, random),
    };
    (Ending::Retry { after, error }, None)
}

/// Returns whether a dead letter of this receiver blocks the later deliveries of its key.
pub(super) fn blocks_key(receiver: &DurableReceiver) -> bool {
    receiver.on_dead() == OnDead::Block
}

/// Returns the delay before the attempt that follows `attempt`: a random one up to the bound of the backoff.
pub(super) fn delay(backoff: Backoff, attempt: u32, random: u64) -> Duration {
    fraction(backoff.bound(attempt), random)
}

/// Returns the part of a duration that a random number is of all random numbers.
pub(super) fn fraction(bound: Duration, random: u64) -> Duration {
    const NANOS_PER_SECOND: u128 = 1_000_000_000;
    // The longest duration has 94 bits.
    let nanos = (bound.as_nanos() * u128::from(random >> 32)) >> 32;
    let seconds = u64::try_from(nanos / NANOS_PER_SECOND).unwrap_or(u64::MAX);
    let subsecond = u32::try_from(nanos % NANOS_PER_SECOND).unwrap_or(0);
    Duration::new(seconds, subsecond)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::DeliveryError;

    const RECEIVER: DurableReceiver = DurableReceiver::__new("ship")
        .__attempts(3)
        .__backoff(2_000, 10_000);

    fn failure() -> FailureKind {
        FailureKind::Error("no stock".into())
    }

    #[test]
    fn the_delay_is_a_random_part_of_a_bound_that_doubles() {
        let backoff = RECEIVER.backoff();
        let half = 1 << 63;
        let delays = [1, 2, 3, 4, 5, u32::MAX].map(|attempt| delay(backoff, attempt, half));
        assert_eq!(delays, [1, 2, 4, 5, 5, 5].map(Duration::from_secs));
        assert_eq!(delay(backoff, 1, 0), Duration::ZERO);
        let longest = delay(backoff, 1, u64::MAX);
        assert!(longest < Duration::from_secs(2) && longest > Duration::from_millis(1_999));
        assert!(fraction(Duration::MAX, u64::MAX) > Duration::MAX / 2);
    }

    #[test]
    fn the_error_chooses() {
        let kind = |error: DeliveryError| FailureKind::Error(error.into_failure());
        let error = "failed: refused".to_owned();
        let after = Duration::from_mins(1);
        let later = kind(DeliveryError::retry_after("refused", after));
        let retried = Ending::Retry {
            after,
            error: error.clone(),
        };
        assert_eq!(verdict(&later, 1, &RECEIVER, 0), (retried, None));
        let dead = Ending::Dead {
            error,
            was_run: true,
            blocks_key: false,
        };
        let exhausted = (dead.clone(), Some(DeadReason::AttemptsExhausted));
        assert_eq!(verdict(&later, 3, &RECEIVER, 0), exhausted);
        let never = kind(DeliveryError::permanent("refused"));
        assert_eq!(
            verdict(&never, 1, &RECEIVER, 0),
            (dead, Some(DeadReason::PermanentError))
        );
    }

    #[test]
    fn the_receiver_says_whether_its_dead_letters_block_their_key() {
        let ending = |receiver: &DurableReceiver| verdict(&failure(), 3, receiver, 0).0;
        let blocks = |ending| matches!(ending, Ending::Dead { blocks_key, .. } if blocks_key);
        assert!(!blocks(ending(&RECEIVER)));
        assert!(blocks(ending(&RECEIVER.__ordered().__block_on_dead())));
    }

    #[test]
    fn the_last_attempt_decides() {
        let error = "failed: no stock".to_owned();
        let after = Duration::from_secs(2);
        let retried = (
            Ending::Retry {
                after,
                error: error.clone(),
            },
            None,
        );
        assert_eq!(verdict(&failure(), 2, &RECEIVER, 1 << 63), retried);
        let dead = (
            Ending::Dead {
                error,
                was_run: true,
                blocks_key: false,
            },
            Some(DeadReason::AttemptsExhausted),
        );
        assert_eq!(verdict(&failure(), 3, &RECEIVER, 1 << 63), dead);
        // A receiver whose `attempts` was lowered meanwhile.
        assert_eq!(verdict(&failure(), 9, &RECEIVER, 1 << 63), dead);
    }
}
