//! Transactions in SQLite.

mod open;
#[cfg(feature = "durable-sqlite")]
mod outbox_writer;

use diesel::SqliteConnection;
use diesel::result::Error as DieselError;
use lback_signals::Transaction;
#[cfg(feature = "durable-sqlite")]
use lback_signals::durable::SqliteOutbox;

use self::open::{NoOutbox, Outermost, depth, nested};
#[cfg(feature = "durable-sqlite")]
use self::outbox_writer::OutboxWriter;

/// Calls a function in a transaction, commits it if the function returns `Ok`, and otherwise rolls it back. Signals are
/// sent in the transaction, so that their `after_commit` receivers run after Diesel's commit.
///
/// It begins with `BEGIN IMMEDIATE`, which waits for its turn to write. A call in a transaction of the same connection
/// sets a savepoint instead: its rollback discards its own signals only, and its commit hands them to the outer
/// transaction.
///
/// ```
/// use diesel::prelude::*;
/// use lback_signals::{Signal, receiver, signal};
/// use lback_signals_diesel::transaction;
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
/// fn pay(connection: &mut SqliteConnection, number: i64) -> QueryResult<()> {
///     transaction(connection, |connection| {
///         diesel::insert_into(paid::table).values(paid::number.eq(number)).execute(connection)?;
///         OrderPaid { number }.send(); // no receipt yet
///         Ok(()) // commits, and then sends the receipt
///     })
/// }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut connection = SqliteConnection::establish(":memory:")?;
/// # use diesel::connection::SimpleConnection as _;
/// # connection.batch_execute("CREATE TABLE paid (number INTEGER PRIMARY KEY)")?;
/// pay(&mut connection, 7)?;
/// assert!(pay(&mut connection, 7).is_err()); // it is paid
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// Returns the error of the function, or an error if the transaction was not begun or not committed:
/// [`transaction_error`](crate::transaction_error) tells them apart. Then nothing was committed, except statements that
/// the function executed outside of a nested call after SQLite itself had rolled back (a full disk, `RAISE(ROLLBACK)`):
/// return its error.
///
/// # Panics
///
/// If the function panics. The transaction is rolled back first.
pub fn transaction<T, E, F>(connection: &mut SqliteConnection, body: F) -> Result<T, E>
where
    F: FnOnce(&mut SqliteConnection) -> Result<T, E>,
    E: From<DieselError>,
{
    match depth(connection)? {
        0 => {
            let outermost = Outermost::begin(connection, Transaction::__outermost())?;
            outermost.run(NoOutbox, body)
        }
        depth => nested(connection, depth, body),
    }
}

/// Calls a function in a transaction, as [`transaction`] does, and stores its signals for durable receivers with its
/// rows. A worker of the outbox delivers them.
///
/// The connection and the outbox are of the same database, by Diesel and by sqlx. Nested calls are
/// calls of [`transaction`].
///
/// ```
/// use diesel::prelude::*;
/// use lback_signals::durable::SqliteOutbox;
/// use lback_signals::{Signal, signal};
/// use lback_signals_diesel::outbox_transaction;
///
/// #[signal(durable(name = "order.paid", version = 1))]
/// struct OrderPaid {
///     number: i64,
/// }
///
/// fn pay(outbox: &SqliteOutbox, connection: &mut SqliteConnection, number: i64) -> QueryResult<()> {
///     outbox_transaction(outbox, connection, |connection| {
///         diesel::sql_query("UPDATE orders SET is_paid = true").execute(connection)?;
///         OrderPaid { number }.send();
///         Ok(())
///     })
/// }
/// # fn main() {}
/// ```
///
/// # Errors
///
/// As for [`transaction`], and if the connection is in a transaction already.
///
/// # Panics
///
/// If the function panics. The transaction is rolled back first.
#[cfg(feature = "durable-sqlite")]
pub fn outbox_transaction<T, E, F>(
    outbox: &SqliteOutbox,
    connection: &mut SqliteConnection,
    body: F,
) -> Result<T, E>
where
    F: FnOnce(&mut SqliteConnection) -> Result<T, E>,
    E: From<DieselError>,
{
    let outermost = Outermost::begin(connection, outbox.__begin_signals())?;
    outermost.run(OutboxWriter::new(outbox), body)
}
