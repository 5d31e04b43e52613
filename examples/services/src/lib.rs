//! Code that the shop and the mailer share: how they open their database, connect, and end. No signal is declared here: each
//! service declares those that it sends and receives.

use anyhow::Context;
use async_nats::Client;
use lback_signals::durable::SqliteOutbox;
use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode};

/// Opens the database of a service, and creates its tables.
///
/// # Errors
///
/// The database cannot be opened or written.
pub async fn open(file: &str, tables: &'static str) -> anyhow::Result<(SqlitePool, SqliteOutbox)> {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal);
    let pool = SqlitePool::connect_with(options)
        .await
        .with_context(|| format!("cannot open {file}"))?;
    sqlx::raw_sql(tables).execute(&pool).await?;
    let outbox = SqliteOutbox::new(pool.clone()).await?;
    Ok((pool, outbox))
}

/// Connects to the broker.
///
/// # Errors
///
/// The server does not answer.
pub async fn connect(address: &str) -> anyhow::Result<Client> {
    async_nats::connect(address)
        .await
        .with_context(|| format!("cannot connect to {address}"))
}

/// Waits for an interrupt.
pub async fn interrupted() {
    // Without a handler, the process ends at once, which is safe at any time.
    let _ = tokio::signal::ctrl_c().await;
}
