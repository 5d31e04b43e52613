//! What is particular to the outbox in SQLite.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::{env, fs, process};

use lback_signals::durable::SqliteOutbox;
use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

static COUNT: AtomicU32 = AtomicU32::new(0);

/// A folder for a file of SQLite, deleted on drop.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = env::temp_dir().join(format!("lback_durable_{}_{count}", process::id()));
        fs::create_dir(&folder).unwrap();
        Self(folder)
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.0.join("orders.db")
    }

    pub(crate) fn options(&self) -> SqliteConnectOptions {
        SqliteConnectOptions::new()
            .filename(self.file())
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // The tests look at what is committed, and not at what survives a loss of power.
            .synchronous(SqliteSynchronous::Off)
    }

    pub(crate) async fn pool(&self) -> SqlitePool {
        SqlitePoolOptions::new()
            .connect_with(self.options())
            .await
            .unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Some systems refuse this while a connection is open.
        drop(fs::remove_dir_all(&self.0));
    }
}

pub(crate) async fn outbox(folder: &Folder) -> SqliteOutbox {
    SqliteOutbox::new(folder.pool().await).await.unwrap()
}

pub(crate) async fn outbox_in_memory() -> SqliteOutbox {
    let pool = SqlitePoolOptions::new()
        .max_connections(1)
        // It takes as long as a short statement.
        .test_before_acquire(false);
    let pool = pool.connect("sqlite::memory:").await.unwrap();
    SqliteOutbox::new(pool).await.unwrap()
}
