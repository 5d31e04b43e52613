//! A clock that goes back.

use std::time::Duration;

use time::OffsetDateTime;

use super::{Account, HOUR};
use crate::EmailVerificationError as Reason;

/// Whatever the clock does, a token is good once, an expired one verifies nothing while it is, and
/// nobody is kept from getting another for longer than the interval.
///
/// # Panics
///
/// If it does harm.
pub fn a_clock_that_goes_back_does_no_harm<T: Account>(new: impl Fn() -> T) {
    const DAY: Duration = Duration::from_hours(24);
    let noon = OffsetDateTime::UNIX_EPOCH + DAY * 365;
    let mut user = new();
    let token = user
        .generate_email_verification_token_at(HOUR, noon)
        .expect("entropy");

    let expired = user.verify_email_at(token.expose(), noon + HOUR);
    assert_eq!(expired, Err(Reason::Expired));
    // The clock was wrong when the token was issued, and has been put right.
    for earlier in [noon - HOUR, noon - DAY] {
        assert_eq!(
            user.peek_email_verification_token_at(token.expose(), earlier),
            Ok(())
        );
    }
    assert_eq!(user.verify_email_at(token.expose(), noon - DAY), Ok(()));
    for later in [noon - DAY, noon, noon + DAY] {
        let again = user.verify_email_at(token.expose(), later);
        assert_eq!(again, Err(Reason::NoToken));
        assert!(user.is_email_verified());
    }

    let mut resend = |now| {
        user.resend_email_verification_token_at(HOUR, HOUR, now)
            .map(drop)
    };
    assert_eq!(resend(noon), Ok(()));
    assert_eq!(resend(noon - HOUR / 2), Err(Reason::TooSoon));
    assert_eq!(
        resend(noon - DAY),
        Ok(()),
        "by a clock that was a day ahead"
    );
    assert_eq!(resend(noon - DAY + HOUR), Ok(()));
}
