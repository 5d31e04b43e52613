//! A database of its own for a test.

use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

static COUNT: AtomicU32 = AtomicU32::new(0);

/// A name that no other test of this process or another has.
fn unique_name() -> String {
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("lback_test_{}_{count}", process::id())
}

/// A new store in SQLite, as long as there is its folder.
#[cfg(feature = "sqlite")]
pub(crate) async fn sqlite() -> (lback_auth::SqliteStore, sqlite::Folder) {
    let folder = sqlite::Folder::new();
    let store = lback_auth::SqliteStore::open(folder.file()).await;
    (store.unwrap(), folder)
}

/// A new store in PostgreSQL, as long as there is its schema.
#[cfg(feature = "postgres")]
pub(crate) async fn postgres() -> (lback_auth::PostgresStore, postgres::Schema) {
    let schema = postgres::Schema::new().await;
    let store = lback_auth::PostgresStore::from_pool(schema.pool()).await;
    (store.unwrap(), schema)
}

#[cfg(feature = "sqlite")]
pub(crate) mod sqlite {
    use std::path::PathBuf;
    use std::{env, fs};

    /// A folder for a file of SQLite, which is deleted with it.
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
            // Some system may not, as long as a connection is open.
            drop(fs::remove_dir_all(&self.0));
        }
    }
}

#[cfg(feature = "postgres")]
pub(crate) mod postgres {
    use std::thread;
    use std::time::Duration;

    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
    use sqlx::{AssertSqlSafe, ConnectOptions as _, PgPool};
    use test_support::service;

    /// A schema that is dropped with all that is in it.
    pub(crate) struct Schema {
        name: String,
        server: PgConnectOptions,
    }

    impl Schema {
        /// In the database that `LBACK_POSTGRES_URL` names.
        pub(crate) async fn new() -> Self {
            let server: PgConnectOptions = service("LBACK_POSTGRES_URL").parse().unwrap();
            let name = super::unique_name();
            execute(&server, format!("CREATE SCHEMA {name}"))
                .await
                .unwrap();
            Self { name, server }
        }

        /// What connects to it.
        pub(crate) fn options(&self) -> PgConnectOptions {
            let server = self.server.clone().application_name(&self.name);
            server.options([("search_path", &self.name)])
        }

        /// A new pool of connections to it.
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
            // A transaction that was dropped last may not be rolled back yet.
            let statement = format!(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                 WHERE application_name = '{name}'; DROP SCHEMA {name} CASCADE"
            );
            // The test's own executor may be running here, which can do nothing else meanwhile.
            let dropped = thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()
                    .unwrap();
                runtime.block_on(execute(&server, statement))
            });
            if !matches!(dropped.join(), Ok(Ok(()))) {
                println!("the schema {} stays", self.name);
            }
        }
    }

    async fn execute(server: &PgConnectOptions, statement: String) -> sqlx::Result<()> {
        let mut connection = server.connect().await?;
        let done = sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection);
        done.await.map(drop)
    }
}
