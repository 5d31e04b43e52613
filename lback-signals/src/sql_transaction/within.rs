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
pub async fn within<B, T, E, F>(begin: B, body: F) -> Result<T, E>
where
    B: BeginSignals,
    F: AsyncFnOnce(&mut SignalTransaction<'_, B::Database>) -> Result<T, E>,
    E: From<TransactionError>,
{
    begin.__within(body).await
}

/// Calls a function in this transaction, and commits it or rolls it back.
pub(crate) async fn run_within<DB, T, E, F>(
    mut transaction: SignalTransaction<'_, DB>,
    body: F,
) -> Result<T, E>
where
    DB: SignalDatabase,
    F: AsyncFnOnce(&mut SignalTransaction<'_, DB>) -> Result<T, E>,
    E: From<TransactionError>,
{
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
pub trait BeginSignals {
    /// The database.
    type Database: SignalDatabase;

    #[doc(hidden)]
    fn __within<T, E, F>(self, body: F) -> impl Future<Output = Result<T, E>>
    where
        F: AsyncFnOnce(&mut SignalTransaction<'_, Self::Database>) -> Result<T, E>,
        E: From<TransactionError>;
}

impl<DB: SignalDatabase> BeginSignals for &Pool<DB> {
    type Database = DB;

    async fn __within<T, E, F>(self, body: F) -> Result<T, E>
    where
        F: AsyncFnOnce(&mut SignalTransaction<'_, DB>) -> Result<T, E>,
        E: From<TransactionError>,
    {
        run_within(SignalTransaction::begin(self).await?, body).await
    }
}

impl<DB: SignalDatabase> BeginSignals for &mut SignalTransaction<'_, DB> {
    type Database = DB;

    async fn __within<T, E, F>(self, body: F) -> Result<T, E>
    where
        F: AsyncFnOnce(&mut SignalTransaction<'_, DB>) -> Result<T, E>,
        E: From<TransactionError>,
    {
        run_within(self.savepoint().await?, body).await
    }
}
