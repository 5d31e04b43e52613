//! The connections of the outbox itself, and its transactions on them.

use sqlx::pool::PoolConnection;
use sqlx::{PgConnection, PgPool, Postgres};

use crate::durable::error::OutboxError;

/// The most connections: one each for claims, renewals, endings and inserts.
const CONNECTIONS: u32 = 4;

/// A pool of the outbox alone. An application that uses up its own connections does not keep leases from being
/// renewed.
#[derive(Debug)]
pub(super) struct OwnPool {
    application: PgPool,
    pool: PgPool,
}

/// What a transaction of the outbox does. Each is READ COMMITTED, whatever the default of the database or the role: a
/// stricter transaction would fail where two workers meet.
#[derive(Clone, Copy, Debug)]
pub(super) enum Access {
    /// Reads whole tables.
    Read,
    /// Searches rows by an index, also before the statistics of the database say that the table has grown.
    Search,
    /// Searches and writes rows, also where the default is read-only.
    Write,
}

impl Access {
    fn begin(self) -> &'static str {
        match self {
            Self::Read => "BEGIN ISOLATION LEVEL READ COMMITTED",
            Self::Search => "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL enable_seqscan = off",
            Self::Write => {
                "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL enable_seqscan = off"
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
        }
    }

    /// Returns the pool.
    pub(super) fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Begins a transaction. A connection that was lost while it was idle is replaced.
    pub(super) async fn begin(&self, access: Access) -> Result<OwnTransaction, OutboxError> {
        let mut tries = 0;
        loop {
            let begun = self.try_begin(access).await.map_err(|error| {
                tries += 1;
                OutboxError::of_database(error)
            });
            match begun {
                Err(OutboxError::Unavailable(_)) if tries <= CONNECTIONS => {}
                begun => return begun,
            }
        }
    }

    async fn try_begin(&self, access: Access) -> Result<OwnTransaction, sqlx::Error> {
        if self.pool.num_idle() == 0 {
            // The application may have changed its password since.
            let connect = self.application.connect_options();
            self.pool.set_connect_options(connect.as_ref().clone());
        }
        let mut transaction = OwnTransaction {
            connection: self.pool.acquire().await?,
            has_ended: false,
        };
        let begin = sqlx::raw_sql(access.begin());
        begin.execute(transaction.connection()).await?;
        Ok(transaction)
    }
}

/// A transaction of the outbox itself. Dropping it closes the connection, upon which PostgreSQL rolls back: so its
/// futures may be dropped at any time.
pub(super) struct OwnTransaction {
    connection: PoolConnection<Postgres>,
    has_ended: bool,
}

impl OwnTransaction {
    pub(super) fn connection(&mut self) -> &mut PgConnection {
        &mut self.connection
    }

    pub(super) async fn commit(mut self) -> Result<(), OutboxError> {
        let commit = sqlx::raw_sql("COMMIT").execute(self.connection()).await;
        commit.map_err(OutboxError::of_database)?;
        self.has_ended = true;
        Ok(())
    }
}

impl Drop for OwnTransaction {
    fn drop(&mut self) {
        if !self.has_ended {
            self.connection.close_on_drop();
        }
    }
}
