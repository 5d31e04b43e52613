//! The tables: created once, however many come at a time, and left alone where they are newer.

/// How many open a new database at the same time.
const MANY: usize = 16;

#[cfg(feature = "sqlite")]
mod sqlite {
    use std::thread;

    use lback_auth::{AccountStore, SqliteStore, StoreError, User};
    use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
    use sqlx::{ConnectOptions, Row};

    use super::MANY;
    use crate::databases::{SqliteFolder, sqlite};
    use crate::{commit, insert};

    #[test]
    fn many_create_the_tables() {
        let folder = SqliteFolder::new();
        let file = &folder.file();
        // A thread and an executor each, as if they were processes.
        thread::scope(|scope| {
            let threads = (0..MANY).map(|_| scope.spawn(|| block_on(SqliteStore::open(file))));
            for thread in threads.collect::<Vec<_>>() {
                thread.join().unwrap().unwrap();
            }
        });
        assert_eq!(versions(&folder), [1]);
    }

    #[test]
    fn what_is_stored_is_there_when_it_is_opened_again() {
        let folder = SqliteFolder::new();
        let ada = User::new("ada", "ada@example.org").unwrap();
        let stored = block_on(async {
            let store = SqliteStore::open(folder.file()).await.unwrap();
            insert(&store, &ada).await
        });
        let found = block_on(async {
            let store = SqliteStore::open(folder.file()).await.unwrap();
            store.find(&stored).await.unwrap()
        });
        assert!(found.is_some());
    }

    #[test]
    fn newer_tables_are_left_alone() {
        let folder = SqliteFolder::new();
        block_on(SqliteStore::open(folder.file())).unwrap();
        execute(&folder, "INSERT INTO lback_schema (version) VALUES (7)");
        let refused = block_on(SqliteStore::open(folder.file())).unwrap_err();
        assert!(matches!(
            refused,
            StoreError::NewerSchema { found: 7, known: 1 }
        ));
    }

    #[test]
    fn tables_that_are_up_to_date_are_not_written() {
        let folder = SqliteFolder::new();
        block_on(SqliteStore::open(folder.file())).unwrap();
        block_on(async {
            let options = SqliteConnectOptions::new().filename(folder.file());
            let mut writer = options.connect().await.unwrap();
            let lock = sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut writer);
            lock.await.unwrap();
            SqliteStore::open(folder.file()).await.unwrap();
        });
    }

    #[test]
    fn what_is_no_database_is_refused() {
        let folder = SqliteFolder::new();
        std::fs::write(
            folder.file(),
            "Dear diary, today I wrote more than a header has.",
        )
        .unwrap();
        let refused = block_on(SqliteStore::open(folder.file()));
        assert!(
            matches!(refused, Err(StoreError::Refused(_))),
            "{refused:?}"
        );
        let missing = folder.file().join("nowhere");
        let unavailable = block_on(SqliteStore::open(missing));
        assert!(
            matches!(unavailable, Err(StoreError::Unavailable(_))),
            "{unavailable:?}"
        );
    }

    #[tokio::test]
    async fn foreign_keys_have_to_be_on() {
        let folder = SqliteFolder::new();
        let options = SqliteConnectOptions::new()
            .filename(folder.file())
            .create_if_missing(true);
        let pool =
            |is_on| SqlitePoolOptions::new().connect_with(options.clone().foreign_keys(is_on));

        let refused = SqliteStore::from_pool(pool(false).await.unwrap()).await;
        assert!(
            matches!(refused, Err(StoreError::ForeignKeysOff)),
            "{refused:?}"
        );
        assert!(
            SqliteStore::from_pool(pool(true).await.unwrap())
                .await
                .is_ok()
        );
    }

    #[tokio::test]
    async fn one_connection_will_do_and_so_will_memory() {
        let pool = SqlitePoolOptions::new().max_connections(1);
        let pool = pool.connect("sqlite::memory:").await.unwrap();
        let store = SqliteStore::from_pool(pool).await.unwrap();
        let id = insert(&store, &User::new("ada", "ada@example.org").unwrap()).await;
        assert!(store.find(&id).await.unwrap().is_some());
        store.purge(time::OffsetDateTime::UNIX_EPOCH).await.unwrap();
    }

    #[tokio::test]
    async fn commits_are_on_the_disk_and_readers_do_not_wait() {
        let (store, _folder) = sqlite().await;
        let mut transaction = store.begin().await.unwrap();
        for (pragma, expected) in [
            ("PRAGMA journal_mode", "wal"),
            ("PRAGMA synchronous", "2"),
            ("PRAGMA foreign_keys", "1"),
            ("PRAGMA busy_timeout", "5000"),
        ] {
            let set = sqlx::raw_sql(pragma).fetch_one(transaction.connection());
            let set = set.await.unwrap();
            let set = set
                .try_get(0)
                .unwrap_or_else(|_| set.get::<i64, _>(0).to_string());
            assert_eq!(set, expected, "{pragma}");
        }
        assert!(store.page(None, 1).await.unwrap().is_empty());
        commit(&store, transaction).await;
    }

    fn versions(folder: &SqliteFolder) -> Vec<i64> {
        let file = SqliteConnectOptions::new().filename(folder.file());
        block_on(async {
            let mut connection = file.connect().await.unwrap();
            let versions = sqlx::query_scalar("SELECT version FROM lback_schema");
            versions.fetch_all(&mut connection).await.unwrap()
        })
    }

    fn execute(folder: &SqliteFolder, sql: &'static str) {
        let file = SqliteConnectOptions::new().filename(folder.file());
        block_on(async {
            let mut connection = file.connect().await.unwrap();
            sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
        });
    }

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(future)
    }
}

#[cfg(feature = "postgres")]
mod postgres {
    use lback_auth::{AccountStore, PostgresStore, StoreError};
    use sqlx::{AssertSqlSafe, ConnectOptions, PgPool};

    use super::MANY;
    use crate::databases::postgres::Schema;

    #[tokio::test]
    async fn many_create_the_tables() {
        let Some(schema) = Schema::new().await else {
            return;
        };
        let stores = (0..MANY).map(|_| tokio::spawn(PostgresStore::from_pool(schema.pool())));
        for store in stores.collect::<Vec<_>>() {
            store.await.unwrap().unwrap();
        }
        let versions = sqlx::query_scalar("SELECT version FROM lback_schema");
        let versions: Vec<i64> = versions.fetch_all(&schema.pool()).await.unwrap();
        assert_eq!(versions, [1]);
    }

    #[tokio::test]
    async fn newer_tables_are_left_alone() {
        let Some(schema) = Schema::new().await else {
            return;
        };
        PostgresStore::from_pool(schema.pool()).await.unwrap();
        execute(
            &schema.pool(),
            "INSERT INTO lback_schema (version) VALUES (7)",
        )
        .await;
        let refused = PostgresStore::from_pool(schema.pool()).await.unwrap_err();
        assert!(matches!(
            refused,
            StoreError::NewerSchema { found: 7, known: 1 }
        ));
    }

    #[tokio::test]
    async fn a_role_that_may_create_nothing_can_use_them() {
        let Some(schema) = Schema::new().await else {
            return;
        };
        PostgresStore::from_pool(schema.pool()).await.unwrap();
        let name = schema.name();
        let mut owner = schema.options().connect().await.unwrap();
        let grant = AssertSqlSafe(format!(
            "CREATE ROLE {name} LOGIN;
             GRANT USAGE ON SCHEMA {name} TO {name};
             GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {name} TO {name}"
        ));
        sqlx::raw_sql(grant).execute(&mut owner).await.unwrap();
        let pool = PgPool::connect_lazy_with(schema.options().username(name));
        let users = match PostgresStore::from_pool(pool).await {
            Ok(store) => store.page(None, 9).await.map(|users| users.len()),
            Err(error) => Err(error),
        };
        let drop = AssertSqlSafe(format!("DROP OWNED BY {name}; DROP ROLE {name}"));
        sqlx::raw_sql(drop).execute(&mut owner).await.unwrap();
        assert_eq!(users.unwrap(), 0);
    }

    #[tokio::test]
    async fn who_cannot_be_reached_is_unavailable() {
        let unavailable = PostgresStore::connect("postgres://nobody@127.0.0.1:1/nothing").await;
        assert!(
            matches!(unavailable, Err(StoreError::Unavailable(_))),
            "{unavailable:?}"
        );
    }

    async fn execute(pool: &PgPool, sql: &'static str) {
        sqlx::raw_sql(sql).execute(pool).await.unwrap();
    }
}
