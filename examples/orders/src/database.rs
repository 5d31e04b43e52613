//! The file of the database: the tables of the shop and those of the outbox.

use std::path::Path;
use std::time::Duration;

use lback_signals::durable::{Outbox, OutboxError, SqliteOutbox};
use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS item (
        name TEXT PRIMARY KEY,
        cents INTEGER NOT NULL,
        in_stock INTEGER NOT NULL
    ) STRICT;
    INSERT OR IGNORE INTO item VALUES ('tea', 450, 1000), ('coffee', 690, 1000), ('mug', 1200, 50);
    CREATE TABLE IF NOT EXISTS customer_order (
        number INTEGER PRIMARY KEY,
        email TEXT NOT NULL,
        item TEXT NOT NULL REFERENCES item (name),
        quantity INTEGER NOT NULL CHECK (quantity > 0)
    ) STRICT;
    CREATE TABLE IF NOT EXISTS booking (
        order_number INTEGER NOT NULL REFERENCES customer_order (number),
        quantity INTEGER NOT NULL
    ) STRICT;
";

/// Opens the file, which is created if there is none.
pub(crate) async fn open(file: &Path) -> anyhow::Result<(SqlitePool, SqliteOutbox)> {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        // Readers do not wait for the writer, and a commit is on the disk when it returns.
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(Duration::from_secs(10));
    let pool = SqlitePoolOptions::new()
        .max_connections(8)
        .connect_with(options)
        .await?;
    sqlx::raw_sql(TABLES).execute(&pool).await?;
    let outbox = SqliteOutbox::new(pool.clone()).await?;
    Ok((pool, outbox))
}

/// Waits until no delivery waits or runs.
pub(crate) async fn idle(outbox: &SqliteOutbox) {
    while !matches!(is_idle(outbox).await, Ok(true)) {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn is_idle(outbox: &SqliteOutbox) -> Result<bool, OutboxError> {
    let counts = outbox.counts().await?;
    Ok(counts.iter().all(|it| it.waiting + it.running == 0))
}
