//! Transactions in PostgreSQL, by diesel-async.

mod decision;
mod open;
mod outbox_writer;
mod outermost;

use diesel::result::Error as DieselError;
use diesel_async::AsyncPgConnection;
use lback_signals::Transaction;
#[cfg(feature = "durable-postgres")]
use lback_signals::durable::PostgresOutbox;

use self::open::{depth, nested};
use self::outbox_writer::OutboxWriter;
use self::outermost::Outermost;

/// Calls a function in a transaction, commits it if the function returns `Ok`, and otherwise rolls it back. Signals are
/// sent in the transaction, so that their `after_commit` receivers run after Diesel's commit.
///
/// It begins with `BEGIN`. A call in a transaction of the same connection sets a savepoint instead: its rollback
/// discards its own signals only, and its commit hands them to the outer transaction.
///
/// ```no_run
/// use diesel::prelude::*;
/// use diesel_async::{AsyncConnection as _, AsyncPgConnection, RunQueryDsl};
/// use lback_signals::{Signal, receiver, signal};
/// use lback_signals_diesel::transaction_async;
///
/// diesel::table! {
///     paid (number) {
///         number -> BigInt,
///     }
/// }
///
/// #[signal(owned)]
/// struct OrderPaid {
///     number: i64,
/// }
///
/// #[receiver(signal = OrderPaid, after_commit)]
/// fn send_receipt(event: &OrderPaid) {
///     println!("thank you for order {}", event.number);
/// }
///
/// async fn pay(connection: &mut AsyncPgConnection, number: i64) -> QueryResult<()> {
///     transaction_async(connection, async |connection| {
///         let insert = diesel::insert_into(paid::table).values(paid::number.eq(number));
///         insert.execute(connection).await?;
///         OrderPaid { number }.send(); // no receipt yet
///         Ok(()) // commits, and then sends the receipt
///     })
///     .await
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut connection = AsyncPgConnection::establish("postgres://shop@localhost/shop").await?;
/// pay(&mut connection, 7).await?;
/// # Ok(())
/// # }
/// ```
///
/// # Cancellation
///
/// The future can be dropped at any time. Before the COMMIT, the drop sends a ROLLBACK, which the server executes before
/// any later statement of the connection. A COMMIT that was sent is executed, too; its outcome is then asked for by the
/// outbox of [`outbox_transaction_async`](crate::outbox_transaction_async), and unknown without one. A dropped nested
/// call is rolled back, unless its end has begun.
///
/// # The outcome of a commit
///
/// If the connection breaks during the COMMIT, the outbox asks PostgreSQL whether it has committed. If there is no answer
/// in 10 seconds, or no outbox, the outcome is unknown: no receiver runs, and the signals are logged.
///
/// PostgreSQL reports the COMMIT of an aborted transaction as a success; here it is an error.
///
/// # Errors
///
/// Returns the error of the function, or an error if the transaction was not begun or not committed:
/// [`transaction_error`](crate::transaction_error) tells them apart. Nothing was committed, except for
/// [`Unknown`](crate::TransactionError::Unknown).
///
/// # Panics
///
/// If the function panics, after which the transaction is rolled back, or outside a tokio runtime.
pub async fn transaction_async<T, E, F>(connection: &mut AsyncPgConnection, body: F) -> Result<T, E>
where
    F: AsyncFnOnce(&mut AsyncPgConnection) -> Result<T, E>,
    E: From<DieselError>,
{
    match depth(connection)? {
        0 => {
            let signals = Transaction::__outermost();
            let begun = Outermost::begin(connection, signals, OutboxWriter::NONE).await;
            begun?.run(body).await
        }
        depth => nested(connection, depth, body).await,
    }
}

/// Calls a function in a transaction, as [`transaction_async`] does, and stores its signals for durable receivers with
/// its rows. A worker of the outbox delivers them.
///
/// The connection and the outbox are of the same database, by diesel-async and by sqlx. Nested calls are calls of
/// [`transaction_async`].
///
/// ```
/// use diesel::QueryResult;
/// use diesel_async::{AsyncPgConnection, RunQueryDsl};
/// use lback_signals::durable::PostgresOutbox;
/// use lback_signals::{Signal, signal};
/// use lback_signals_diesel::outbox_transaction_async;
///
/// #[signal(durable(name = "order.paid", version = 1))]
/// struct OrderPaid {
///     number: i64,
/// }
///
/// async fn pay(outbox: &PostgresOutbox, connection: &mut AsyncPgConnection, number: i64) -> QueryResult<()> {
///     outbox_transaction_async(outbox, connection, async |connection| {
///         diesel::sql_query("UPDATE orders SET is_paid = true").execute(connection).await?;
///         OrderPaid { number }.send();
///         Ok(())
///     })
///     .await
/// }
/// # fn main() {}
/// ```
///
/// # Errors
///
/// As for [`transaction_async`], and if the connection is in a transaction already.
///
/// # Panics
///
/// As [`transaction_async`].
#[cfg(feature = "durable-postgres")]
pub async fn outbox_transaction_async<T, E, F>(
    outbox: &PostgresOutbox,
    connection: &mut AsyncPgConnection,
    body: F,
) -> Result<T, E>
where
    F: AsyncFnOnce(&mut AsyncPgConnection) -> Result<T, E>,
    E: From<DieselError>,
{
    if depth(connection)? > 0 {
        return Err(DieselError::AlreadyInTransaction.into());
    }
    let writer = OutboxWriter::new(outbox);
    let begun = Outermost::begin(connection, outbox.__begin_signals(), writer).await;
    begun?.run(body).await
}
