//! Outcomes of flows as problems.

use lback_signals::FailureKind;

use super::{Problem, ProblemKind};
use crate::accounts::{AccountsError, Authentication};
use crate::password::PasswordError;
use crate::store::StoreError;

/// Returns the value of [`Granted`](Authentication::Granted), or the problem that refuses the sign-in.
///
/// [`Denied`](Authentication::Denied) and [`VerificationRequired`](Authentication::VerificationRequired) become the
/// same problem. Otherwise, a stranger that registers an address and signs in would learn whether the address was free.
///
/// ```
/// use lback_auth::Authentication;
/// use lback_auth::axum::{ProblemKind, granted};
///
/// assert_eq!(granted(Authentication::Granted("ada"))?, "ada");
/// let problem = granted(Authentication::<&str>::Denied).unwrap_err();
/// assert_eq!(problem.kind(), ProblemKind::WrongCredentials);
/// # Ok::<(), lback_auth::axum::Problem>(())
/// ```
///
/// # Errors
///
/// Returns a problem for any outcome except [`Granted`](Authentication::Granted).
pub fn granted<T>(outcome: Authentication<T>) -> Result<T, Problem> {
    Err(match outcome {
        Authentication::Granted(granted) => return Ok(granted),
        Authentication::Denied | Authentication::VerificationRequired => {
            Problem::new(ProblemKind::WrongCredentials)
        }
        Authentication::Throttled { retry_after } => {
            AccountsError::Throttled { retry_after }.into()
        }
        Authentication::Busy => PasswordError::Busy.into(),
    })
}

/// Makes a problem of an error of a flow, or of an error that is a part of it, such as
/// [`UserError`](crate::UserError).
impl<E: Into<AccountsError>> From<E> for Problem {
    fn from(error: E) -> Self {
        let error = error.into();
        let kind = kind(&error);
        let problem = Self::new(kind);
        match (kind, &error) {
            // These are about the service, not about the request.
            (ProblemKind::Unavailable | ProblemKind::Internal, _) => problem.with_source(error),
            // Without the receiver and the signal, which the text of the failure names.
            (_, AccountsError::Vetoed(failure)) => match failure.kind() {
                FailureKind::Error(veto) => problem.with_detail(veto.to_string()),
                _ => Self::new(ProblemKind::Internal).with_source(error),
            },
            (_, AccountsError::Throttled { retry_after }) => problem
                .with_retry_after(*retry_after)
                .with_detail(error.to_string()),
            _ => problem.with_detail(error.to_string()),
        }
    }
}

fn kind(error: &AccountsError) -> ProblemKind {
    match error {
        AccountsError::Store(error) => kind_of_store(error),
        AccountsError::NoSession => ProblemKind::SignInRequired,
        AccountsError::UsernameTaken | AccountsError::Conflict => ProblemKind::Conflict,
        AccountsError::Throttled { .. } => ProblemKind::Throttled,
        AccountsError::Invalid(_)
        | AccountsError::Vetoed(_)
        | AccountsError::Rejected(_)
        | AccountsError::WrongPassword
        | AccountsError::InvalidToken
        | AccountsError::NoSuchAccount
        | AccountsError::Password(PasswordError::Empty | PasswordError::TooLong) => {
            ProblemKind::Invalid
        }
        AccountsError::Entropy
        | AccountsError::Password(
            PasswordError::Busy | PasswordError::OutOfMemory | PasswordError::Entropy,
        ) => ProblemKind::Unavailable,
        AccountsError::CommitUnknown(_)
        | AccountsError::NotEnqueued(_)
        | AccountsError::Password(_) => ProblemKind::Internal,
    }
}

fn kind_of_store(error: &StoreError) -> ProblemKind {
    match error {
        StoreError::Unavailable(_)
        | StoreError::TimedOut(_)
        | StoreError::Deadlock(_)
        | StoreError::SerializationFailure(_) => ProblemKind::Unavailable,
        _ => ProblemKind::Internal,
    }
}
