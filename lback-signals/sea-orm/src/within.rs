//! The short form of a transaction.

#[cfg(any(feature = "postgres", feature = "sqlite"))]
use lback_signals::SignalTransaction;
#[cfg(feature = "durable-postgres")]
use lback_signals::durable::PostgresOutbox;
#[cfg(feature = "durable-sqlite")]
use lback_signals::durable::SqliteOutbox;
use sea_orm::{DatabaseConnection, DbErr};

#[cfg(any(feature = "durable-postgres", feature = "durable-sqlite"))]
use crate::error::in_transaction;
use crate::transaction::SeaOrmTransaction;

/// Calls a function in a new transaction, commits it if the function returns `Ok`, and otherwise rolls it back.
///
/// The first argument is SeaORM's connection, an outbox, a transaction of [`SignalTransaction`], or the `tx` of an
/// outer `within`, in which a savepoint is set. Signals are sent in the transaction.
///
#[cfg_attr(feature = "sqlite", doc = "```")]
#[cfg_attr(not(feature = "sqlite"), doc = "```ignore")]
/// use lback_signals_sea_orm::within;
/// use sea_orm::{ConnectionTrait, Database, DbErr};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), DbErr> {
/// let db = Database::connect("sqlite::memory:").await?;
/// db.execute_unprepared("CREATE TABLE paid (number INTEGER PRIMARY KEY)").await?;
/// within(&db, async |tx| {
///     tx.execute_unprepared("INSERT INTO paid VALUES (1)").await?;
///     let twice = within(&mut *tx, async |tx| {
///         tx.execute_unprepared("INSERT INTO paid VALUES (2)").await?;
///         tx.execute_unprepared("INSERT INTO paid VALUES (1)").await
///     });
///     assert!(twice.await.is_err()); // and 2 is rolled back
///     Ok::<_, DbErr>(())
/// })
/// .await?;
/// # let paid = db.execute_unprepared("DELETE FROM paid").await?;
/// # assert_eq!(paid.rows_affected(), 1);
/// # Ok(())
/// # }
/// ```
///
/// If the future is dropped, or the function panics, the transaction is rolled back, unless its commit has begun.
///
/// # Errors
///
/// Returns the error of the function, or an error if the transaction was not begun or not committed:
/// [`transaction_error`](crate::transaction_error) tells them apart.
///
/// # Panics
///
/// If the function panics, or outside a tokio runtime.
pub async fn within<B, T, E, F>(begin: B, body: F) -> Result<T, E>
where
    B: BeginTransaction,
    F: AsyncFnOnce(&mut SeaOrmTransaction<'_>) -> Result<T, E>,
    E: From<DbErr>,
{
    begin.__within(body).await
}

async fn run_within<T, E, F>(mut transaction: SeaOrmTransaction<'_>, body: F) -> Result<T, E>
where
    F: AsyncFnOnce(&mut SeaOrmTransaction<'_>) -> Result<T, E>,
    E: From<DbErr>,
{
    let context = transaction.context();
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

/// The first argument of [`within`]: SeaORM's connection, an outbox, a transaction that was begun, or one in which it
/// sets a savepoint.
pub trait BeginTransaction {
    #[doc(hidden)]
    fn __within<T, E, F>(self, body: F) -> impl Future<Output = Result<T, E>>
    where
        F: AsyncFnOnce(&mut SeaOrmTransaction<'_>) -> Result<T, E>,
        E: From<DbErr>;
}

/// Implements [`BeginTransaction`] by an expression that begins a transaction.
macro_rules! begin_transaction {
    ($(#[$attribute:meta])* $begin:ty, $this:ident => $transaction:expr) => {
        $(#[$attribute])*
        impl BeginTransaction for $begin {
            async fn __within<T, E, F>(self, body: F) -> Result<T, E>
            where
                F: AsyncFnOnce(&mut SeaOrmTransaction<'_>) -> Result<T, E>,
                E: From<DbErr>,
            {
                let $this = self;
                run_within($transaction, body).await
            }
        }
    };
}

begin_transaction!(&DatabaseConnection, this => SeaOrmTransaction::begin(this).await?);
begin_transaction!(&mut SeaOrmTransaction<'_>, this => this.savepoint().await?);
begin_transaction!(
    #[cfg(feature = "postgres")]
    SignalTransaction<'_, sqlx::Postgres>,
    this => this.into()
);
begin_transaction!(
    #[cfg(feature = "sqlite")]
    SignalTransaction<'_, sqlx::Sqlite>,
    this => this.into()
);
begin_transaction!(
    #[cfg(feature = "durable-postgres")]
    &PostgresOutbox,
    this => this.begin().await.map_err(in_transaction)?.into()
);
begin_transaction!(
    #[cfg(feature = "durable-sqlite")]
    &SqliteOutbox,
    this => this.begin().await.map_err(in_transaction)?.into()
);
