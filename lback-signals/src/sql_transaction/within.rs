//! The short form of a transaction.

use sqlx::Pool;

use super::SignalTransaction;
use super::database::SignalDatabase;
use super::error::TransactionError;
use crate::context::WithContext;

/// Calls a function in a new transaction, commits it if the function returns `Ok`, and otherwise rolls it back.
///
/// TODO
///
/// # Errors
///
/// Returns the error of the function, or that the transaction was not begun or not committed.
///
/// # Panics
///
/// If the function panics. The transaction is rolled back.
pub async fn within<'c, B, T, E, F>(begin: B, body: F) -> Result<T, E>
where
    B: BeginSignals<'c>,
    F: AsyncFnOnce(&mut SignalTransaction<'_, B::Database>) -> Result<T, E>,
    E: From<TransactionError>,
{
    let mut transaction = begin.__begin().await?;
    let context = transaction.signals.context();
    match WithContext::new(body(&mut transaction), context).await {
        Ok(value) => {
            transaction.commit().await?;
            Ok(value)
        }
        Err(error) => {
            // The error of the function says more.
            drop(transaction.rollback().await);
            Err(error)
        }
    }
}

/// What [`within`] can begin a transaction with: a pool, an outbox, or a transaction, in which it sets a savepoint.
pub trait BeginSignals<'c> {
    /// The database.
    type Database: SignalDatabase;

    #[doc(hidden)]
    fn __begin(
        self,
    ) -> impl Future<Output = Result<SignalTransaction<'c, Self::Database>, TransactionError>> + Send;
}

impl<'c, DB: SignalDatabase> BeginSignals<'c> for &'c Pool<DB> {
    type Database = DB;

    async fn __begin(self) -> Result<SignalTransaction<'c, DB>, TransactionError> {
        SignalTransaction::begin(self).await
    }
}

impl<'c, DB: SignalDatabase> BeginSignals<'c> for &'c mut SignalTransaction<'_, DB> {
    type Database = DB;

    async fn __begin(self) -> Result<SignalTransaction<'c, DB>, TransactionError> {
        self.savepoint().await
    }
}
