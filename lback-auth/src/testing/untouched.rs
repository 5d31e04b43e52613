//! What a failure leaves behind.

use time::OffsetDateTime;

use super::occupied::Occupied;
use super::{Account, HOUR, PASSWORD, WRONG};
use crate::{Hasher, PasswordError, RandomSourceError};

/// A password that could not be set leaves the old one working, and a token that was refused the
/// right one.
///
/// # Panics
///
/// If they do not.
pub fn a_failure_changes_nothing<T: Account>(new: impl Fn() -> T) {
    let hasher = Hasher::insecure_for_tests();
    let without_entropy = Hasher::builder().random(|_: &mut [u8]| Err(RandomSourceError));
    let without_entropy = without_entropy.build().expect("the default parameters");
    let occupied = Occupied::new();
    let mut user = new().with_password(&hasher);
    let (stored, epoch) = (user.stored().map(str::to_owned), user.__password().epoch());
    for (hasher, password, error) in [
        (&hasher, "", PasswordError::Empty),
        (&hasher, &*"x".repeat(1 << 20), PasswordError::TooLong),
        (&without_entropy, WRONG, PasswordError::Entropy),
        (&occupied.hasher, WRONG, PasswordError::Busy),
    ] {
        assert_eq!(user.set_password_with(hasher, password), Err(error));
        assert_eq!(user.stored(), stored.as_deref(), "after {error:?}");
        assert!(user.__password().epoch() == epoch, "after {error:?}");
    }
    assert_eq!(user.check_password_with(&hasher, PASSWORD), Ok(true));
    assert_eq!(user.check_password_with(&hasher, WRONG), Ok(false));
    assert_eq!(user.check_and_upgrade_with(&hasher, WRONG), Ok(false));
    assert_eq!(user.stored(), stored.as_deref());

    let now = OffsetDateTime::now_utc();
    let token = user
        .generate_email_verification_token_at(HOUR, now)
        .expect("entropy");
    let before = user.__email_verification().clone();
    for (presented, at) in [("", now), ("wrong", now), (token.expose(), now + HOUR)] {
        assert!(user.verify_email_at(presented, at).is_err());
        assert_eq!(*user.__email_verification(), before);
    }
    assert_eq!(user.verify_email_at(token.expose(), now), Ok(()));
}
