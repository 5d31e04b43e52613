//! Numbers of the log that were passed over, since nothing was seen there yet.

use std::collections::BTreeMap;
use std::ops::{Range, RangeInclusive};
use std::time::{Duration, Instant};

/// How long an entry may take to appear: as long as the longest transaction.
pub(super) const KEPT: Duration = Duration::from_hours(1);

/// How long to wait before looking into one again: as long as it was there before, within these.
const SHORTEST: Duration = Duration::from_millis(250);
const LONGEST: Duration = Duration::from_secs(8);

/// Ranges of numbers, by the first of each. Those of a transaction that was rolled back stay empty.
#[derive(Default)]
pub(super) struct Gaps(BTreeMap<i64, Gap>);

#[derive(Clone, Copy)]
struct Gap {
    /// The number after its last.
    end: i64,
    since: Instant,
    due: Instant,
}

impl Gaps {
    /// Adds numbers that come after all others, if these are any.
    pub(super) fn add(&mut self, numbers: Range<i64>, now: Instant) {
        if !numbers.is_empty() {
            let gap = Gap {
                end: numbers.end,
                since: now,
                due: now + SHORTEST,
            };
            self.0.insert(numbers.start, gap);
        }
    }

    /// The first number of one that is to be looked into now.
    pub(super) fn due(&self, now: Instant) -> Option<i64> {
        let mut gaps = self.0.iter();
        gaps.find_map(|(first, gap)| (gap.due <= now).then_some(*first))
    }

    /// Takes a number out, at which there is an entry; `false`, if it is in none.
    pub(super) fn take(&mut self, number: i64) -> bool {
        let before = self.0.range(..=number).next_back();
        let Some((&first, &gap)) = before.filter(|(_, gap)| number < gap.end) else {
            return false;
        };
        self.0.remove(&first);
        if first < number {
            self.0.insert(first, Gap { end: number, ..gap });
        }
        if number + 1 < gap.end {
            self.0.insert(number + 1, gap);
        }
        true
    }

    /// Notes that those which begin at these numbers were looked into.
    pub(super) fn looked_into(&mut self, firsts: RangeInclusive<i64>, now: Instant) {
        let given_up = self.0.extract_if(firsts, |_, gap| {
            let age = now - gap.since;
            gap.due = now + age.clamp(SHORTEST, LONGEST);
            age >= KEPT
        });
        given_up.for_each(drop);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    /// So many entries are read at a time.
    const PAGE: usize = 3;

    /// Reads the entries that there are as the log does.
    #[derive(Default)]
    struct Reader {
        gaps: Gaps,
        last: i64,
        read: Vec<i64>,
    }

    impl Reader {
        fn read(&mut self, there: &BTreeSet<i64>, now: Instant) {
            for number in there.range(self.last + 1..) {
                self.gaps.add(self.last + 1..*number, now);
                self.last = *number;
                self.read.push(*number);
            }
            while let Some(first) = self.gaps.due(now) {
                let page: Vec<_> = there.range(first..).take(PAGE).copied().collect();
                let late = page.iter().filter(|number| self.gaps.take(**number));
                self.read.extend(late);
                let last = page.last().map_or(i64::MAX, |last| *last);
                self.gaps.looked_into(first..=last, now);
            }
        }
    }

    proptest! {
        #[test]
        fn whatever_order_entries_appear_in_each_is_read_once(
            order in Just((1..40).collect::<Vec<i64>>()).prop_shuffle(),
            steps in prop::collection::vec((0_usize..8, 0_u64..20), 1..20),
        ) {
            let mut order = order.into_iter();
            let mut there = BTreeSet::new();
            let mut reader = Reader::default();
            let mut now = Instant::now();
            for (appearing, seconds) in steps {
                there.extend(order.by_ref().take(appearing));
                reader.read(&there, now);
                now += Duration::from_secs(seconds);
            }
            reader.read(&there, now + LONGEST);
            reader.read.sort_unstable();
            prop_assert_eq!(reader.read, there.into_iter().collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_gap_that_stays_is_looked_into_less_often_and_given_up_in_the_end() {
        let start = Instant::now();
        let mut gaps = Gaps::default();
        gaps.add(1..1000, start);
        gaps.add(1001..1001, start);
        let mut looks = Vec::new();
        let mut now = start;
        while !gaps.0.is_empty() {
            if let Some(first) = gaps.due(now) {
                gaps.looked_into(first..=first, now);
                looks.push((now - start).as_millis());
            }
            now += SHORTEST;
        }
        assert_eq!(looks[..7], [250, 500, 1000, 2000, 4000, 8000, 16_000]);
        assert_eq!(looks[7], 24_000);
        assert!(looks.len() < 500, "{}", looks.len());
        let last = start + Duration::from_millis(looks[looks.len() - 1].try_into().unwrap());
        assert!(last >= start + KEPT);
    }
}
