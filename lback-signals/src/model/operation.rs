//! Saving and deleting a model, between the signals before and after.

use std::error::Error;
use std::fmt;

use crate::report::Failure;
use crate::signal::SyncSignal;

/// Error returned when a model was not saved or not deleted.
///
/// It is the error of `create_with`, `update_with`, `delete_with` and their `_async` variants, the
/// methods that [`derive(Model)`](derive@crate::Model) adds. These are the only two ways to fail, so the
/// enum is exhaustive.
///
/// ```
/// use lback_signals::{Model, OperationError, receiver};
///
/// #[derive(Model)]
/// #[model(signals(pre_delete))]
/// struct Account {
///     #[model(id)]
///     id: i64,
///     balance: i64,
/// }
///
/// #[receiver(signal = AccountPreDelete)]
/// fn must_be_settled(event: &AccountPreDelete<'_>) -> Result<(), &'static str> {
///     if event.account.balance == 0 { Ok(()) } else { Err("there is money on it") }
/// }
///
/// let account = Account { id: 7, balance: 1 };
/// let deleted: Result<(), OperationError<std::io::Error>> =
///     account.delete_with(|_| unreachable!("a receiver objects"));
/// match deleted {
///     Err(OperationError::Vetoed(failure)) => {
///         assert_eq!(failure.receiver().name(), "must_be_settled");
///     }
///     Err(OperationError::Failed(error)) => panic!("the database: {error}"),
///     Ok(()) => panic!("deleted"),
/// }
/// ```
#[derive(Debug)]
pub enum OperationError<E> {
    /// A receiver of the signal before the operation failed, so the operation did not run.
    Vetoed(Failure),
    /// The operation itself failed.
    Failed(E),
}

impl<E: fmt::Display> fmt::Display for OperationError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Vetoed(failure) => {
                f.write_str("vetoed: ")?;
                failure.fmt(f)
            }
            Self::Failed(error) => error.fmt(f),
        }
    }
}

/// `Display` shows the inner error, so `source` is the inner error's source.
impl<E: Error> Error for OperationError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Vetoed(failure) => failure.source(),
            Self::Failed(error) => error.source(),
        }
    }
}

/// Sends the signal before an operation, which its receivers may veto.
// Not public API. Used by generated code.
#[doc(hidden)]
pub fn before_operation<E>(signal: &impl SyncSignal) -> Result<(), OperationError<E>> {
    match signal.try_send() {
        Ok(_) => Ok(()),
        Err(failure) => Err(OperationError::Vetoed(failure)),
    }
}

/// Sends the signal after an operation, if that succeeded.
// Not public API. Used by generated code.
#[doc(hidden)]
pub fn after_operation<T, E, S: SyncSignal>(
    outcome: Result<T, E>,
    signal: impl FnOnce() -> S,
) -> Result<T, OperationError<E>> {
    let value = outcome.map_err(OperationError::Failed)?;
    signal().send();
    Ok(value)
}
