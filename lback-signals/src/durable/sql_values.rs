//! Values of the statements of outboxes in databases, and of their rows.

use std::collections::HashSet;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::kept_error::kept_error;
use super::outbox::{Claim, Ending};

/// A thousand years.
const LONGEST: i64 = 1000 * 366 * 24 * 60 * 60 * 1000;

pub(super) fn count(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}

/// Returns the sequence number of a published signal for a statement.
pub(super) fn sequence(sequence: u64) -> i64 {
    i64::try_from(sequence).unwrap_or(i64::MAX)
}

/// Reads a number that may have been edited by hand.
pub(super) fn number(number: i64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Returns the milliseconds of a duration, rounded up: less than one is not zero, which would be due at once. So
/// many that they can be added to a time.
pub(super) fn millis(duration: Duration) -> i64 {
    let millis = duration.as_nanos().div_ceil(1_000_000);
    i64::try_from(millis).map_or(LONGEST, |millis| millis.min(LONGEST))
}

pub(super) fn duration(millis: i64) -> Duration {
    Duration::from_millis(u64::try_from(millis).unwrap_or(0))
}

/// Returns the milliseconds from the epoch to a time, rounded up.
pub(super) fn millis_since_epoch(time: SystemTime) -> i64 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(after) => millis(after),
        Err(before) => -millis(before.duration()),
    }
}

pub(super) fn time(millis: i64) -> SystemTime {
    let distance = Duration::from_millis(millis.unsigned_abs());
    let time = if millis < 0 {
        UNIX_EPOCH.checked_sub(distance)
    } else {
        UNIX_EPOCH.checked_add(distance)
    };
    time.unwrap_or(UNIX_EPOCH)
}

/// An ending for a statement.
pub(super) struct Ended {
    pub(super) ending: &'static str,
    pub(super) delay: i64,
    /// 1 if the attempt is not counted.
    pub(super) uncounted: i64,
    pub(super) error: Option<String>,
}

/// Returns an ending for a statement. `None` for one that deletes.
pub(super) fn ended(ending: &Ending) -> Option<Ended> {
    let (ending, delay, uncounted, error) = match ending {
        Ending::Done => return None,
        Ending::Retry { after, error } => ("retry", millis(*after), 0, Some(kept_error(error))),
        Ending::Dead {
            error,
            was_run,
            blocks_key,
        } => {
            let ending = if *blocks_key { "dead" } else { "skipped" };
            (ending, 0, i64::from(!was_run), Some(kept_error(error)))
        }
        Ending::Released { after } => ("released", millis(*after), 1, None),
    };
    Some(Ended {
        ending,
        delay,
        uncounted,
        error,
    })
}

/// The outcome of storing how attempts ended.
pub(super) struct Finished {
    /// The claims that were lost.
    pub(super) lost: Vec<Claim>,
    /// Whether parked deliveries are due now.
    pub(super) has_freed: bool,
}

/// Returns the claims that are not held.
pub(super) fn except(claims: &[Claim], held: &HashSet<Claim>) -> Vec<Claim> {
    let lost = claims.iter().copied().filter(|it| !held.contains(it));
    lost.collect()
}
