//! How much work a check is.

use super::{Account, DAMAGED, PASSWORD, STALE, WRONG};
use crate::hasher::Hasher;

/// Right, wrong, unusable and damaged take the same number of hash operations, and a wrong one on a cheaper
/// hash as much work, so that the time a check takes does not tell which it was.
///
/// # Panics
///
/// If they do not.
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
    // The second is hashed as it is prepared, and as it is, unless the first is right.
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

/// A wrong password is as much work as no account where its hash is cheaper than new ones.
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
