//! The end of an outermost transaction.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sqlx::Pool;

use super::Root;
use super::database::{Kind, SignalDatabase};
use super::error::TransactionError;
use super::open::OpenTransaction;
use super::outbox_writer::{OutboxWriter, Written};
use super::postgres;
use crate::report::Report;
use crate::transaction::{CommitError, CommitOutcome, Transaction};

/// Writes the deliveries, commits the database, and then commits the signals.
///
/// If it is dropped before the COMMIT, both are rolled back. If it is dropped during the COMMIT, when `is_undecided`
/// is set, the signals are abandoned.
pub(super) async fn commit<DB: SignalDatabase>(
    mut root: Root<DB>,
    signals: Transaction,
    is_undecided: Arc<AtomicBool>,
) -> Result<Report, TransactionError> {
    let prepared = match root.session.at_depth(1).await {
        Ok(open) => prepare(open, &root.writer, &signals).await,
        Err(error) => Err(error),
    };
    let written = match prepared {
        Ok(written) => written,
        Err(error) => {
            // The transaction may be broken: the rollback would fail for the same reason.
            drop(roll_back(root, signals).await);
            return Err(error);
        }
    };
    let Root {
        session,
        pool,
        writer,
    } = root;
    let open = session.into_open().await?;
    is_undecided.store(true, Ordering::Release);
    let committed = signals.commit_with(async move {
        let outcome = commit_rows(open, pool.as_ref(), written.id).await;
        if matches!(outcome, CommitOutcome::Committed) {
            writer.committed(written.has_deliveries);
        }
        outcome
    });
    committed.await.map_err(|error| match error {
        CommitError::Database(error) => error,
        #[cfg(feature = "durable")]
        CommitError::NotEnqueued(error) => error.into(),
    })
}

/// Rolls back the database, and then the signals.
pub(super) async fn roll_back<DB: SignalDatabase>(
    root: Root<DB>,
    signals: Transaction,
) -> Result<Report, TransactionError> {
    let rolled_back = roll_back_rows(root).await;
    let report = signals.rollback();
    rolled_back.map(|()| report)
}

/// Rolls back the database. Receivers may then begin a transaction of the same outbox, which waits until the outbox
/// of this one is dropped.
async fn roll_back_rows<DB: SignalDatabase>(root: Root<DB>) -> Result<(), TransactionError> {
    Ok(root.session.into_open().await?.roll_back().await?)
}

/// Executes the last statement before the COMMIT, which fails if that would commit nothing without an error.
async fn prepare<DB: SignalDatabase>(
    open: &mut OpenTransaction<DB>,
    writer: &OutboxWriter<DB>,
    signals: &Transaction,
) -> Result<Written, TransactionError> {
    match writer.write(open.connection(), signals).await? {
        Some(written) => Ok(written),
        None => Ok(Written {
            id: open.check_before_commit().await?,
            has_deliveries: false,
        }),
    }
}

/// Commits the database. The connection is back in its pool when the receivers run.
async fn commit_rows<DB: SignalDatabase>(
    mut open: OpenTransaction<DB>,
    pool: Option<&Pool<DB>>,
    id: Option<String>,
) -> CommitOutcome<TransactionError> {
    let Err(error) = open.commit().await else {
        return CommitOutcome::Committed;
    };
    let is_refused = match Kind::of::<DB>() {
        // Any error that SQLite returns; otherwise its thread is gone.
        Kind::Sqlite => matches!(error, sqlx::Error::Database(_)),
        Kind::Postgres => postgres::is_commit_refused(&error),
    };
    if is_refused {
        drop(open.roll_back().await);
        return CommitOutcome::RolledBack(error.into());
    }
    // The pool may have no other connection.
    drop(open);
    let was_committed = match (pool, id) {
        (Some(pool), Some(id)) if Kind::of::<DB>() == Kind::Postgres => {
            postgres::was_committed(pool, &id).await
        }
        _ => None,
    };
    match was_committed {
        Some(true) => CommitOutcome::Committed,
        Some(false) => CommitOutcome::RolledBack(error.into()),
        None => CommitOutcome::Unknown(TransactionError::Unknown(error.into())),
    }
}
