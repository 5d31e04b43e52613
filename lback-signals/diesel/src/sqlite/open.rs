//! The begin and the end of a transaction and of its savepoints.

use std::num::NonZeroU32;

use diesel::connection::{
    AnsiTransactionManager, SimpleConnection as _, TransactionManager, TransactionManagerStatus,
};
use diesel::result::Error as DieselError;
use diesel::{QueryResult, SqliteConnection};
use lback_signals::{CommitOutcome, Transaction};

use crate::current::{Current, innermost};
use crate::error::{TransactionError, of_commit};

type Manager = AnsiTransactionManager;

/// Writes the deliveries of a transaction.
pub(super) trait Writer {
    /// Writes them, as the last statements before the commit.
    fn write(
        &mut self,
        connection: &mut SqliteConnection,
        signals: &Transaction,
    ) -> QueryResult<()>;

    /// Called when the transaction is committed, before any `after_commit` receiver runs.
    fn committed(&self);
}

/// Leaves the deliveries, if there are any, and the commit of the signals fails.
pub(super) struct NoOutbox;

impl Writer for NoOutbox {
    fn write(&mut self, _: &mut SqliteConnection, _: &Transaction) -> QueryResult<()> {
        Ok(())
    }

    fn committed(&self) {}
}

/// An outermost transaction. Dropping it rolls back the database, and then the signals.
pub(super) struct Outermost<'c> {
    open: Open<'c>,
    signals: Transaction,
}

/// A connection with a transaction, or with a savepoint. Dropping it rolls it back.
struct Open<'c> {
    connection: &'c mut SqliteConnection,
    /// The number of transactions around it: 0 for the outermost one.
    outer: u32,
    has_ended: bool,
}

impl<'c> Outermost<'c> {
    pub(super) fn begin(
        connection: &'c mut SqliteConnection,
        signals: Transaction,
    ) -> QueryResult<Self> {
        // SQLite has rolled back an outer one, and an error after that has reset Diesel's depth.
        if innermost(connection).is_some() {
            return Err(TransactionError::Ended.into());
        }
        Manager::begin_transaction_sql(connection, "BEGIN IMMEDIATE")?;
        Ok(Self {
            open: Open::new(connection, 0),
            signals,
        })
    }

    pub(super) fn run<T, E, F>(mut self, writer: impl Writer, body: F) -> Result<T, E>
    where
        F: FnOnce(&mut SqliteConnection) -> Result<T, E>,
        E: From<DieselError>,
    {
        let context = self.signals.__context();
        let current = Current::outermost(self.open.connection, context.clone());
        let result = context.call(|| body(self.open.connection));
        drop(current);
        match result {
            Ok(value) => {
                self.commit(writer)?;
                Ok(value)
            }
            Err(error) => {
                // The error of the function says more than one of the rollback.
                self.open.roll_back();
                self.signals.rollback();
                Err(error)
            }
        }
    }

    fn commit(mut self, mut writer: impl Writer) -> QueryResult<()> {
        self.open.check()?;
        writer.write(self.open.connection, &self.signals)?;
        let Self { open, signals } = self;
        let committed = signals.commit_after(|| {
            let outcome = open.commit();
            if outcome == CommitOutcome::Committed {
                writer.committed();
            }
            outcome
        });
        committed.map(drop).map_err(of_commit)
    }
}

/// Calls a function in a savepoint.
pub(super) fn nested<T, E, F>(
    connection: &mut SqliteConnection,
    depth: u32,
    body: F,
) -> Result<T, E>
where
    F: FnOnce(&mut SqliteConnection) -> Result<T, E>,
    E: From<DieselError>,
{
    let outer = innermost(connection).ok_or(TransactionError::BegunByDiesel);
    let outer = outer.map_err(DieselError::from)?;
    check_open(connection)?;
    Manager::begin_transaction(connection)?;
    // Dropped after the savepoint.
    let signals = outer.nested();
    let mut open = Open::new(connection, depth);
    let context = signals.__context();
    let current = Current::nested(open.connection, context.clone());
    let result = context.call(|| body(open.connection));
    drop(current);
    match result {
        Ok(value) => {
            open.check()?;
            open.release()?;
            signals.commit();
            Ok(value)
        }
        Err(error) => {
            open.roll_back();
            signals.rollback();
            Err(error)
        }
    }
}

impl<'c> Open<'c> {
    fn new(connection: &'c mut SqliteConnection, outer: u32) -> Self {
        Self {
            connection,
            outer,
            has_ended: false,
        }
    }

    /// Checks that it has not ended, and rolls back savepoints that Diesel has left in it, such as those of a panic.
    fn check(&mut self) -> QueryResult<()> {
        while depth(self.connection)? > self.outer + 1 {
            Manager::rollback_transaction(self.connection)?;
        }
        if depth(self.connection)? <= self.outer {
            return Err(TransactionError::Ended.into());
        }
        check_open(self.connection)
    }

    /// Commits the outermost transaction. An error of SQLite means that nothing was committed.
    fn commit(mut self) -> CommitOutcome<DieselError> {
        let committed = Manager::commit_transaction(self.connection);
        self.has_ended = committed.is_ok();
        committed.into()
    }

    fn release(&mut self) -> QueryResult<()> {
        Manager::commit_transaction(self.connection)?;
        self.has_ended = true;
        Ok(())
    }

    fn roll_back(&mut self) {
        self.has_ended = true;
        while depth(self.connection).is_ok_and(|depth| depth > self.outer.max(1)) {
            // Fails where SQLite has ended the transaction, and then for each savepoint.
            if Manager::rollback_transaction(self.connection).is_err() {
                break;
            }
        }
        // Not by the manager, which would take the connection for broken where SQLite has ended the transaction.
        if self.outer == 0 && self.connection.batch_execute("ROLLBACK").is_ok() {
            *Manager::transaction_manager_status_mut(self.connection) =
                TransactionManagerStatus::default();
        }
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        if !self.has_ended {
            self.roll_back();
        }
    }
}

/// Returns 0 outside of a transaction, 1 in it, and one more in each savepoint.
pub(super) fn depth(connection: &mut SqliteConnection) -> QueryResult<u32> {
    let status = Manager::transaction_manager_status_mut(connection);
    Ok(status.transaction_depth()?.map_or(0, NonZeroU32::get))
}

/// Checks that SQLite has not rolled back on its own, by a BEGIN, which fails in a transaction. If it has, further
/// statements would be committed one by one.
fn check_open(connection: &mut SqliteConnection) -> QueryResult<()> {
    match connection.batch_execute("BEGIN") {
        Ok(()) => {
            connection.batch_execute("ROLLBACK")?;
            Err(TransactionError::Ended.into())
        }
        Err(DieselError::DatabaseError(_, error)) if error.message().contains(IN_TRANSACTION) => {
            Ok(())
        }
        Err(error) => Err(error),
    }
}

/// The message of SQLite for a BEGIN in a transaction.
const IN_TRANSACTION: &str = "within a transaction";
