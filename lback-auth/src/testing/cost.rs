//! The work of a check.

use super::{Account, DAMAGED, PASSWORD, STALE, WRONG};
use crate::hasher::Hasher;

/// Checks that right, wrong, unusable and damaged passwords take the same number of hashes, and that a wrong password
/// on a cheaper hash takes the same work, so that the time of a check does not disclose the case.
///
/// # Panics
///
/// Panics if a check fails.
pub fn every_check_costs_the_same<T: Account>(new: impl Fn() -> T) {
    let hasher = Hasher::insecure_for_tests();
    let cost = |stored: Option<&str>, guess: &str| {
        let mut user = new();
        user.store(stored);
        let before = hasher.stats().hashes();
        let _ = hasher.check_password(&user, guess);
        hasher.stats().hashes() - before
    };
    let hash = new().with_password(&hasher).stored().map(str::to_owned);
    // The second guess differs from its prepared form, so both are hashed.
    for (guess, expected) in [(WRONG, 1), ("wro\u{6e}\u{303}g", 2), ("", 0)] {
        assert_eq!(cost(hash.as_deref(), guess), expected, "wrong: {guess:?}");
        assert_eq!(cost(None, guess), expected, "unusable: {guess:?}");
        for damaged in DAMAGED {
            assert_eq!(cost(Some(damaged), guess), expected, "{damaged}: {guess:?}");
        }
    }
    assert_eq!(cost(hash.as_deref(), PASSWORD), 1, "right");
    cheaper_hashes_cost_as_much(new);
}

/// Checks that a wrong password on a hash cheaper than a new one is as much work as an unknown account.
fn cheaper_hashes_cost_as_much<T: Account>(new: impl Fn() -> T) {
    let hasher = Hasher::builder().memory(96).passes(2).build();
    let hasher = hasher.expect("argon2 takes these parameters");
    let work = |stored: Option<&str>, guess: &str| {
        let mut user = new();
        user.store(stored);
        let before = hasher.stats().work();
        let _ = hasher.check_password(&user, guess);
        hasher.stats().work() - before
    };
    for (guess, expected) in [(WRONG, 192), ("wro\u{6e}\u{303}g", 2 * 192), ("", 0)] {
        assert_eq!(work(None, guess), expected, "unusable: {guess:?}");
        assert_eq!(work(Some(STALE), guess), expected, "cheaper: {guess:?}");
    }
    assert_eq!(work(Some(STALE), PASSWORD), 64, "right");
}
