//! A database of PostgreSQL.

use std::time::Duration;

use anyhow::Context;
use lback_auth::PostgresStore;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPoolOptions};
use sqlx::{ConnectOptions, Connection, Executor};
use tokio::time::timeout;
use url::Url;

use super::super::failure::advised;
use super::{IfMissing, no_accounts};

/// How long to wait for the server until all connections are open: longer than it waits for a lock, so that its error
/// arrives.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long to wait for a connection later on.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// How long to wait for what others have locked.
const LOCK_TIMEOUT: &str = "SET lock_timeout = '5s'";

/// One command needs no more.
const MAX_CONNECTIONS: u32 = 2;

/// The database of a URL, nothing of which is in an error.
pub(super) fn options(text: &str) -> anyhow::Result<Box<PgConnectOptions>> {
    const NOT_RIGHT: &str = "the URL of the database is not right";
    let url = Url::parse(text)
        .map_err(|error| sqlx::Error::Configuration(error.into()))
        .context(NOT_RIGHT)?;
    // Behind what was taken for the host: a part of a password, which would be shown as a name.
    let has_at = |text: &str| text.contains('@');
    let has_at_in_settings = url.query_pairs().any(|(name, _)| has_at(&name));
    if has_at(url.path()) || has_at_in_settings || url.fragment().is_some_and(has_at) {
        return Err(advised(
            "there is an `@` in the URL of the database behind its host",
            "in a user and a password, write `@` as `%40`, `/` as `%2F`, `?` as `%3F`, and so on",
        ));
    }
    let options = PgConnectOptions::from_url(&url).context(NOT_RIGHT)?;
    Ok(Box::new(options))
}

pub(super) async fn open(
    options: &PgConnectOptions,
    missing: IfMissing,
) -> anyhow::Result<PostgresStore> {
    open_within(PATIENCE, options, missing).await
}

async fn open_within(
    patience: Duration,
    options: &PgConnectOptions,
    missing: IfMissing,
) -> anyhow::Result<PostgresStore> {
    let opened = timeout(patience, try_to_open(options, missing)).await;
    opened.unwrap_or_else(|_| {
        Err(advised(
            "it does not answer",
            "look at the host and the port, and at firewalls in between",
        ))
    })
}

async fn try_to_open(
    options: &PgConnectOptions,
    missing: IfMissing,
) -> anyhow::Result<PostgresStore> {
    // A pool tries again if it is refused, and says in the end that it took too long.
    let mut connection = options.connect().await?;
    if missing == IfMissing::Refuse && !has_accounts(&mut connection).await? {
        return Err(no_accounts(
            "there are no tables of accounts that this user can see",
        ));
    }
    connection.close().await?;

    let pool = PgPoolOptions::new()
        .max_connections(MAX_CONNECTIONS)
        .acquire_timeout(ACQUIRE_TIMEOUT)
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

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    /// The answer that a client is let in, and may ask.
    const LET_IN: &[u8] = b"R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I";

    #[tokio::test]
    async fn a_server_that_lets_in_and_says_nothing_more_is_not_waited_for_for_ever() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let serving = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut told = [0; 1024];
            assert_ne!(stream.read(&mut told).await.unwrap(), 0);
            stream.write_all(LET_IN).await.unwrap();
            // That is a question, and it is left alone with it.
            assert_ne!(stream.read(&mut told).await.unwrap(), 0);
            (told[0], stream)
        });
        let options = options(&format!("postgres://ada@{address}/shop?sslmode=disable")).unwrap();
        let patience = Duration::from_millis(500);
        let error = open_within(patience, &options, IfMissing::Refuse).await;
        assert_eq!(error.unwrap_err().to_string(), "it does not answer");
        assert_eq!(serving.await.unwrap().0, b'P');
    }
}
