//! Errors of transactions inside Diesel's errors.

use diesel::result::Error as DieselError;
use lback_signals::{BoxError, CommitError};

/// Why a transaction was not begun or not committed, if it is no error of the database.
///
/// Except for [`Unknown`](Self::Unknown), nothing was committed. [`transaction_error`] finds it in an error of Diesel.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TransactionError {
    /// The connection is in a transaction that was begun by Diesel, whose end is not known to signals.
    #[error(
        "the connection is in a transaction that Diesel has begun: begin it with `transaction` of \
         `lback_signals_diesel`"
    )]
    BegunByDiesel,
    /// A statement of the application has ended the transaction, or SQLite has, because of an earlier error such as a
    /// full disk.
    #[error(
        "the transaction has ended, by a statement or by an error such as a full disk: begin a new one, and leave \
         `COMMIT` and `ROLLBACK` to `transaction`"
    )]
    Ended,
    /// A signal could not be enqueued for its durable receivers, or no outbox takes its deliveries. The inner error says
    /// which signal.
    #[error(transparent)]
    Enqueue(BoxError),
    /// The connection broke during the commit and the server did not report the outcome. No receiver has run, and the
    /// signals were logged. Look for the rows of the transaction before repeating it.
    #[error(
        "it is unknown whether the transaction was committed: look for its rows before repeating it"
    )]
    Unknown(#[source] DieselError),
}

/// The error becomes Diesel's `QueryBuilderError`, which holds any error.
impl From<TransactionError> for DieselError {
    fn from(error: TransactionError) -> Self {
        Self::QueryBuilderError(Box::new(error))
    }
}

/// Returns the error of a commit: that of the database, or why it was not asked.
pub(crate) fn of_commit(error: CommitError<DieselError>) -> DieselError {
    match error {
        CommitError::Database(error) => error,
        error => TransactionError::Enqueue(error.into()).into(),
    }
}

/// Returns the error of a transaction in an error of Diesel. `None` for errors of Diesel and of the database.
///
/// ```
/// use diesel::result::Error;
/// use lback_signals_diesel::{TransactionError, transaction_error};
///
/// fn may_be_repeated(error: &Error) -> bool {
///     !matches!(transaction_error(error), Some(TransactionError::Unknown(_)))
/// }
///
/// assert!(may_be_repeated(&Error::NotFound));
/// assert!(!may_be_repeated(&TransactionError::Unknown(Error::NotFound).into()));
/// ```
#[must_use]
pub fn transaction_error(error: &DieselError) -> Option<&TransactionError> {
    match error {
        DieselError::QueryBuilderError(error) => error.downcast_ref(),
        _ => None,
    }
}
