//! Errors of signals and transactions as errors of SeaORM, and back.

use std::sync::Arc;

use lback_signals::{Failure, TransactionError};
use sea_orm::{DbErr, RuntimeErr, sqlx};

/// Returns the error of a transaction in an error of SeaORM.
///
/// For errors of the database itself ([`TransactionError::Database`]), use SeaORM's methods, such as
/// `DbErr::sql_err`.
///
/// ```
/// use lback_signals::TransactionError;
/// use lback_signals_sea_orm::transaction_error;
/// use sea_orm::DbErr;
///
/// fn may_be_repeated(error: &DbErr) -> bool {
///     !matches!(transaction_error(error), Some(TransactionError::Unknown(_)))
/// }
///
/// assert!(may_be_repeated(&DbErr::RecordNotUpdated));
/// ```
#[must_use]
pub fn transaction_error(error: &DbErr) -> Option<&TransactionError> {
    let DbErr::Conn(RuntimeErr::SqlxError(error)) = error else {
        return None;
    };
    let sqlx::Error::Io(error) = &**error else {
        return None;
    };
    error.get_ref()?.downcast_ref()
}

/// Returns the failure of the receiver that vetoed an operation. `None` if the operation failed for another reason.
///
/// ```
/// use lback_signals::FailureKind;
/// use lback_signals_sea_orm::veto;
/// use sea_orm::DbErr;
///
/// /// Returns what a client may see.
/// fn text(error: &DbErr) -> String {
///     match veto(error).map(|failure| failure.kind()) {
///         Some(FailureKind::Error(error)) => error.to_string(),
///         _ => "try again later".to_owned(),
///     }
/// }
///
/// assert_eq!(text(&DbErr::RecordNotUpdated), "try again later");
/// ```
#[must_use]
pub fn veto(error: &DbErr) -> Option<&Failure> {
    let DbErr::TryIntoErr { source, .. } = error else {
        return None;
    };
    let veto: &Veto = source.downcast_ref()?;
    Some(&veto.0)
}

/// The veto of a receiver, inside an error of SeaORM.
#[derive(Debug, thiserror::Error)]
#[error("vetoed: {0}")]
struct Veto(Failure);

/// Returns a veto as the one kind of error of SeaORM that holds any other error.
pub(crate) fn vetoed(model: &'static str, operation: &'static str, failure: Failure) -> DbErr {
    DbErr::TryIntoErr {
        from: model,
        into: operation,
        source: Arc::new(Veto(failure)),
    }
}

pub(crate) fn in_transaction(error: TransactionError) -> DbErr {
    DbErr::Conn(RuntimeErr::SqlxError(Arc::new(error.into())))
}
