//! Why a token could not be issued, or is not good.

use thiserror::Error;

/// Why a token could not be issued, or is not good.
///
/// ```
/// use lback_auth::TokenError;
///
/// let reason = TokenError::Expired;
/// assert_eq!(reason.to_string(), "the token has expired; issue a new one");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TokenError {
    /// No token is out: none was issued, or it was used.
    #[error("no token is pending; issue one first")]
    NoToken,

    /// The text presented is not the token that was issued last.
    #[error("the token is not the one issued last")]
    Mismatch,

    /// It is the right token, at or after its expiry, or issued by a clock that was ahead by more than
    /// [`CLOCK_TOLERANCE`](crate::PendingToken::CLOCK_TOLERANCE).
    #[error("the token has expired; issue a new one")]
    Expired,

    /// It is the right token and in time, but the user's address is no longer the one it was
    /// issued for.
    #[error("the email address changed after the token was issued; issue a new one")]
    EmailChanged,

    /// The last token was issued a moment ago, and stays the one that is out.
    #[error("a token was issued a moment ago; wait before issuing another")]
    TooSoon,

    /// The hasher's source of random bytes, which is the operating system's unless another was given,
    /// has failed. Trying again may help.
    #[error("the source of random bytes failed; no token could be drawn")]
    Entropy,
}
