//! The state after a failure.

use time::OffsetDateTime;

use super::occupied::Occupied;
use super::{Account, HOUR, PASSWORD, WRONG};
use crate::clock::Clock;
use crate::hasher::Hasher;
use crate::password::PasswordError;
use crate::random::RandomSourceError;

/// Checks that the old password stays valid if a new one cannot be set, and the pending token if another one is
/// refused.
///
/// # Panics
///
/// Panics if a check fails.
pub fn a_failure_changes_nothing<T: Account>(new: impl Fn() -> T) {
    let hasher = Hasher::insecure_for_tests();
    let without_entropy = Hasher::builder().random(|_: &mut [u8]| Err(RandomSourceError));
    let without_entropy = without_entropy.build().expect("the default parameters");
    let occupied = Occupied::new();
    let mut user = new().with_password(&hasher);
    let stored = user.stored().map(str::to_owned);
    let epoch = user.__fields().password.epoch();
    for (hasher, password, error) in [
        (&hasher, "", PasswordError::Empty),
        (&hasher, &*"x".repeat(1 << 20), PasswordError::TooLong),
        (&without_entropy, WRONG, PasswordError::Entropy),
        (&occupied.hasher, WRONG, PasswordError::Busy),
    ] {
        assert_eq!(hasher.set_password(&mut user, password), Err(error));
        assert_eq!(user.stored(), stored.as_deref(), "after {error:?}");
        assert!(user.__fields().password.epoch() == epoch, "after {error:?}");
    }
    assert_eq!(hasher.check_password(&user, PASSWORD), Ok(true));
    assert_eq!(hasher.check_password(&user, WRONG), Ok(false));
    assert_eq!(hasher.check_and_upgrade(&mut user, WRONG), Ok(false));
    assert_eq!(user.stored(), stored.as_deref());

    let now = OffsetDateTime::now_utc();
    let token = Clock::fixed(now)
        .generate_email_verification_token(&mut user, HOUR)
        .expect("entropy");
    let before = user.__fields().email_verification.clone();
    for (presented, at) in [("", now), ("wrong", now), (token.expose(), now + HOUR)] {
        assert!(Clock::fixed(at).verify_email(&mut user, presented).is_err());
        assert_eq!(*user.__fields().email_verification, before);
    }
    assert_eq!(
        Clock::fixed(now).verify_email(&mut user, token.expose()),
        Ok(())
    );
}
