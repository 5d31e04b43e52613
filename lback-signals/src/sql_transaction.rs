//! Transactions of sqlx, each with a transaction of signals.

mod begin;
mod commit;
mod database;
mod deliveries;
mod error;
mod open;
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
use self::deliveries::Deliveries;
pub use self::error::TransactionError;
#[cfg(feature = "durable-sqlite")]
pub(crate) use self::open::Open;
#[cfg(feature = "durable")]
pub(crate) use self::postgres::TRANSACTION_ID as POSTGRES_TRANSACTION_ID;
#[cfg(feature = "durable")]
pub(crate) use self::row_writer::RowWriter;
use self::session::Session;
pub(crate) use self::task::{joined, spawn};
#[cfg(feature = "durable-sqlite")]
pub(crate) use self::within::run_within;
pub use self::within::{BeginSignals, within};
use crate::context::WithContext;
use crate::report::Report;
use crate::transaction::Transaction;

/// A database transaction of sqlx and a [`Transaction`] of signals, of which neither is committed without the other.
///
/// TODO
#[must_use = "dropping it rolls back: end it with `commit`"]
pub struct SignalTransaction<'c, DB: SignalDatabase> {
    place: Place<'c, DB>,
    /// After the connection, so that the database rolls back first.
    signals: Transaction,
    /// 1 for the outermost transaction, and one more for each savepoint.
    depth: usize,
    has_panicked: bool,
}

enum Place<'c, DB: SignalDatabase> {
    Outermost(Box<Root<DB>>),
    Savepoint(&'c mut Session<DB>),
}

/// The parts of an outermost transaction.
struct Root<DB: SignalDatabase> {
    session: Session<DB>,
    /// Where the outcome of a commit can be asked for.
    pool: Option<Pool<DB>>,
    deliveries: Deliveries<DB>,
}

impl<DB: SignalDatabase> SignalTransaction<'_, DB> {
    /// Returns the connection, for statements in this transaction.
    ///
    /// # Errors
    ///
    /// The transaction has ended.
    pub async fn rows(&mut self) -> Result<&mut DB::Connection, TransactionError> {
        let depth = self.depth;
        self.session().rows(depth).await
    }

    /// Calls a function with the connection, and polls its future in this transaction, so that its signals are sent
    /// in it.
    ///
    /// An error or a drop of the future does not end the transaction. After a panic, it is not committed.
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
            place,
            signals,
            depth,
            has_panicked,
        } = self;
        let rows = place.session().rows(*depth).await?;
        let _panic = NotePanic(has_panicked);
        WithContext::new(body(rows), signals.context()).await
    }

    /// Begins a nested transaction, which is a savepoint of the database.
    ///
    /// # Errors
    ///
    /// The transaction has ended, or the database refuses.
    pub async fn savepoint(&mut self) -> Result<SignalTransaction<'_, DB>, TransactionError> {
        let Self {
            place,
            signals,
            depth,
            ..
        } = self;
        let session = place.session();
        session.set_savepoint(*depth).await?;
        Ok(SignalTransaction {
            place: Place::Savepoint(session),
            signals: signals.nested(),
            depth: *depth + 1,
            has_panicked: false,
        })
    }

    /// Commits the database, and then runs the pending `after_commit` receivers. A nested transaction hands them to
    /// the outer one instead.
    ///
    /// TODO
    ///
    /// # Errors
    ///
    /// TODO
    pub async fn commit(self) -> Result<Report, TransactionError> {
        if self.has_panicked {
            drop(self.rollback().await);
            return Err(TransactionError::Panicked);
        }
        match self.place {
            Place::Outermost(root) => {
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
            Place::Savepoint(session) => session.release(self.depth, self.signals).await,
        }
    }

    /// Rolls the database back, and then runs the pending `after_rollback` receivers.
    ///
    /// # Errors
    ///
    /// The connection is broken, whereupon the database rolls back.
    pub async fn rollback(self) -> Result<Report, TransactionError> {
        match self.place {
            Place::Outermost(root) => {
                let Root { session, .. } = *root;
                let runtime = session.runtime().clone();
                let task = spawn(&runtime, roll_back(session, self.signals));
                joined(task.await).map_err(|_| TransactionError::RuntimeEnded)?
            }
            Place::Savepoint(session) => session.roll_back(self.depth, self.signals).await,
        }
    }

    fn session(&mut self) -> &mut Session<DB> {
        self.place.session()
    }
}

impl<DB: SignalDatabase> Place<'_, DB> {
    fn session(&mut self) -> &mut Session<DB> {
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
