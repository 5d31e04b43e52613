//! A database of PostgreSQL.

use std::time::Duration;

use lback_auth::PostgresStore;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPoolOptions};
use sqlx::{ConnectOptions, Connection, Executor};
use tokio::time::timeout;

use super::super::failure::advised;
use super::{IfMissing, no_accounts};

/// How long to wait for the server.
const TIMEOUT: Duration = Duration::from_secs(5);

/// How long to wait for what others have locked.
const LOCK_TIMEOUT: &str = "SET lock_timeout = '5s'";

/// One command needs no more.
const MAX_CONNECTIONS: u32 = 2;

pub(super) async fn open(
    options: &PgConnectOptions,
    missing: IfMissing,
) -> anyhow::Result<PostgresStore> {
    // A pool tries again if it is refused, and says in the end that it took too long.
    match timeout(TIMEOUT, options.connect()).await {
        Ok(connected) => {
            let mut connection = connected?;
            if missing == IfMissing::Refuse && !has_accounts(&mut connection).await? {
                return Err(no_accounts(
                    "there are no tables of accounts that this user can see",
                ));
            }
            connection.close().await?;
        }
        Err(_) => {
            return Err(advised(
                "it does not answer",
                "look at the host and the port, and at firewalls in between",
            ));
        }
    }

    let pool = PgPoolOptions::new()
        .max_connections(MAX_CONNECTIONS)
        .acquire_timeout(TIMEOUT)
        .after_connect(|connection, _| {
            Box::pin(async move { connection.execute(LOCK_TIMEOUT).await.map(drop) })
        })
        .connect_lazy_with(options.clone());
    Ok(PostgresStore::from_pool(pool).await?)
}

async fn has_accounts(connection: &mut PgConnection) -> sqlx::Result<bool> {
    sqlx::query_scalar("SELECT to_regclass('lback_account') IS NOT NULL")
        .fetch_one(connection)
        .await
}
