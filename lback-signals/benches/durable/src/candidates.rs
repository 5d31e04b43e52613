//! The candidates of the measures.

#[cfg(feature = "peers")]
mod apalis;
mod bare;
#[cfg(feature = "peers")]
mod graphile;
mod ours;
#[cfg(feature = "peers")]
mod pg_task;

use async_trait::async_trait;

use crate::Result;

/// A way to do work after a commit.
#[async_trait]
pub(crate) trait Candidate: Send + Sync {
    /// Commits one row of the application and two deliveries of it.
    async fn transact(&self, order: i64) -> Result<()>;

    /// Commits one delivery.
    async fn send(&self, number: i64) -> Result<()>;

    /// Commits this many deliveries, as fast as it can.
    async fn fill(&self, count: usize) -> Result<()>;

    /// Commits one delivery of a key.
    async fn send_of(&self, _key: i64, _number: i64) -> Result<()> {
        not_measured()
    }

    /// Commits this many deliveries of the key 0, whose starts are not noted.
    async fn fill_key(&self, _count: usize) -> Result<()> {
        not_measured()
    }

    /// Starts a worker for the deliveries of the other methods.
    async fn start(&self) -> Result<Box<dyn Running>>;

    /// Counts the deliveries that are not completed.
    async fn unfinished(&self) -> Result<i64>;

    /// Returns a pattern of `LIKE` for the statement by which its worker takes deliveries.
    fn claim(&self) -> &'static str;

    /// Removes what the planner does not know about rows that were filled in.
    async fn analyze(&self) -> Result<()>;

    /// Counts the dead tuples of its tables on PostgreSQL.
    async fn dead_tuples(&self) -> Result<i64>;
}

/// A worker that runs.
#[async_trait]
pub(crate) trait Running: Send {
    /// Stops the worker, and waits for it.
    async fn stop(self: Box<Self>);
}

pub(crate) const OURS: &str = "lback-signals";
pub(crate) const OURS_SQLITE: &str = "lback-signals, SQLite";
pub(crate) const BARE: &str = "bare transaction";
pub(crate) const BARE_SQLITE: &str = "bare statements, SQLite";

/// Job queues on PostgreSQL, by name.
#[cfg(feature = "peers")]
pub(crate) const PEERS: &[&str] = &["graphile_worker", "apalis-postgres", "pg_task"];
#[cfg(not(feature = "peers"))]
pub(crate) const PEERS: &[&str] = &[];

/// As `graphile_worker`, with its queue of jobs in memory and completions in batches.
#[cfg(feature = "peers")]
pub(crate) const BATCHED_PEERS: &[&str] = &["graphile_worker, batched"];
#[cfg(not(feature = "peers"))]
pub(crate) const BATCHED_PEERS: &[&str] = &[];

/// Job queues on SQLite, by name.
#[cfg(feature = "peers")]
pub(crate) const SQLITE_PEERS: &[&str] = &["apalis-sqlite"];
#[cfg(not(feature = "peers"))]
pub(crate) const SQLITE_PEERS: &[&str] = &[];

/// Returns whether a candidate uses SQLite.
pub(crate) fn is_sqlite(name: &str) -> bool {
    matches!(name, OURS_SQLITE | BARE_SQLITE) || SQLITE_PEERS.contains(&name)
}

/// Opens a candidate on its database, and makes its tables.
pub(crate) async fn open(name: &str, url: &str) -> Result<Box<dyn Candidate>> {
    Ok(match name {
        OURS => Box::new(ours::Postgres::open(url).await?),
        OURS_SQLITE => Box::new(ours::Sqlite::open(url).await?),
        BARE => Box::new(bare::Postgres::open(url).await?),
        BARE_SQLITE => Box::new(bare::Sqlite::open(url).await?),
        #[cfg(feature = "peers")]
        "graphile_worker" => Box::new(graphile::Graphile::open(url, false).await?),
        #[cfg(feature = "peers")]
        "graphile_worker, batched" => Box::new(graphile::Graphile::open(url, true).await?),
        #[cfg(feature = "peers")]
        "apalis-postgres" => Box::new(apalis::Postgres::open(url).await?),
        #[cfg(feature = "peers")]
        "apalis-sqlite" => Box::new(apalis::Sqlite::open(url).await?),
        #[cfg(feature = "peers")]
        "pg_task" => Box::new(pg_task::PgTask::open(url).await?),
        _ => return Err(format!("unknown candidate {name}").into()),
    })
}

/// Inserts the row of the application.
async fn insert_order(connection: &mut sqlx::PgConnection, order: i64) -> Result<(), sqlx::Error> {
    let insert = sqlx::query("INSERT INTO orders (id, note) VALUES ($1, 'paid')").bind(order);
    insert.execute(connection).await?;
    Ok(())
}

async fn analyze_postgres(pool: &sqlx::PgPool) -> Result<()> {
    sqlx::raw_sql("VACUUM ANALYZE").execute(pool).await?;
    sqlx::raw_sql("CHECKPOINT").execute(pool).await?;
    Ok(())
}

async fn dead_tuples(pool: &sqlx::PgPool) -> Result<i64> {
    let dead = "SELECT coalesce(sum(n_dead_tup), 0)::bigint FROM pg_stat_user_tables";
    Ok(sqlx::query_scalar(dead).fetch_one(pool).await?)
}

/// The error of a measure that a candidate has no part in.
fn not_measured<T>() -> Result<T> {
    Err("not measured".into())
}
