//! Separate databases for tests.

use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

static COUNT: AtomicU32 = AtomicU32::new(0);

/// Returns a name that is unique among the tests of all processes.
fn unique_name() -> String {
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("lback_test_{}_{count}", process::id())
}

/// Creates a SQLite store with an outbox, which exists until its folder is dropped.
#[cfg(feature = "sqlite")]
pub(crate) async fn sqlite() -> (lback_auth::SqliteStore, sqlite::Folder) {
    let folder = sqlite::Folder::new();
    let store = lback_auth::SqliteStore::open(folder.file()).await.unwrap();
    (sqlite::with_outbox(store).await, folder)
}

/// Creates a PostgreSQL store with an outbox, which exists until its schema is dropped.
#[cfg(feature = "postgres")]
pub(crate) async fn postgres() -> (lback_auth::PostgresStore, postgres::Schema) {
    let schema = postgres::Schema::new().await;
    let store = lback_auth::PostgresStore::from_pool(schema.pool()).await;
    (postgres::with_outbox(store.unwrap()).await, schema)
}

#[cfg(feature = "sqlite")]
pub(crate) mod sqlite {
    use std::path::PathBuf;
    use std::{env, fs};

    use lback_auth::SqliteStore;
    use lback_signals::durable::SqliteOutbox;

    /// Sets an outbox in the same database.
    pub(crate) async fn with_outbox(store: SqliteStore) -> SqliteStore {
        let outbox = SqliteOutbox::new(store.pool().clone()).await.unwrap();
        store.with_outbox(outbox.without_worker())
    }

    /// A folder for a SQLite file, deleted on drop.
    pub(crate) struct Folder(PathBuf);

    impl Folder {
        pub(crate) fn new() -> Self {
            let folder = env::temp_dir().join(super::unique_name());
            fs::create_dir(&folder).unwrap();
            Self(folder)
        }

        pub(crate) fn file(&self) -> PathBuf {
            self.0.join("accounts.db")
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            // Some systems refuse this while a connection is open.
            drop(fs::remove_dir_all(&self.0));
        }
    }
}

#[cfg(feature = "postgres")]
pub(crate) mod postgres {
    use std::thread;
    use std::time::Duration;

    use lback_auth::PostgresStore;
    use lback_signals::durable::PostgresOutbox;
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
    use sqlx::{AssertSqlSafe, ConnectOptions as _, PgPool};
    use test_support::service;

    /// Sets an outbox in the same database.
    pub(crate) async fn with_outbox(store: PostgresStore) -> PostgresStore {
        let outbox = PostgresOutbox::new(store.pool().clone()).await.unwrap();
        store.with_outbox(outbox.without_worker())
    }

    /// A schema, dropped with its tables when this is dropped.
    pub(crate) struct Schema {
        name: String,
        server: PgConnectOptions,
    }

    impl Schema {
        /// Creates a schema in the database of `LBACK_POSTGRES_URL`.
        pub(crate) async fn new() -> Self {
            let server: PgConnectOptions = service("LBACK_POSTGRES_URL").parse().unwrap();
            let name = super::unique_name();
            execute(&server, format!("CREATE SCHEMA {name}"))
                .await
                .unwrap();
            Self { name, server }
        }

        /// Returns options that connect to the schema.
        pub(crate) fn options(&self) -> PgConnectOptions {
            let server = self.server.clone().application_name(&self.name);
            server.options([("search_path", &self.name)])
        }

        /// Creates a pool of connections to the schema.
        pub(crate) fn pool(&self) -> PgPool {
            PgPoolOptions::new()
                .acquire_timeout(Duration::from_secs(5))
                .connect_lazy_with(self.options())
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

    async fn execute(server: &PgConnectOptions, statement: String) -> sqlx::Result<()> {
        let mut connection = server.connect().await?;
        let done = sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection);
        done.await.map(drop)
    }
}
