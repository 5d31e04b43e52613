//! Random numbers that can be had again.

use std::hash::{BuildHasher, RandomState};

/// The seed of tests that kill at random moments: the one in `LBACK_KILL_SEED`, or another one each
/// time, which is printed.
pub(crate) fn kill_seed() -> u64 {
    let seed = std::env::var("LBACK_KILL_SEED").map_or_else(
        |_| RandomState::new().hash_one("kill"),
        |seed| seed.parse().unwrap(),
    );
    println!("LBACK_KILL_SEED={seed}");
    seed
}

/// The generator `SplitMix64`.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// One of `0..end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end).unwrap()).unwrap()
    }

    /// Once in so many times.
    pub(crate) fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// One of these, if there are any.
    pub(crate) fn one_of<T>(&mut self, all: impl IntoIterator<Item = T>) -> Option<T> {
        let mut all: Vec<T> = all.into_iter().collect();
        if all.is_empty() {
            return None;
        }
        let chosen = self.below(all.len());
        Some(all.swap_remove(chosen))
    }

    pub(crate) fn shuffle<T>(&mut self, all: &mut [T]) {
        for last in (1..all.len()).rev() {
            all.swap(self.below(last + 1), last);
        }
    }

    /// From 0 to 1, and not that.
    pub(crate) fn part(&mut self) -> f64 {
        f64::from(u32::try_from(self.next() >> 32).unwrap()) / (f64::from(u32::MAX) + 1.0)
    }
}
