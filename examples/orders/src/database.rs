//! The database, a file of SQLite or a server of PostgreSQL: the tables of the shop and those of the outbox.

use std::time::Duration;

use lback_signals::durable::{Outbox, OutboxError, PostgresOutbox, SqliteOutbox};
use sqlx::postgres::PgPoolOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{PgPool, SqlitePool};

macro_rules! tables {
    ($integer:literal, $options:literal) => {
        concat!(
            "CREATE TABLE IF NOT EXISTS item (
                name TEXT PRIMARY KEY,
                cents ",
            $integer,
            " NOT NULL,
                in_stock ",
            $integer,
            " NOT NULL
            ) ",
            $options,
            ";
            INSERT INTO item VALUES ('tea', 450, 1000), ('coffee', 690, 1000), ('mug', 1200, 50)
                ON CONFLICT DO NOTHING;
            CREATE TABLE IF NOT EXISTS customer_order (
                number ",
            $integer,
            " PRIMARY KEY,
                email TEXT NOT NULL,
                item TEXT NOT NULL REFERENCES item (name),
                quantity ",
            $integer,
            " NOT NULL CHECK (quantity > 0)
            ) ",
            $options,
            ";
            CREATE TABLE IF NOT EXISTS booking (
                order_number ",
            $integer,
            " NOT NULL REFERENCES customer_order (number),
                quantity ",
            $integer,
            " NOT NULL
            ) ",
            $options,
            ";"
        )
    };
}

const SQLITE_TABLES: &str = tables!("INTEGER", "STRICT");

/// One process at a time creates the tables. The number has no meaning.
const POSTGRES_TABLES: &str = concat!("SELECT pg_advisory_xact_lock(4711);", tables!("BIGINT", ""));

/// Executes a statement that both databases understand.
macro_rules! execute {
    ($connection:expr, $sql:expr, $($value:expr),+ $(,)?) => {
        match $connection {
            ::lback_signals::durable::EitherConnection::Sqlite(rows) => {
                ::sqlx::query($sql)$(.bind($value))+.execute(&mut *rows).await.map(drop)
            }
            ::lback_signals::durable::EitherConnection::Postgres(rows) => {
                ::sqlx::query($sql)$(.bind($value))+.execute(&mut *rows).await.map(drop)
            }
        }
    };
}

pub(crate) use execute;

/// The database and its outbox.
pub(crate) enum Database {
    Sqlite {
        pool: SqlitePool,
        outbox: SqliteOutbox,
    },
    Postgres {
        pool: PgPool,
        outbox: PostgresOutbox,
    },
}

impl Database {
    /// Opens a URL that begins with `postgres://` or `postgresql://`, or else a file, which is created if there is
    /// none.
    pub(crate) async fn open(database: &str) -> anyhow::Result<Self> {
        if database.starts_with("postgres://") || database.starts_with("postgresql://") {
            let pool = PgPoolOptions::new()
                .max_connections(8)
                .connect(database)
                .await?;
            sqlx::raw_sql(POSTGRES_TABLES).execute(&pool).await?;
            let outbox = PostgresOutbox::new(pool.clone()).await?;
            return Ok(Self::Postgres { pool, outbox });
        }
        let options = SqliteConnectOptions::new()
            .filename(database)
            .create_if_missing(true)
            // Readers do not wait for the writer, and a commit is on the disk when it returns.
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(10));
        let pool = SqlitePoolOptions::new()
            .max_connections(8)
            .connect_with(options)
            .await?;
        sqlx::raw_sql(SQLITE_TABLES).execute(&pool).await?;
        let outbox = SqliteOutbox::new(pool.clone()).await?;
        Ok(Self::Sqlite { pool, outbox })
    }

    /// Returns the items and how many of each are in stock.
    pub(crate) async fn in_stock(&self) -> sqlx::Result<Vec<(String, i64)>> {
        const IN_STOCK: &str = "SELECT name, in_stock FROM item ORDER BY name";
        match self {
            Self::Sqlite { pool, .. } => sqlx::query_as(IN_STOCK).fetch_all(pool).await,
            Self::Postgres { pool, .. } => sqlx::query_as(IN_STOCK).fetch_all(pool).await,
        }
    }
}

/// Waits until no delivery waits or runs.
pub(crate) async fn idle(outbox: &impl Outbox) {
    while !matches!(is_idle(outbox).await, Ok(true)) {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn is_idle(outbox: &impl Outbox) -> Result<bool, OutboxError> {
    let counts = outbox.counts().await?;
    Ok(counts.iter().all(|it| it.waiting + it.running == 0))
}
