//! The short form of a transaction.

use sqlx::Pool;

use super::SignalTransaction;
use super::database::SignalDatabase;
use super::error::TransactionError;

/// Calls a function in a new transaction, commits it if the function returns `Ok`, and otherwise rolls it back.
///
/// The first argument is the pool, the outbox, or a transaction, in which a savepoint is set. Signals are sent in
/// the transaction.
///
#[cfg_attr(feature = "durable-sqlite", doc = "```")]
#[cfg_attr(not(feature = "durable-sqlite"), doc = "```ignore")]
/// use lback_signals::{Signal, signal, within};
/// use sqlx::sqlite::{SqlitePool, SqlitePoolOptions};
///
/// #[signal(owned)]
/// struct OrderPaid {
///     number: i64,
/// }
///
/// async fn pay(pool: &SqlitePool, number: i64, voucher: Option<&str>) -> sqlx::Result<()> {
///     within(pool, async |tx| {
///         let insert = sqlx::query("INSERT INTO paid VALUES (?)").bind(number);
///         insert.execute(tx.rows().await?).await?;
///         OrderPaid { number }.send();
///         if let Some(voucher) = voucher {
///             // A voucher that is used already does not undo the payment.
///             let used = within(tx, async |tx| {
///                 let insert = sqlx::query("INSERT INTO used VALUES (?)").bind(voucher);
///                 insert.execute(tx.rows().await?).await
///             });
///             if used.await.is_err() {
///                 println!("{voucher} is used already");
///             }
///         }
///         Ok(())
///     })
///     .await
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> sqlx::Result<()> {
/// # let pool = SqlitePoolOptions::new().max_connections(1).connect("sqlite::memory:").await?;
/// # let tables = "CREATE TABLE paid (number INTEGER PRIMARY KEY); CREATE TABLE used (voucher TEXT PRIMARY KEY)";
/// # sqlx::raw_sql(tables).execute(&pool).await?;
/// pay(&pool, 1, Some("SPRING")).await?;
/// pay(&pool, 2, Some("SPRING")).await?;
/// # let paid: i64 = sqlx::query_scalar("SELECT count(*) FROM paid").fetch_one(&pool).await?;
/// # assert_eq!(paid, 2);
/// # Ok(())
/// # }
/// ```
///
/// If the future is dropped, or the function panics, the transaction is rolled back, unless its commit has begun.
///
/// # Errors
///
/// Returns the error of the function, or that the transaction was not begun or not committed. The error type of the
/// function converts from [`TransactionError`], as `sqlx::Error` does.
///
/// # Panics
///
/// If the function panics, or outside a tokio runtime.
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
    let context = transaction.signals.__context();
    match context.run(body(&mut transaction)).await {
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

/// The first argument of [`within`]: a pool, an outbox, or a transaction, in which it sets a savepoint.
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
