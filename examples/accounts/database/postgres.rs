//! A database of PostgreSQL.

use std::time::Duration;

use anyhow::Context;
use lback_auth::PostgresStore;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions, Connection, Executor};
use tokio::time::timeout;

/// How long to wait for the server.
const TIMEOUT: Duration = Duration::from_secs(5);

/// How long to wait for what others have locked.
const LOCK_TIMEOUT: &str = "SET lock_timeout = '5s'";

/// One command needs no more.
const MAX_CONNECTIONS: u32 = 2;

pub(super) async fn open(options: &PgConnectOptions) -> anyhow::Result<PostgresStore> {
    // A pool tries again if it is refused, and says in the end that it took too long.
    let connected = timeout(TIMEOUT, options.connect()).await;
    let connection = connected.context("there is no answer")??;
    connection.close().await?;

    let pool = PgPoolOptions::new()
        .max_connections(MAX_CONNECTIONS)
        .acquire_timeout(TIMEOUT)
        .after_connect(|connection, _| {
            Box::pin(async move { connection.execute(LOCK_TIMEOUT).await.map(drop) })
        })
        .connect_lazy_with(options.clone());
    Ok(PostgresStore::from_pool(pool).await?)
}
