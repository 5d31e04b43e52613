//! Databases with accounts.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;
use std::{env, process};

use lback_auth::{AccountStore, Hasher, PostgresStore, SessionDigest, SqliteStore, User};
use sqlx::pool::PoolOptions;
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, PgPool, SqlitePool};

use crate::store::{sign_in_postgres, sign_in_sqlite};

const FILL: &str = "\
    WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < $1) \
    INSERT INTO lback_account (username, username_key, email, email_key, verified_email, password, \
        epoch, is_active, registered_at) \
    SELECT 'user' || n, 'user' || n, 'user' || n || '@example.org', 'user' || n || '@example.org', \
        'user' || n || '@example.org', $2, $3, TRUE, 0 \
    FROM numbers";

/// A session of each account, with the digests as JSON in SQLite and as an array in PostgreSQL.
macro_rules! fill_sessions {
    ($digests:literal) => {
        concat!(
            "INSERT INTO lback_session (digest, account, started_at, last_seen_at, authenticated_at, \
                idle_expires_at, expires_at, is_remembered, client, user_agent) \
             SELECT digest, CAST(number AS TEXT), 0, 0, 0, 9000000000000000, 9000000000000000, FALSE, \
                '192.0.2.7', 'Mozilla/5.0' FROM ",
            $digests
        )
    };
}

const STORE_PASSWORDS: &str = "UPDATE lback_account SET password = $1";

/// Returns the digest of the session of the account with this number.
pub(crate) fn session_of(number: u32) -> SessionDigest {
    SessionDigest::of(&format!("token {number}")).expect("it is short")
}

/// Database of accounts with the usernames `user1`, `user2`, … and the ids 1, 2, …. Their addresses are
/// verified, and each has a [session](session_of).
pub(crate) trait Database: Sized + 'static {
    const NAME: &'static str;
    type Store: AccountStore<User = User>;

    /// Creates a database with this number of accounts, all with this stored hash.
    async fn create(accounts: u32, stored: &str) -> Self;

    fn store(&self) -> Self::Store;

    /// Sets the stored hash of all accounts.
    async fn store_passwords(&self, stored: &str);

    /// Signs in with each login by plain statements, on the connections of the store.
    fn sign_in_plainly(
        &self,
        hasher: Hasher,
        logins: Vec<String>,
    ) -> impl Future<Output = ()> + Send + use<Self>;

    async fn remove(self);
}

fn pool<D: sqlx::Database>() -> PoolOptions<D> {
    // The settings of `PostgresStore::connect`.
    PoolOptions::new()
        .max_connections(10)
        .acquire_timeout(Duration::from_mins(1))
        .test_before_acquire(false)
}

pub(crate) struct InSqlite {
    directory: PathBuf,
    pool: SqlitePool,
    store: SqliteStore,
}

fn hex(number: u32) -> String {
    base16ct::lower::encode_string(session_of(number).as_bytes())
}

impl Database for InSqlite {
    const NAME: &'static str = "SQLite";
    type Store = SqliteStore;

    async fn create(accounts: u32, stored: &str) -> Self {
        let directory = format!("lback-bench-{}-{accounts}", process::id());
        let directory = env::temp_dir().join(directory);
        fs::create_dir(&directory).expect("a directory");
        let options = SqliteConnectOptions::new()
            .filename(directory.join("accounts.db"))
            .create_if_missing(true);
        let pool = pool().connect_with(options).await.expect("a file");
        let store = SqliteStore::from_pool(pool.clone()).await.expect("tables");
        let filled = sqlx::query(FILL)
            .bind(accounts)
            .bind(stored)
            .bind(&[0_u8; 32][..])
            .execute(&pool);
        filled.await.expect("accounts");
        let digests = (1..=accounts).map(|number| format!("\"{}\"", hex(number)));
        let digests = format!("[{}]", digests.collect::<Vec<_>>().join(","));
        let sessions =
            fill_sessions!("(SELECT key + 1 AS number, unhex(value) AS digest FROM json_each($1))");
        let filled = sqlx::query(sessions).bind(digests).execute(&pool);
        filled.await.expect("sessions");
        Self {
            directory,
            pool,
            store,
        }
    }

    fn store(&self) -> SqliteStore {
        self.store.clone()
    }

    async fn store_passwords(&self, stored: &str) {
        let set = sqlx::query(STORE_PASSWORDS)
            .bind(stored)
            .execute(&self.pool);
        set.await.expect("passwords");
    }

    fn sign_in_plainly(
        &self,
        hasher: Hasher,
        logins: Vec<String>,
    ) -> impl Future<Output = ()> + Send + use<> {
        sign_in_sqlite(self.pool.clone(), hasher, logins)
    }

    async fn remove(self) {
        self.pool.close().await;
        fs::remove_dir_all(self.directory).expect("it is there");
    }
}

/// Returns the server to measure.
pub(crate) fn server() -> Option<PgConnectOptions> {
    let url = env::var("LBACK_POSTGRES_URL").ok()?;
    Some(url.parse().expect("LBACK_POSTGRES_URL is a URL"))
}

/// Runs a statement that allows no transaction and no parameters.
async fn administer(statement: String) {
    let server = server().expect("a server");
    let mut connection = PgConnection::connect_with(&server).await.expect("a server");
    let done = sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection);
    done.await.expect("the role may create databases");
}

pub(crate) struct InPostgres {
    name: String,
    pool: PgPool,
    store: PostgresStore,
}

impl Database for InPostgres {
    const NAME: &'static str = "PostgreSQL";
    type Store = PostgresStore;

    async fn create(accounts: u32, stored: &str) -> Self {
        let name = format!("lback_bench_{}_{accounts}", process::id());
        administer(format!("CREATE DATABASE {name}")).await;
        let options = server().expect("a server").database(&name);
        let pool = pool().connect_with(options).await.expect("a database");
        let store = PostgresStore::from_pool(pool.clone())
            .await
            .expect("tables");
        let filled = sqlx::query(FILL)
            .bind(i64::from(accounts))
            .bind(stored)
            .bind(&[0_u8; 32][..])
            .execute(&pool);
        filled.await.expect("accounts");
        let digests = (1..=accounts).map(|number| session_of(number).as_bytes().to_vec());
        let sessions =
            fill_sessions!("unnest($1::bytea[]) WITH ORDINALITY AS given (digest, number)");
        let filled = sqlx::query(sessions).bind(digests.collect::<Vec<_>>());
        filled.execute(&pool).await.expect("sessions");
        let database = Self { name, pool, store };
        database.tidy_up().await;
        database
    }

    fn store(&self) -> PostgresStore {
        self.store.clone()
    }

    async fn store_passwords(&self, stored: &str) {
        let set = sqlx::query(STORE_PASSWORDS)
            .bind(stored)
            .execute(&self.pool);
        set.await.expect("passwords");
        self.tidy_up().await;
    }

    fn sign_in_plainly(
        &self,
        hasher: Hasher,
        logins: Vec<String>,
    ) -> impl Future<Output = ()> + Send + use<> {
        sign_in_postgres(self.pool.clone(), hasher, logins)
    }

    async fn remove(self) {
        self.pool.close().await;
        administer(format!("DROP DATABASE {}", self.name)).await;
    }
}

impl InPostgres {
    /// Runs the maintenance that the server might otherwise start during a turn.
    async fn tidy_up(&self) {
        let done =
            sqlx::raw_sql("VACUUM (ANALYZE) lback_account, lback_session").execute(&self.pool);
        done.await.expect("it is ours");
    }
}
