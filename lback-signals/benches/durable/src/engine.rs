//! A fresh database for each candidate and round.

use std::path::{Path, PathBuf};
use std::str::FromStr as _;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{AssertSqlSafe, PgPool, SqlitePool};
use tempfile::TempDir;

use crate::Result;
use crate::settings::CONNECTIONS;

/// The table of the application.
const ORDERS: &str = "CREATE TABLE orders (id BIGINT PRIMARY KEY, note TEXT NOT NULL)";

const PREFIX: &str = "bench_";

/// The databases of the benchmark.
pub(crate) struct Engines {
    /// Connected to the database of the URL, in which nothing is measured.
    pub(crate) admin: PgPool,
    postgres: String,
    files: TempDir,
}

impl Engines {
    pub(crate) async fn new(postgres: &str) -> Result<Self> {
        let admin = PgPoolOptions::new()
            .max_connections(2)
            .connect(postgres)
            .await?;
        sqlx::raw_sql("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
            .execute(&admin)
            .await?;
        Ok(Self {
            admin,
            postgres: postgres.to_owned(),
            files: tempfile::tempdir()?,
        })
    }

    /// Makes an empty database on PostgreSQL. Returns its URL.
    pub(crate) async fn postgres(&self, candidate: &str) -> Result<String> {
        let name = database(candidate);
        self.drop_postgres(candidate).await?;
        let create = format!("CREATE DATABASE {name}");
        sqlx::raw_sql(AssertSqlSafe(create))
            .execute(&self.admin)
            .await?;
        let (server, _) = self
            .postgres
            .rsplit_once('/')
            .ok_or("the URL names no database")?;
        let url = format!("{server}/{name}");
        let pool = postgres_pool(&url).await?;
        sqlx::raw_sql(ORDERS).execute(&pool).await?;
        pool.close().await;
        Ok(url)
    }

    pub(crate) async fn drop_postgres(&self, candidate: &str) -> Result<()> {
        let drop = format!(
            "DROP DATABASE IF EXISTS {} WITH (FORCE)",
            database(candidate)
        );
        sqlx::raw_sql(AssertSqlSafe(drop))
            .execute(&self.admin)
            .await?;
        Ok(())
    }

    /// Makes an empty database of SQLite. Returns its path.
    pub(crate) async fn sqlite(&self, candidate: &str) -> Result<String> {
        let file = self.files.path().join(database(candidate));
        for suffix in ["", "-wal", "-shm"] {
            remove(&file.with_extension(format!("db{suffix}")))?;
        }
        let file = file.with_extension("db");
        let file = file
            .to_str()
            .ok_or("the temporary folder is no UTF-8")?
            .to_owned();
        let pool = sqlite_pool(&file).await?;
        sqlx::raw_sql(ORDERS).execute(&pool).await?;
        pool.close().await;
        Ok(file)
    }
}

/// Returns the name of the database of a candidate.
pub(crate) fn database(candidate: &str) -> String {
    let name = candidate.replace(|c: char| !c.is_ascii_alphanumeric(), "_");
    format!("{PREFIX}{name}")
}

fn remove(file: &PathBuf) -> Result<()> {
    match std::fs::remove_file(file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

pub(crate) async fn postgres_pool(url: &str) -> Result<PgPool> {
    let options = PgConnectOptions::from_str(url)?;
    let pool = PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        // Statements of a ping would be measured.
        .test_before_acquire(false)
        .connect_with(options);
    Ok(pool.await?)
}

pub(crate) async fn sqlite_pool(file: &str) -> Result<SqlitePool> {
    let options = SqliteConnectOptions::new()
        .filename(Path::new(file))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal);
    let pool = SqlitePoolOptions::new()
        .max_connections(4)
        .test_before_acquire(false)
        .connect_with(options);
    Ok(pool.await?)
}
