//! Signals of the methods.

use time::OffsetDateTime;

use super::observe::sends;
use super::occupied::Occupied;
use super::{Account, DAMAGED, HOUR, PASSWORD, STALE, WRONG};
use crate::clock::Clock;
use crate::email_verification::{EmailVerification, Voucher};
use crate::hasher::Hasher;
use crate::password::PasswordError;
use crate::random::RandomSourceError;
use crate::token::{PendingToken, TokenError};

/// Checks that each call of a method sends exactly the one signal of its result, on every path, and in addition one
/// for an upgrade of the hash.
///
/// # Panics
///
/// Panics if a check fails.
pub fn each_call_sends_exactly_one_signal<T: Account>(new: impl Fn() -> T) {
    setting(&new);
    checking(&new);
    upgrading(&new);
    verifying(&new);
    #[cfg(feature = "tokio")]
    asynchronous(&new);
}

fn without_entropy() -> Hasher {
    let builder = Hasher::builder().memory(8).passes(1);
    let builder = builder.random(|_: &mut [u8]| Err(RandomSourceError));
    builder.build().expect("argon2 takes these parameters")
}

fn setting<T: Account>(new: &impl Fn() -> T) {
    let hasher = Hasher::insecure_for_tests();
    let mut user = new();
    let set = sends(&hasher, &["user_password_set"], || {
        user.set_password(PASSWORD)
    });
    assert_eq!(set, Ok(()));
    let occupied = Occupied::new();
    for (hasher, password, error) in [
        (&hasher, "", PasswordError::Empty),
        (&hasher, &*"x".repeat(4097), PasswordError::TooLong),
        (&without_entropy(), WRONG, PasswordError::Entropy),
        (&occupied.hasher, WRONG, PasswordError::Busy),
    ] {
        let failed = &["user_password_set_failed"];
        let set = sends(hasher, failed, || user.set_password(password));
        assert_eq!(set, Err(error));
    }
    sends(&hasher, &[], || user.set_unusable_password());
}

fn checking<T: Account>(new: &impl Fn() -> T) {
    let hasher = Hasher::insecure_for_tests();
    let check = |user: &mut T, guess: &str, expected| {
        let signal = match expected {
            Ok(_) => "user_password_checked",
            Err(_) => "user_password_check_failed",
        };
        let checked = sends(&hasher, &[signal], || user.check_password(guess));
        assert_eq!(checked, expected);
        let checked = sends(&hasher, &[signal], || user.check_and_upgrade(guess));
        assert_eq!(checked, expected);
    };
    let mut user = new().with_password(&hasher);
    check(&mut user, PASSWORD, Ok(true));
    for wrong in [WRONG, "", &PASSWORD[1..], &"x".repeat(1 << 20)] {
        check(&mut user, wrong, Ok(false));
    }
    user.store(None);
    for guess in [PASSWORD, ""] {
        check(&mut user, guess, Ok(false));
    }
    let errors = [
        PasswordError::Corrupt,
        PasswordError::UnknownScheme,
        PasswordError::CostOutOfBounds,
        PasswordError::UnknownPepper,
    ];
    for (damaged, error) in DAMAGED.into_iter().zip(errors) {
        user.store(Some(damaged));
        for guess in [PASSWORD, "", damaged] {
            check(&mut user, guess, Err(error));
        }
    }
    let user = new().with_password(&hasher);
    let occupied = Occupied::new();
    let failed = &["user_password_check_failed"];
    let busy = sends(&occupied.hasher, failed, || user.check_password(PASSWORD));
    assert_eq!(busy, Err(PasswordError::Busy));
}

fn upgrading<T: Account>(new: &impl Fn() -> T) {
    let hasher = Hasher::insecure_for_tests();
    let mut user = new();
    user.store(Some(STALE));
    let checked = &["user_password_checked"];
    let wrong = sends(&hasher, checked, || user.check_and_upgrade(WRONG));
    assert_eq!((wrong, user.stored()), (Ok(false), Some(STALE)));
    // The password is right, even if no new hash can be made.
    let right = sends(&without_entropy(), checked, || {
        user.check_and_upgrade(PASSWORD)
    });
    assert_eq!((right, user.stored()), (Ok(true), Some(STALE)));
    let both = &["user_password_checked", "user_password_upgraded"];
    let right = sends(&hasher, both, || user.check_and_upgrade(PASSWORD));
    assert_eq!(right, Ok(true));
    assert_ne!(user.stored(), Some(STALE));
    let again = sends(&hasher, checked, || user.check_and_upgrade(PASSWORD));
    assert_eq!(again, Ok(true));
}

fn verifying<T: Account>(new: &impl Fn() -> T) {
    let hasher = Hasher::insecure_for_tests();
    let now = OffsetDateTime::now_utc();
    let generated = &["user_email_verification_token_generated"];
    let failed = &["user_email_verification_failed"];
    let verified = &["user_email_verified"];
    let mut user = new();
    *user.__fields_mut().email_verification = EmailVerification::unverified();

    let refused = |user: &mut T, token: &str, at, reason| {
        let peeked = sends(&hasher, &[], || {
            Clock::fixed(at).peek_email_verification_token(user, token)
        });
        assert_eq!(peeked, Err(reason));
        let refused = sends(&hasher, failed, || {
            Clock::fixed(at).verify_email(user, token)
        });
        assert_eq!(refused, Err(reason));
    };
    refused(&mut user, "none", now, TokenError::NoToken);
    let entropy = sends(&without_entropy(), failed, || {
        user.generate_email_verification_token(HOUR).map(drop)
    });
    assert_eq!(entropy, Err(TokenError::Entropy));
    let token = sends(&hasher, generated, || {
        Clock::fixed(now).generate_email_verification_token(&mut user, HOUR)
    });
    let token = token.expect("entropy");
    let again = sends(&hasher, failed, || {
        Clock::fixed(now)
            .resend_email_verification_token(&mut user, HOUR, HOUR)
            .map(drop)
    });
    assert_eq!(again, Err(TokenError::TooSoon));
    refused(&mut user, "another", now, TokenError::Mismatch);
    refused(&mut user, token.expose(), now + HOUR, TokenError::Expired);
    let pending = user.__fields().email_verification.pending();
    let pending = pending.expect("a pending token");
    let pending = PendingToken::new(*pending.digest(), "not the address", now, now + HOUR);
    let mut moved = user.clone();
    *moved.__fields_mut().email_verification = EmailVerification::from_parts(None, Some(pending));
    refused(&mut moved, token.expose(), now, TokenError::EmailChanged);
    assert!(!moved.is_email_verified());

    let right = sends(&hasher, verified, || {
        Clock::fixed(now).verify_email(&mut user, token.expose())
    });
    assert_eq!(right, Ok(()));
    assert!(user.is_email_verified());
    refused(&mut user, token.expose(), now, TokenError::NoToken);

    // The account's own methods use the system's clock.
    let early = Clock::fixed(OffsetDateTime::UNIX_EPOCH);
    let token = early.generate_email_verification_token(&mut user, HOUR);
    let token = token.expect("entropy");
    let late = Err(TokenError::Expired);
    let peeked = sends(&hasher, &[], || {
        user.peek_email_verification_token(token.expose())
    });
    assert_eq!(peeked, late);
    let refused = sends(&hasher, failed, || user.verify_email(token.expose()));
    assert_eq!(refused, late);
    let token = sends(&hasher, generated, || {
        user.resend_email_verification_token(HOUR, HOUR)
    });
    let token = token.expect("the last token is old");
    let right = sends(&hasher, verified, || user.verify_email(token.expose()));
    assert_eq!(right, Ok(()));

    let later = now + HOUR;
    let resent = sends(&hasher, generated, || {
        Clock::fixed(later).resend_email_verification_token(&mut user, HOUR, HOUR)
    });
    assert!(resent.is_ok() && user.is_email_verified());
    let mut vouched = new();
    sends(&hasher, verified, || {
        vouched.verify_email_by(Voucher::Administrator);
    });
    assert!(vouched.is_email_verified());
    sends(&hasher, &[], || vouched.deactivate());
    assert!(!vouched.is_active());
}

#[cfg(feature = "tokio")]
fn asynchronous<T: Account>(new: &impl Fn() -> T) {
    use super::observe::block_on;

    let hasher = Hasher::insecure_for_tests();
    let mut user = new();
    let set = &["user_password_set"];
    let failed = &["user_password_set_failed"];
    let checked = &["user_password_checked"];
    let check_failed = &["user_password_check_failed"];
    let empty = sends(&hasher, failed, || block_on(user.set_password_async("")));
    assert_eq!(empty, Err(PasswordError::Empty));
    let right = sends(&hasher, set, || block_on(user.set_password_async(PASSWORD)));
    assert_eq!(right, Ok(()));
    for (guess, is_right) in [(PASSWORD, true), (WRONG, false)] {
        let answer = sends(&hasher, checked, || {
            block_on(user.check_password_async(guess))
        });
        assert_eq!(answer, Ok(is_right));
    }
    user.store(Some(STALE));
    let both = &["user_password_checked", "user_password_upgraded"];
    let answer = sends(&hasher, both, || {
        block_on(user.check_and_upgrade_async(PASSWORD))
    });
    assert_eq!(answer, Ok(true));
    user.store(Some(DAMAGED[0]));
    let answer = sends(&hasher, check_failed, || {
        block_on(user.check_password_async(WRONG))
    });
    assert_eq!(answer, Err(PasswordError::Corrupt));
    let answer = sends(&hasher, check_failed, || {
        block_on(user.check_and_upgrade_async(WRONG))
    });
    assert_eq!(answer, Err(PasswordError::Corrupt));
}
