//! Properties that hold in a fixed number of random cases.

use std::collections::hash_map::RandomState;
use std::env;
use std::hash::BuildHasher;
use std::ops::RangeInclusive;

pub use arbtest::arbitrary::{Result, Unstructured};
use arbtest::arbtest;

/// Checks a property in this many cases, each of which is made from `size` random bytes.
///
/// `arbtest` alone runs cases until a time limit, and so fewer on a slow machine.
/// A failure prints the seed of its case; `ARBTEST_SEED` repeats that case alone.
///
/// # Panics
///
/// If the property panics in a case.
pub fn check(cases: u32, size: u32, mut property: impl FnMut(&mut Unstructured<'_>) -> Result<()>) {
    if env::var_os("ARBTEST_SEED").is_some() {
        return arbtest(property).run();
    }
    let random = RandomState::new();
    for case in 0..cases {
        // The lower half of a seed is the number of bytes.
        let seed = random.hash_one(case) << u32::BITS | u64::from(size);
        arbtest(&mut property).seed(seed).run();
    }
}

/// Makes a list whose length is in this range.
///
/// # Errors
///
/// Returns the errors of `item`, or one if the random bytes are used up.
pub fn vec<T>(
    u: &mut Unstructured<'_>,
    length: RangeInclusive<usize>,
    mut item: impl FnMut(&mut Unstructured<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    let length = u.int_in_range(length)?;
    (0..length).map(|_| item(u)).collect()
}
