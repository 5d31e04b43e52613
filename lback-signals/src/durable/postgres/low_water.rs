//! Low-water marks: the positions in the index at which searches for due deliveries begin.
//!
//! PostgreSQL keeps a deleted delivery in the index as long as any transaction has a snapshot that may see it. A search
//! from the start of the index reads all of them, for each claim.
//!
//! So claims begin at the *low-water mark* of their receiver: the time before which the last search has left no
//! delivery that was due. A delivery whose transaction commits late is due before the mark, and so is one that was
//! skipped since another transaction had locked it. Searches from the start find them: each poll is one, and so is a
//! claim every 5 seconds, since a worker that always finds deliveries does not poll. Marks decide only how early a
//! delivery is found.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::durable::outbox::ReceiverClaim;

/// The mark of a receiver that has none: the start of the index.
const START: i64 = i64::MIN;

/// The shortest time from the end of a search from the start to a claim that is the next one.
pub(super) const CLAIM_PAUSE: Duration = Duration::from_secs(5);

/// The longest time from the end of a search from the start to the next one.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// The low-water marks of an outbox.
#[derive(Default)]
pub(super) struct LowWater(Mutex<Marks>);

/// By the names and versions of receivers.
type Marks = HashMap<(Vec<&'static str>, u32, u32), Mark>;

struct Mark {
    at: i64,
    /// When the last search from the start has ended, and how long it took.
    last_full: Option<(Instant, Duration)>,
}

impl Default for Mark {
    fn default() -> Self {
        Self {
            at: START,
            last_full: None,
        }
    }
}

impl Mark {
    /// Returns where a search begins: at the start if the last such search is as long ago as the pause, and if these
    /// searches take up no more than a tenth of the time.
    fn begin(&self, pause: Duration, now: Instant) -> i64 {
        let Some((ended, took)) = self.last_full else {
            return START;
        };
        let pause = pause.max((9 * took).min(LONGEST_PAUSE));
        if now.saturating_duration_since(ended) >= pause {
            START
        } else {
            self.at
        }
    }
}

/// A search that has begun.
pub(super) struct Search {
    marks: Vec<i64>,
    begun: Instant,
}

impl Search {
    /// Returns where the search begins for each receiver.
    pub(super) fn marks(&self) -> &[i64] {
        &self.marks
    }
}

impl LowWater {
    /// Sets the mark of a receiver.
    pub(super) fn set(&self, receiver: &ReceiverClaim, at: i64) {
        self.lock().entry(key(receiver)).or_default().at = at;
    }

    /// Begins a search. The pause is the shortest one between two searches of a receiver from the start.
    pub(super) fn begin(
        &self,
        receivers: &[ReceiverClaim],
        pause: Duration,
        now: Instant,
    ) -> Search {
        let marks = self.lock();
        let begin = |receiver| {
            let mark = marks.get(&key(receiver));
            mark.map_or(START, |mark| mark.begin(pause, now))
        };
        Search {
            marks: receivers.iter().map(begin).collect(),
            begun: now,
        }
    }

    /// Notes the end of a search of the same receivers.
    pub(super) fn end(&self, search: &Search, receivers: &[ReceiverClaim], now: Instant) {
        let took = now.saturating_duration_since(search.begun);
        let mut marks = self.lock();
        for (receiver, begin) in receivers.iter().zip(&search.marks) {
            if *begin == START {
                marks.entry(key(receiver)).or_default().last_full = Some((now, took));
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Marks> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn key(receiver: &ReceiverClaim) -> (Vec<&'static str>, u32, u32) {
    let names = receiver.names.clone();
    (names, receiver.oldest_version, receiver.newest_version)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receiver(name: &'static str) -> [ReceiverClaim; 1] {
        let receiver = ReceiverClaim {
            names: vec![name],
            oldest_version: 1,
            newest_version: 1,
            limit: 1,
        };
        [receiver]
    }

    /// Returns whether a search with a pause begins at the start, which is this long after a first one.
    fn is_full(took: Duration, pause: Duration, after: Duration) -> bool {
        let (low_water, ship) = (LowWater::default(), receiver("ship"));
        low_water.set(&ship[0], 7);
        let begun = Instant::now();
        let search = low_water.begin(&ship, pause, begun);
        assert_eq!(search.marks, [START]);
        let ended = begun + took;
        low_water.end(&search, &ship, ended);
        let others = low_water.begin(&ship, pause, ended);
        assert_eq!(others.marks, [7]);
        low_water.end(&others, &ship, ended);
        low_water.begin(&ship, pause, ended + after).marks == [START]
    }

    #[test]
    fn searches_from_the_start_take_up_a_tenth_of_the_time() {
        let second = Duration::from_secs(1);
        for pause in [Duration::ZERO, CLAIM_PAUSE] {
            assert!(!is_full(second, pause, 8 * second));
            assert!(is_full(second, pause, 9 * second));
        }
    }

    #[test]
    fn the_next_search_from_the_start_is_at_most_a_minute_away() {
        let took = Duration::from_mins(2);
        assert!(is_full(took, CLAIM_PAUSE, LONGEST_PAUSE));
    }

    #[test]
    fn a_claim_is_a_search_from_the_start_after_a_pause() {
        let moment = Duration::from_millis(1);
        assert!(!is_full(moment, CLAIM_PAUSE, Duration::from_millis(4999)));
        assert!(is_full(moment, CLAIM_PAUSE, CLAIM_PAUSE));
    }

    #[test]
    fn a_search_for_one_receiver_is_none_for_another() {
        let (low_water, now) = (LowWater::default(), Instant::now());
        let [ship, send] = [receiver("ship"), receiver("send")];
        for receiver in [&ship, &send] {
            low_water.set(&receiver[0], 7);
        }
        let search = low_water.begin(&ship, CLAIM_PAUSE, now);
        low_water.end(&search, &ship, now);
        let both = [ship, send].concat();
        assert_eq!(low_water.begin(&both, CLAIM_PAUSE, now).marks, [7, START]);
    }
}
