//! What the caller of a flow may show.

use std::time::Duration;

use thiserror::Error;

use lback_signals::Failure;

use crate::{PasswordError, PasswordRejected, StoreError, UserError};

/// The request was taken. What comes of it goes to the address, and to nobody else: the answer is
/// the same whether or not there is such an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accepted;

/// What came of an attempt to sign in: this much may be shown to the one who tried.
#[must_use = "it may have been denied"]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Authentication<U> {
    /// It is this account's owner.
    Granted(U),
    /// It is not, or there is no such account, or it is out of use.
    Denied,
    /// The password is right, and the address has to be verified first.
    VerificationRequired,
    /// There were too many attempts.
    Throttled {
        /// How long to wait.
        retry_after: Duration,
    },
    /// There is no time to check a password now; try again in a while.
    Busy,
}

/// Why a flow did not do what it should. Nothing of it is done then, and no signal says that it is.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AccountsError {
    /// The database could not do its part.
    #[error(transparent)]
    Store(#[from] StoreError),

    /// The database did not say whether it has committed. Look before you try again: it may be done.
    #[error("it is not known whether this was done: the database did not say")]
    CommitUnknown(#[source] StoreError),

    /// A receiver of [`UserRegistering`](crate::UserRegistering) objects.
    #[error("the registration was refused: {0}")]
    Vetoed(#[source] Failure),

    /// The username or the address is none that an account can have.
    #[error(transparent)]
    Invalid(#[from] UserError),

    /// Another account has the username. **This shows that it exists**; names are public in most
    /// applications. Where they must not be, give accounts their address as the name: that one is taken
    /// does not show.
    #[error("the username is taken; choose another")]
    UsernameTaken,

    /// The new password is not good enough.
    #[error(transparent)]
    Rejected(#[from] PasswordRejected),

    /// The password that was given as the present one is not.
    #[error("the present password is wrong")]
    WrongPassword,

    /// The token is not out: it never was, or was used, or has expired, or another has taken its
    /// place, or the account's address has changed since.
    #[error("the link is not good, or not any more; ask for a new one")]
    InvalidToken,

    /// There is no account of this id.
    #[error("there is no such account")]
    NoSuchAccount,

    /// There were too many attempts.
    #[error("too many attempts; try again in {} s", retry_after.as_secs() + u64::from(retry_after.subsec_nanos() > 0))]
    Throttled {
        /// How long to wait.
        retry_after: Duration,
    },

    /// The account was changed by somebody else at the same time; try again.
    #[error("the account was changed at the same time; try again")]
    Conflict,

    /// A password could not be hashed or checked: [`PasswordError::Busy`], which means to try again
    /// in a while, or another reason.
    #[error(transparent)]
    Password(#[from] PasswordError),

    /// The source of random bytes failed.
    #[error("the source of random bytes failed; try again")]
    Entropy,
}
