//! Schemas of PostgreSQL, one per test.

use std::sync::atomic::{AtomicU32, Ordering};
use std::{process, thread};

use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _};
use test_support::service;

static COUNT: AtomicU32 = AtomicU32::new(0);

/// Returns a name that is unique among the tests of all processes.
pub(crate) fn unique_name() -> String {
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("lback_sql_{}_{count}", process::id())
}

/// A schema of PostgreSQL, dropped with its tables when this is dropped.
pub(crate) struct Schema {
    pub(crate) name: String,
    pub(crate) server: PgConnectOptions,
}

impl Schema {
    /// Creates a schema in the database of `LBACK_POSTGRES_URL`.
    pub(crate) async fn new() -> Self {
        let server: PgConnectOptions = service("LBACK_POSTGRES_URL").parse().unwrap();
        let name = unique_name();
        let create = format!("CREATE SCHEMA {name}");
        execute(&server, create).await.unwrap();
        Self { name, server }
    }

    /// Returns options that connect to the schema.
    pub(crate) fn options(&self) -> PgConnectOptions {
        let server = self.server.clone().application_name(&self.name);
        server.options([("search_path", &self.name)])
    }
}

impl Drop for Schema {
    fn drop(&mut self) {
        let server = self.server.clone().options([("lock_timeout", "2s")]);
        let name = &self.name;
        // The last dropped transaction may not be rolled back yet.
        let statement = format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE application_name = '{name}'; DROP SCHEMA {name} CASCADE"
        );
        // In another thread, since the test's executor may run on this one.
        let dropped = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(execute(&server, statement))
        });
        if !matches!(dropped.join(), Ok(Ok(()))) {
            println!("the schema {} was not dropped", self.name);
        }
    }
}

pub(crate) async fn execute(server: &PgConnectOptions, statement: String) -> sqlx::Result<()> {
    let mut connection = server.connect().await?;
    let done = sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection);
    done.await.map(drop)
}
