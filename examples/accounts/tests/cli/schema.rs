//! A schema of PostgreSQL with all that is in it, for one test.

use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection};
use test_support::service;
use tokio::runtime::{Builder, Runtime};

static COUNT: AtomicU32 = AtomicU32::new(0);

pub(crate) struct Schema {
    name: String,
    server: String,
}

impl Schema {
    /// In the database that `LBACK_POSTGRES_URL` names.
    pub(crate) fn new() -> Self {
        let server = service("LBACK_POSTGRES_URL");
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("accounts_cli_{}_{count}", process::id());
        execute(&server, format!("CREATE SCHEMA {name}")).unwrap();
        Self { name, server }
    }

    /// The URL that connects to it, and names itself there.
    pub(crate) fn url(&self) -> String {
        let Self { name, server } = self;
        let mark = if server.contains('?') { '&' } else { '?' };
        format!("{server}{mark}application_name={name}&options[search_path]={name}")
    }
}

impl Drop for Schema {
    fn drop(&mut self) {
        let name = &self.name;
        // A transaction of a process that was killed may not be rolled back yet.
        let statement = format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE application_name = '{name}'; DROP SCHEMA {name} CASCADE"
        );
        if execute(&self.server, statement).is_err() {
            println!("the schema {name} stays");
        }
    }
}

/// The runtime for the futures of a test.
pub(crate) fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

fn execute(server: &str, statement: String) -> sqlx::Result<()> {
    runtime().block_on(async {
        let mut connection = PgConnection::connect(server).await?;
        let done = sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection);
        done.await.map(drop)
    })
}
