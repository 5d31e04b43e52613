//! Results of flows, safe to show to the client.

use std::time::Duration;

use thiserror::Error;

use lback_signals::{BoxError, Failure};

use crate::password::PasswordError;
use crate::policy::PasswordRejected;
use crate::store::StoreError;
use crate::user::UserError;

/// Result of an accepted request, the same whether or not the account exists. Any further message goes to the
/// email address only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accepted;

/// Result of an attempt to sign in, safe to show to the client.
#[must_use = "access may be denied: match the result"]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Authentication<T> {
    /// The password is right. The value is the account, or for [`sign_in`](crate::Accounts::sign_in) the session and the
    /// account.
    Granted(T),
    /// The password is wrong, or the account does not exist or is deactivated.
    Denied,
    /// The password is right, but the address must be verified first.
    VerificationRequired,
    /// Too many attempts.
    Throttled {
        /// The time until the next attempt is allowed.
        retry_after: Duration,
    },
    /// The hasher is busy: try again later.
    Busy,
}

impl<T> Authentication<T> {
    /// Returns the value of a granted authentication, or any other outcome as it is.
    pub(super) fn into_granted<V>(self) -> Result<T, Authentication<V>> {
        match self {
            Self::Granted(value) => Ok(value),
            Self::Denied => Err(Authentication::Denied),
            Self::VerificationRequired => Err(Authentication::VerificationRequired),
            Self::Throttled { retry_after } => Err(Authentication::Throttled { retry_after }),
            Self::Busy => Err(Authentication::Busy),
        }
    }
}

/// Error returned when a flow fails. Its change is not stored, and no signal reports it as done, except as described
/// for [`CommitUnknown`](Self::CommitUnknown).
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AccountsError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),

    /// The database did not confirm the commit, so the changes may be stored or not. No signal of the flow is
    /// sent, except to durable receivers, whose deliveries are stored with the changes.
    #[error(
        "the outcome of the commit is unknown: check whether the change is stored before trying again"
    )]
    CommitUnknown(#[source] StoreError),

    /// A signal of the flow could not be enqueued for its durable receivers, so the transaction was rolled back. The
    /// signal could not be encoded, or the store has no outbox. Each flow that commits a signal with a linked durable
    /// receiver can return this error.
    #[error(
        "the change was rolled back, since a signal could not be enqueued for its durable receivers: see the source \
         of this error"
    )]
    NotEnqueued(#[source] BoxError),

    /// A receiver of [`UserRegistering`](crate::UserRegistering) vetoed the registration.
    #[error("the registration was refused: {0}")]
    Vetoed(#[source] Failure),

    /// The username or the address is not allowed.
    #[error(transparent)]
    Invalid(#[from] UserError),

    /// Another account has the username. **This discloses that the account exists.** Usernames are public in most
    /// applications. If they must not be, use the address as the username: a taken address is not disclosed.
    #[error("the username is taken: choose another one")]
    UsernameTaken,

    /// The policy rejected the new password.
    #[error(transparent)]
    Rejected(#[from] PasswordRejected),

    /// The session has expired or ended, or its token is unknown.
    #[error("the session has ended: sign in again")]
    NoSession,

    /// The current password is wrong.
    #[error("the current password is wrong: enter it again")]
    WrongPassword,

    /// The token is invalid: unknown, used, expired or replaced by another one, or the account's address has
    /// changed since it was issued.
    #[error("the link is invalid or has expired: request a new one")]
    InvalidToken,

    /// No account has this id, or the flow needs an active account and it is deactivated.
    #[error("the account does not exist or is deactivated: check its id")]
    NoSuchAccount,

    /// Too many attempts.
    #[error("too many attempts: try again in {} s", retry_after.as_secs() + u64::from(retry_after.subsec_nanos() > 0))]
    Throttled {
        /// The time until the next attempt is allowed.
        retry_after: Duration,
    },

    /// The account was changed concurrently.
    #[error("the account was changed at the same time: try again")]
    Conflict,

    /// A password could not be hashed or checked. On [`PasswordError::Busy`], try again later.
    #[error(transparent)]
    Password(#[from] PasswordError),

    /// The source of random bytes failed.
    #[error("the source of random bytes failed: try again")]
    Entropy,
}
