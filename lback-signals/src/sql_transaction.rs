//! Transactions of sqlx, each with a transaction of signals.

mod begin;
mod commit;
mod database;
mod error;
mod open;
mod outbox_writer;
mod postgres;
#[cfg(feature = "durable")]
mod row_writer;
mod session;
mod sqlite;
mod task;
mod within;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use sqlx::Pool;

use self::commit::{commit, roll_back};
pub use self::database::SignalDatabase;
pub use self::error::TransactionError;
#[cfg(any(feature = "durable-postgres", feature = "durable-sqlite"))]
pub(crate) use self::open::OpenTransaction;
use self::outbox_writer::OutboxWriter;
#[cfg(feature = "durable-postgres")]
pub(crate) use self::postgres::{is_commit_refused, was_committed};
#[cfg(any(feature = "durable-postgres", feature = "durable-sqlite"))]
pub(crate) use self::row_writer::RowWriter;
use self::session::Session;
pub(crate) use self::task::{joined, spawn};
#[cfg(any(feature = "durable-postgres", feature = "durable-sqlite"))]
pub(crate) use self::within::run_within;
pub use self::within::{BeginSignals, within};
use crate::report::Report;
use crate::transaction::{Transaction, TransactionContext};

/// A database transaction of sqlx and a [`Transaction`] of signals, of which neither is committed without the other.
///
/// [`run`](Self::run) lends the connection to a function and sends its signals in the transaction. Their
/// `after_commit` receivers run when the database has committed:
///
#[cfg_attr(feature = "durable-sqlite", doc = "```")]
#[cfg_attr(not(feature = "durable-sqlite"), doc = "```ignore")]
/// use lback_signals::{Signal, SignalTransaction, TransactionError, receiver, signal};
/// use sqlx::sqlite::{SqlitePool, SqlitePoolOptions};
///
/// #[signal(owned)]
/// struct OrderPaid<'a> {
///     number: i64,
///     email: &'a str,
/// }
///
/// #[receiver(signal = OrderPaid, after_commit)]
/// fn send_receipt(event: &OrderPaid<'_>) {
///     println!("to {}: thank you for order {}", event.email, event.number);
/// }
///
/// async fn pay(pool: &SqlitePool, number: i64) -> Result<(), TransactionError> {
///     let mut tx = SignalTransaction::begin(pool).await?;
///     tx.run(async |rows| {
///         let insert = sqlx::query("INSERT INTO paid (number) VALUES (?)");
///         insert.bind(number).execute(&mut *rows).await?;
///         OrderPaid { number, email: "ada@example.org" }.send(); // no receipt yet
///         Ok::<_, sqlx::Error>(())
///     })
///     .await?; // an error drops `tx`, which rolls back the database and then the signals
///     let report = tx.commit().await?; // now there is
///     assert_eq!(report.delivered(), 1);
///     Ok(())
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), TransactionError> {
/// # let pool = SqlitePoolOptions::new().max_connections(1).connect("sqlite::memory:").await?;
/// # sqlx::query("CREATE TABLE paid (number INTEGER PRIMARY KEY)").execute(&pool).await?;
/// pay(&pool, 7).await?;
/// assert!(pay(&pool, 7).await.is_err()); // it is paid
/// # Ok(())
/// # }
/// ```
///
/// [`within`] is the short form.
///
/// # Nesting
///
/// A [`savepoint`](Self::savepoint) of the database is a nested transaction of signals. Its commit hands its pending
/// receivers to the outer transaction, and its rollback discards only its own.
///
/// A transaction that [`begin`](Self::begin) begins inside another one is not nested in it: it has another
/// connection, and is committed by itself. A pool with one connection has none left for it.
///
/// # The end of a transaction
///
/// | end | `after_commit` | `after_rollback` |
/// |---|---|---|
/// | [`commit`](Self::commit) | run, or wait for the outer transaction | discarded, or wait for the outer transaction |
/// | a commit that fails, [`rollback`](Self::rollback), a drop | discarded | run |
/// | a commit whose outcome is [unknown](TransactionError::Unknown) | discarded | discarded |
///
/// The database always ends first. The connection is back in its pool when the receivers of a commit run.
///
/// # Cancellation
///
/// Each future of a transaction can be dropped at any time, by a timeout for example. `begin`, `savepoint`, `commit`
/// and `rollback` run in tasks, which are not cancelled: a dropped commit still commits both the database and the
/// signals, and a dropped `begin` leaves no transaction on the pooled connection. The next operation of the outer
/// transaction finishes the one of a dropped savepoint.
///
/// Receivers of a commit or rollback run in that task, and so maybe in another thread, in the span of the caller.
///
/// # The outcome of a commit
///
/// If the connection breaks during the COMMIT, PostgreSQL is asked on another connection of the pool whether it has
/// committed. If there is no answer in 10 seconds, or the tokio runtime ends, the outcome is unknown: no receiver
/// runs, and the signals are logged. The outcome is also unknown if PostgreSQL has crashed meanwhile and may have given
/// the id of the transaction to another one. An error of a COMMIT in SQLite is a rollback.
///
/// PostgreSQL reports the COMMIT of an aborted transaction as a success; here it is an error.
///
/// SQLite ends a transaction on its own after some errors, such as a full disk, and would commit further statements
/// one by one. Each use of the connection therefore begins with a check: [`rows`](Self::rows), `run`, `savepoint`
/// and `commit` then return [`RolledBackBySqlite`](TransactionError::RolledBackBySqlite). A function that ignores an
/// error of a statement and executes further ones on the same `rows` is not protected.
///
/// # Databases
///
/// SQLite and PostgreSQL, by sqlx 0.9. The drivers are features of sqlx, which the application turns on. The
/// application leaves `BEGIN`, `COMMIT` and `ROLLBACK` to the transaction; savepoints of sqlx on its connection are
/// fine.
#[must_use = "dropping it rolls back: end it with `commit`"]
pub struct SignalTransaction<'c, DB: SignalDatabase> {
    session: SessionRef<'c, DB>,
    /// After the connection, so that the database rolls back first.
    signals: Transaction,
    /// 1 for the outermost transaction, and one more for each savepoint.
    depth: usize,
    has_panicked: bool,
}

/// The session of a transaction: its own, or that of the outermost one.
enum SessionRef<'c, DB: SignalDatabase> {
    Outermost(Box<Root<DB>>),
    Savepoint(&'c mut Session<DB>),
}

/// The parts of an outermost transaction.
struct Root<DB: SignalDatabase> {
    session: Session<DB>,
    /// Where the outcome of a commit can be asked for.
    pool: Option<Pool<DB>>,
    writer: OutboxWriter<DB>,
}

impl<DB: SignalDatabase> SignalTransaction<'_, DB> {
    /// Returns the connection, for statements in this transaction.
    ///
    /// Signals are sent in the transaction only inside [`run`](Self::run) and [`within`].
    ///
    /// # Errors
    ///
    /// The transaction has ended.
    pub async fn rows(&mut self) -> Result<&mut DB::Connection, TransactionError> {
        let depth = self.depth;
        self.session.get().rows(depth).await
    }

    /// Calls a function with the connection, and polls its future in this transaction, so that its signals are sent
    /// in it.
    ///
    /// An error or a drop of the future does not end the transaction. After a panic, it cannot be committed.
    ///
    /// # Errors
    ///
    /// Returns the error of the function, or that the transaction has ended.
    ///
    /// # Panics
    ///
    /// If the function panics.
    pub async fn run<T, E, F>(&mut self, body: F) -> Result<T, E>
    where
        F: AsyncFnOnce(&mut DB::Connection) -> Result<T, E>,
        E: From<TransactionError>,
    {
        let Self {
            session,
            signals,
            depth,
            has_panicked,
        } = self;
        let rows = session.get().rows(*depth).await?;
        let _panic = NotePanic(has_panicked);
        signals.__context().run(body(rows)).await
    }

    // Not public API. For the bindings of other database layers, which lend more than the connection.
    #[doc(hidden)]
    #[must_use]
    pub fn __context(&self) -> TransactionContext {
        self.signals.__context()
    }

    /// Begins a nested transaction, which is a savepoint of the database.
    ///
    #[cfg_attr(feature = "durable-sqlite", doc = "```")]
    #[cfg_attr(not(feature = "durable-sqlite"), doc = "```ignore")]
    /// # use lback_signals::{SignalTransaction, TransactionError};
    /// # use sqlx::sqlite::SqlitePoolOptions;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), TransactionError> {
    /// # let pool = SqlitePoolOptions::new().max_connections(1).connect("sqlite::memory:").await?;
    /// let mut tx = SignalTransaction::begin(&pool).await?;
    /// sqlx::raw_sql("CREATE TABLE paid (number INTEGER)").execute(tx.rows().await?).await?;
    /// for number in 1..4 {
    ///     let mut nested = tx.savepoint().await?;
    ///     let insert = sqlx::query("INSERT INTO paid VALUES (?)").bind(number);
    ///     insert.execute(nested.rows().await?).await?;
    ///     if number != 2 {
    ///         nested.commit().await?;
    ///     } // else it is rolled back
    /// }
    /// tx.commit().await?;
    /// let paid: Vec<i64> = sqlx::query_scalar("SELECT number FROM paid").fetch_all(&pool).await?;
    /// assert_eq!(paid, [1, 3]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// The transaction has ended, or the database refuses.
    pub async fn savepoint(&mut self) -> Result<SignalTransaction<'_, DB>, TransactionError> {
        let Self {
            session,
            signals,
            depth,
            ..
        } = self;
        let session = session.get();
        session.set_savepoint(*depth).await?;
        Ok(SignalTransaction {
            session: SessionRef::Savepoint(session),
            signals: signals.__context().nested(),
            depth: *depth + 1,
            has_panicked: false,
        })
    }

    /// Commits the database, and then runs the pending `after_commit` receivers. A nested transaction hands them to
    /// the outer one instead, and the report counts them as deferred.
    ///
    /// Dropping the future after its first poll does not cancel the commit.
    ///
    /// # Errors
    ///
    /// Except for [`TransactionError::Unknown`], nothing was committed, and the pending `after_rollback` receivers
    /// have run.
    pub async fn commit(self) -> Result<Report, TransactionError> {
        if self.has_panicked {
            drop(self.rollback().await);
            return Err(TransactionError::Panicked);
        }
        match self.session {
            SessionRef::Outermost(root) => {
                let runtime = root.session.runtime().clone();
                let is_undecided = Arc::new(AtomicBool::new(false));
                let commit = commit(*root, self.signals, Arc::clone(&is_undecided));
                joined(spawn(&runtime, commit).await).map_err(|error| {
                    if is_undecided.load(Ordering::Acquire) {
                        TransactionError::Unknown(error.into())
                    } else {
                        TransactionError::RuntimeEnded
                    }
                })?
            }
            SessionRef::Savepoint(session) => session.release(self.depth, self.signals).await,
        }
    }

    /// Rolls the database back, and then runs the pending `after_rollback` receivers.
    ///
    /// Dropping the transaction does the same, but does not wait for the database.
    ///
    /// # Errors
    ///
    /// The connection is broken, upon which the database rolls back. The receivers have run.
    pub async fn rollback(self) -> Result<Report, TransactionError> {
        match self.session {
            SessionRef::Outermost(root) => {
                let runtime = root.session.runtime().clone();
                let task = spawn(&runtime, roll_back(*root, self.signals));
                joined(task.await).map_err(|_| TransactionError::RuntimeEnded)?
            }
            SessionRef::Savepoint(session) => session.roll_back(self.depth, self.signals).await,
        }
    }
}

impl<DB: SignalDatabase> SessionRef<'_, DB> {
    fn get(&mut self) -> &mut Session<DB> {
        match self {
            Self::Outermost(root) => &mut root.session,
            Self::Savepoint(session) => session,
        }
    }
}

impl<DB: SignalDatabase> fmt::Debug for SignalTransaction<'_, DB> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignalTransaction")
            .field("signals", &self.signals)
            .field("depth", &self.depth)
            .finish_non_exhaustive()
    }
}

/// Notes whether it is dropped by a panic.
struct NotePanic<'p>(&'p mut bool);

impl Drop for NotePanic<'_> {
    fn drop(&mut self) {
        *self.0 |= thread::panicking();
    }
}
