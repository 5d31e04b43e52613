//! The errors of issuing and presenting tokens.

use thiserror::Error;

/// Error returned when a token could not be issued or is not valid.
///
/// ```
/// use lback_auth::TokenError;
///
/// let reason = TokenError::Expired;
/// assert_eq!(reason.to_string(), "the token has expired: issue a new one");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TokenError {
    /// No token is pending: none was issued, or it was consumed.
    #[error("no token is pending: issue one first")]
    NoToken,

    /// The presented text is not the token that was issued last.
    #[error("the token is not the one issued last: present that one, or issue a new one")]
    Mismatch,

    /// The token is the right one, but has expired, or was issued by a clock that was ahead by more than
    /// [`CLOCK_TOLERANCE`](crate::PendingToken::CLOCK_TOLERANCE).
    #[error("the token has expired: issue a new one")]
    Expired,

    /// The token is the right one and has not expired, but was issued for an earlier address.
    #[error("the email address changed after the token was issued: issue a new one")]
    EmailChanged,

    /// The last token was issued less than the interval ago, and stays pending.
    #[error("a token was issued a moment ago: wait before issuing another")]
    TooSoon,

    /// The hasher's source of random bytes failed, so that no token could be drawn. It is the operating
    /// system unless [`random`](crate::HasherBuilder::random) sets another one.
    #[error("the source of random bytes failed: try again later")]
    Entropy,
}
