//! Tokens with a clock that goes back.

use std::time::Duration;

use time::OffsetDateTime;

use super::{Account, HOUR};
use crate::clock::Clock;
use crate::token::{PendingToken, TokenError};

/// Checks that, whatever the clock does, a token is valid once; an expired token, or one issued by a clock that was
/// ahead, is refused; and a new token is available after the interval at the latest.
///
/// # Panics
///
/// Panics if a check fails.
pub fn a_clock_that_goes_back_does_no_harm<T: Account>(new: impl Fn() -> T) {
    const DAY: Duration = Duration::from_hours(24);
    const SECOND: Duration = Duration::from_secs(1);
    const TOLERANCE: Duration = PendingToken::CLOCK_TOLERANCE;
    let noon = OffsetDateTime::UNIX_EPOCH + DAY * 365;
    let mut user = new();
    let token = Clock::fixed(noon)
        .generate_email_verification_token(&mut user, HOUR)
        .expect("entropy");

    let expired = Clock::fixed(noon + HOUR).verify_email(&mut user, token.expose());
    assert_eq!(expired, Err(TokenError::Expired));
    // The clock was ahead when the token was issued, and has been corrected.
    for (earlier, peeked) in [
        (noon - TOLERANCE, Ok(())),
        (noon - TOLERANCE - SECOND, Err(TokenError::Expired)),
        (noon - DAY * 300, Err(TokenError::Expired)),
    ] {
        assert_eq!(
            Clock::fixed(earlier).peek_email_verification_token(&user, token.expose()),
            peeked,
            "by a clock that was ahead by {}",
            noon - earlier
        );
    }
    assert_eq!(
        Clock::fixed(noon - TOLERANCE).verify_email(&mut user, token.expose()),
        Ok(())
    );
    for later in [noon - DAY, noon, noon + DAY] {
        let again = Clock::fixed(later).verify_email(&mut user, token.expose());
        assert_eq!(again, Err(TokenError::NoToken));
        assert!(user.is_email_verified());
    }

    let mut resend = |now| {
        Clock::fixed(now)
            .resend_email_verification_token(&mut user, HOUR, HOUR)
            .map(drop)
    };
    assert_eq!(resend(noon), Ok(()));
    assert_eq!(resend(noon - TOLERANCE), Err(TokenError::TooSoon));
    assert_eq!(
        resend(noon - DAY),
        Ok(()),
        "by a clock that was a day ahead"
    );
    assert_eq!(resend(noon - DAY + HOUR), Ok(()));
}
