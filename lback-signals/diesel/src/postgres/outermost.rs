//! An outermost transaction.

use diesel::QueryResult;
use diesel::dsl::{select, sql};
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel::sql_types::{Nullable, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl as _, SimpleAsyncConnection as _};
use lback_signals::__private::{ASSIGNED_TRANSACTION_ID, outcome_of};
use lback_signals::{CommitOutcome, Transaction};
use tokio::runtime::Handle;

use super::decision::Decision;
use super::open::Open;
use super::outbox_writer::OutboxWriter;
use crate::current::Current;
use crate::error::TransactionError;

/// An outermost transaction. Dropping it rolls back the database, and then the signals.
pub(super) struct Outermost<'c> {
    open: Open<'c>,
    signals: Transaction,
    writer: OutboxWriter,
    runtime: Handle,
}

impl<'c> Outermost<'c> {
    pub(super) async fn begin(
        connection: &'c mut AsyncPgConnection,
        signals: Transaction,
        writer: OutboxWriter,
    ) -> QueryResult<Self> {
        let runtime = Handle::current();
        Ok(Self {
            open: Open::begin(connection, 0).await?,
            signals,
            writer,
            runtime,
        })
    }

    pub(super) async fn run<T, E, F>(self, body: F) -> Result<T, E>
    where
        F: AsyncFnOnce(&mut AsyncPgConnection) -> Result<T, E>,
        E: From<DieselError>,
    {
        let context = self.signals.__context();
        let current = Current::outermost(self.open.connection, context.clone());
        let result = context.run(body(self.open.connection)).await;
        drop(current);
        match result {
            Ok(value) => {
                self.commit().await?;
                Ok(value)
            }
            Err(error) => {
                self.roll_back().await;
                Err(error)
            }
        }
    }

    /// Writes the deliveries, commits the database, and then commits the signals.
    async fn commit(mut self) -> QueryResult<()> {
        let id = match self.prepare().await {
            Ok(id) => id,
            Err(error) => {
                self.roll_back().await;
                return Err(error);
            }
        };
        let Self {
            mut open,
            signals,
            writer,
            runtime,
        } = self;
        let decision = Decision::new(signals, writer, id.clone(), runtime)?;
        let outcome = commit_rows(&mut open, id.as_deref()).await;
        drop(open);
        decision.decide(outcome).await
    }

    /// Executes the last statements before the COMMIT, which fail if that would commit nothing without an error: in an
    /// aborted transaction, and outside of any. Returns the id of the transaction, if it has written anything.
    async fn prepare(&mut self) -> QueryResult<Option<String>> {
        self.open.check().await?;
        let connection = &mut *self.open.connection;
        connection.batch_execute("SAVEPOINT lback_signals").await?;
        self.writer.write(connection, &self.signals).await?;
        if let Some(refusal) = self.signals.__refusal() {
            return Err(TransactionError::Enqueue(refusal).into());
        }
        let id = select(sql::<Nullable<Text>>(ASSIGNED_TRANSACTION_ID));
        id.get_result(connection).await
    }

    async fn roll_back(self) {
        self.open.roll_back().await;
        self.signals.rollback();
    }
}

/// Commits the database.
async fn commit_rows(open: &mut Open<'_>, id: Option<&str>) -> CommitOutcome<DieselError> {
    let Err(error) = open.commit().await else {
        return CommitOutcome::Committed;
    };
    if is_refused(&error) {
        return CommitOutcome::RolledBack(error);
    }
    // The connection answers unless it is broken.
    match was_committed(open.connection, id).await {
        Some(true) => CommitOutcome::Committed,
        Some(false) => CommitOutcome::RolledBack(error),
        None => CommitOutcome::Unknown(error),
    }
}

/// Returns whether an error of a COMMIT says that nothing was committed. Diesel tells few errors of the server apart.
fn is_refused(error: &DieselError) -> bool {
    let DieselError::DatabaseError(kind, _) = error else {
        return false;
    };
    matches!(
        kind,
        DatabaseErrorKind::UniqueViolation
            | DatabaseErrorKind::ForeignKeyViolation
            | DatabaseErrorKind::CheckViolation
            | DatabaseErrorKind::ExclusionViolation
            | DatabaseErrorKind::SerializationFailure
    )
}

async fn was_committed(connection: &mut AsyncPgConnection, id: Option<&str>) -> Option<bool> {
    let outcome = select(sql::<Nullable<Text>>(&outcome_of(id?)?));
    let outcome: QueryResult<Option<String>> = outcome.get_result(connection).await;
    match outcome.ok()??.as_str() {
        "committed" => Some(true),
        "aborted" => Some(false),
        _ => None,
    }
}
