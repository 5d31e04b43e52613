//! The database that the versions share.

use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};
use tempfile::TempDir;
use test_support::service;
use tokio::runtime::Runtime;

/// The database of a test.
pub(crate) struct Database {
    pub(crate) url: String,
    runtime: Runtime,
    _folder: TempDir,
}

impl Database {
    pub(crate) fn in_sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            url: format!(
                "sqlite:{}?mode=rwc",
                folder.path().join("shop.db").display()
            ),
            runtime: Runtime::new().unwrap(),
            _folder: folder,
        }
    }

    /// A schema of this name.
    pub(crate) fn in_postgres(schema: &str) -> Self {
        let server = service("LBACK_POSTGRES_URL");
        let runtime = Runtime::new().unwrap();
        let create = format!("DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}");
        runtime.block_on(async {
            let mut connection = PgConnection::connect(&server).await.unwrap();
            let create = sqlx::raw_sql(AssertSqlSafe(create));
            create.execute(&mut connection).await.unwrap();
        });
        Self {
            url: format!("{server}?options=-csearch_path%3D{schema}"),
            runtime,
            _folder: tempfile::tempdir().unwrap(),
        }
    }

    /// Returns the deliveries of each receiver.
    pub(crate) fn deliveries(&self) -> Vec<(String, i64)> {
        self.select(
            "SELECT receiver, count(*) FROM lback_delivery GROUP BY receiver ORDER BY receiver",
        )
    }

    /// Returns the stored signals of each name.
    pub(crate) fn signals(&self) -> Vec<(String, i64)> {
        self.select("SELECT name, count(*) FROM lback_signal GROUP BY name ORDER BY name")
    }

    /// Returns the highest attempt of each receiver.
    pub(crate) fn attempts(&self) -> Vec<(String, i64)> {
        self.select(
            "SELECT receiver, max(attempt) FROM lback_delivery GROUP BY receiver ORDER BY receiver",
        )
    }

    fn select(&self, query: &'static str) -> Vec<(String, i64)> {
        self.runtime.block_on(async {
            if self.url.starts_with("postgres:") {
                let mut connection = PgConnection::connect(&self.url).await.unwrap();
                sqlx::query_as(query)
                    .fetch_all(&mut connection)
                    .await
                    .unwrap()
            } else {
                let mut connection = SqliteConnection::connect(&self.url).await.unwrap();
                sqlx::query_as(query)
                    .fetch_all(&mut connection)
                    .await
                    .unwrap()
            }
        })
    }
}
