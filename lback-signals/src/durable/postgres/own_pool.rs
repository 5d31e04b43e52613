//! The connections of the outbox itself, and its transactions on them.

use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::{PgConnection, PgPool, Postgres};
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, SemaphorePermit, watch};
use tokio::time::timeout;

use crate::durable::error::OutboxError;
use crate::sql_transaction::{is_commit_refused, was_committed};

/// The most connections: one each for claims, renewals, endings and [`inserts`](OwnPool::inserts).
const CONNECTIONS: u32 = 4;

/// The time for which the next transactions wait for the rollback of a dropped one, whose connection may be broken.
const ROLLBACK_TIMEOUT: Duration = Duration::from_secs(5);

/// A pool of the outbox alone. An application that uses up its own connections does not keep leases from being
/// renewed.
#[derive(Debug)]
pub(super) struct OwnPool {
    application: PgPool,
    pool: PgPool,
    /// Lets one insert at a time have a connection: many of them would keep leases from being renewed.
    inserts: Semaphore,
    /// The number of dropped transactions that are not rolled back yet.
    dropped: watch::Sender<usize>,
}

/// The work of a transaction of the outbox. Each is READ COMMITTED, also where the default of the database or the
/// role is stricter: a stricter transaction would fail where two workers meet.
#[derive(Clone, Copy, Debug)]
pub(super) enum Access {
    /// Reads whole tables.
    Read,
    /// Searches rows by an index, also before the statistics of the database say that the table has grown. The
    /// estimates of a claim are far too high, and would have it compiled, which takes longer than its execution.
    Search,
    /// Reads pages of rows in the order of an index, and writes rows. The estimates of what a condition leaves are far
    /// too low, and would have all rows of the index read and sorted.
    Page,
    /// Searches and writes rows, also where the default is read-only.
    Write,
}

impl Access {
    pub(super) fn begin(self) -> &'static str {
        match self {
            Self::Read => "BEGIN ISOLATION LEVEL READ COMMITTED",
            Self::Search => {
                "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL enable_seqscan = off; SET LOCAL jit = off"
            }
            Self::Page => {
                "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL enable_seqscan = off; \
                 SET LOCAL enable_bitmapscan = off; SET LOCAL jit = off"
            }
            Self::Write => {
                "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL enable_seqscan = off; SET LOCAL jit = off"
            }
        }
    }
}

impl OwnPool {
    /// Connects as a pool of an application does, when it is used.
    pub(super) fn new(application: PgPool) -> Self {
        let options = application
            .options()
            .clone()
            .min_connections(0)
            .max_connections(CONNECTIONS)
            // BEGIN tests it.
            .test_before_acquire(false);
        let connect = application.connect_options().as_ref().clone();
        Self {
            pool: options.connect_lazy_with(connect),
            application,
            inserts: Semaphore::new(1),
            dropped: watch::Sender::new(0),
        }
    }

    /// Returns the pool.
    pub(super) fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Begins a transaction, after the end of those that were dropped. A connection that was lost while it was idle is
    /// replaced.
    pub(super) async fn begin(&self, access: Access) -> Result<OwnTransaction, OutboxError> {
        // The runtime of a dropped one may not be driven.
        let mut dropped = self.dropped.subscribe();
        drop(timeout(ROLLBACK_TIMEOUT, dropped.wait_for(|it| *it == 0)).await);
        let mut lost = 0;
        loop {
            let connection = self.acquire().await.map_err(OutboxError::of_database)?;
            let mut transaction = OwnTransaction {
                connection: Some(connection),
                dropped: self.dropped.clone(),
                runtime: Handle::current(),
            };
            let statement = sqlx::raw_sql(access.begin());
            let result = statement.execute(transaction.connection()).await;
            let Err(error) = result.map_err(OutboxError::of_database) else {
                return Ok(transaction);
            };
            // Not back to the pool: its server may have become a standby, and the name that of another one.
            if let Some(mut connection) = transaction.connection.take() {
                connection.close_on_drop();
            }
            match error {
                OutboxError::Unavailable(_) if lost < CONNECTIONS => lost += 1,
                error => return Err(error),
            }
        }
    }

    /// Begins a transaction that inserts, after the one of the same outbox before. Drop the permit at its end.
    pub(super) async fn begin_insert(
        &self,
    ) -> Result<(OwnTransaction, Option<SemaphorePermit<'_>>), OutboxError> {
        // It is never closed.
        let permit = self.inserts.acquire().await.ok();
        Ok((self.begin(Access::Write).await?, permit))
    }

    async fn acquire(&self) -> Result<PoolConnection<Postgres>, sqlx::Error> {
        if self.application.is_closed() {
            return Err(sqlx::Error::PoolClosed);
        }
        if self.pool.num_idle() == 0 {
            // The application may have changed its password since.
            let connect = self.application.connect_options();
            self.pool.set_connect_options(connect.as_ref().clone());
        }
        self.pool.acquire().await
    }
}

/// A transaction of the outbox itself. Dropping it rolls back, so its futures may be dropped at any time.
pub(super) struct OwnTransaction {
    /// `None` at its end.
    connection: Option<PoolConnection<Postgres>>,
    dropped: watch::Sender<usize>,
    runtime: Handle,
}

impl OwnTransaction {
    pub(super) fn connection(&mut self) -> &mut PgConnection {
        match &mut self.connection {
            Some(connection) => connection,
            None => unreachable!("the connection is taken only at the end"),
        }
    }

    pub(super) async fn commit(self) -> Result<(), OutboxError> {
        self.try_commit().await.map_err(OutboxError::of_database)
    }

    /// Commits a transaction of this id. Without a clear answer, PostgreSQL is asked for the outcome.
    pub(super) async fn commit_decided(
        self,
        id: Option<String>,
        own_pool: &OwnPool,
    ) -> Result<(), OutboxError> {
        let Err(error) = self.try_commit().await else {
            return Ok(());
        };
        if let Some(id) = id
            && !is_commit_refused(&error)
            && was_committed(own_pool.pool(), &id).await == Some(true)
        {
            return Ok(());
        }
        Err(OutboxError::of_database(error))
    }

    async fn try_commit(mut self) -> Result<(), sqlx::Error> {
        sqlx::raw_sql("COMMIT").execute(self.connection()).await?;
        self.connection = None;
        Ok(())
    }
}

impl Drop for OwnTransaction {
    fn drop(&mut self) {
        // sqlx gives a connection back to its pool in a task.
        let _context = self.runtime.enter();
        let Some(mut connection) = self.connection.take() else {
            return;
        };
        let dropped = Dropped::new(self.dropped.clone());
        self.runtime.spawn(async move {
            // sqlx first reads the answer of a statement whose future was dropped.
            let rollback = sqlx::raw_sql("ROLLBACK").execute(&mut *connection);
            if !matches!(timeout(ROLLBACK_TIMEOUT, rollback).await, Ok(Ok(_))) {
                connection.close_on_drop();
            }
            drop(dropped);
        });
    }
}

/// Counts a dropped transaction until it is rolled back.
struct Dropped(watch::Sender<usize>);

impl Dropped {
    fn new(count: watch::Sender<usize>) -> Self {
        count.send_modify(|count| *count += 1);
        Self(count)
    }
}

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}
