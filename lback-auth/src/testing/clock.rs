//! A clock that goes back.

use std::time::Duration;

use time::OffsetDateTime;

use super::{Account, HOUR};
use crate::{EmailVerificationError as Reason, PendingToken};

/// Whatever the clock does, a token is good once; one that has expired, or was issued by a clock that was
/// ahead, verifies nothing; and the next one can be had after the interval at the latest.
///
/// # Panics
///
/// If it does harm.
pub fn a_clock_that_goes_back_does_no_harm<T: Account>(new: impl Fn() -> T) {
    const DAY: Duration = Duration::from_hours(24);
    const SECOND: Duration = Duration::from_secs(1);
    const TOLERANCE: Duration = PendingToken::CLOCK_TOLERANCE;
    let noon = OffsetDateTime::UNIX_EPOCH + DAY * 365;
    let mut user = new();
    let token = user
        .generate_email_verification_token_at(HOUR, noon)
        .expect("entropy");

    let expired = user.verify_email_at(token.expose(), noon + HOUR);
    assert_eq!(expired, Err(Reason::Expired));
    // The clock was wrong when the token was issued, and has been put right.
    for (earlier, peeked) in [
        (noon - TOLERANCE, Ok(())),
        (noon - TOLERANCE - SECOND, Err(Reason::Expired)),
        (noon - DAY * 300, Err(Reason::Expired)),
    ] {
        assert_eq!(
            user.peek_email_verification_token_at(token.expose(), earlier),
            peeked,
            "by a clock that was ahead by {}",
            noon - earlier
        );
    }
    assert_eq!(
        user.verify_email_at(token.expose(), noon - TOLERANCE),
        Ok(())
    );
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
    assert_eq!(resend(noon - TOLERANCE), Err(Reason::TooSoon));
    assert_eq!(
        resend(noon - DAY),
        Ok(()),
        "by a clock that was a day ahead"
    );
    assert_eq!(resend(noon - DAY + HOUR), Ok(()));
}
