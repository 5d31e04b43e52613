//! The bare statements without a library: the base of the ratios.

use async_trait::async_trait;
use sqlx::{PgPool, Row as _, SqlitePool};
use tokio::task::JoinHandle;

use super::ours;
use super::{Candidate, Running, insert_order, not_measured};
use crate::engine::{postgres_pool, sqlite_pool};
use crate::{Result, handled};

/// A transaction with the row of the application, and nothing else.
pub(super) struct Postgres {
    pool: PgPool,
}

impl Postgres {
    pub(super) async fn open(url: &str) -> Result<Self> {
        let pool = postgres_pool(url).await?;
        Ok(Self { pool })
    }
}

#[async_trait]
impl Candidate for Postgres {
    async fn transact(&self, order: i64) -> Result<()> {
        let mut transaction = self.pool.begin().await?;
        insert_order(&mut transaction, order).await?;
        transaction.commit().await?;
        Ok(())
    }

    async fn send(&self, _: i64) -> Result<()> {
        not_measured()
    }

    async fn fill(&self, _: usize) -> Result<()> {
        not_measured()
    }

    async fn start(&self) -> Result<Box<dyn Running>> {
        not_measured()
    }

    async fn unfinished(&self) -> Result<i64> {
        not_measured()
    }

    fn claim(&self) -> &'static str {
        ""
    }

    async fn analyze(&self) -> Result<()> {
        Ok(())
    }

    async fn dead_tuples(&self) -> Result<i64> {
        not_measured()
    }
}

/// One task that claims 100 deliveries, reads their payloads and deletes them, in two transactions.
pub(super) struct Sqlite {
    outbox: ours::Sqlite,
    pool: SqlitePool,
}

impl Sqlite {
    pub(super) async fn open(file: &str) -> Result<Self> {
        Ok(Self {
            outbox: ours::Sqlite::open(file).await?,
            pool: sqlite_pool(file).await?,
        })
    }
}

#[async_trait]
impl Candidate for Sqlite {
    async fn transact(&self, _: i64) -> Result<()> {
        not_measured()
    }

    async fn send(&self, _: i64) -> Result<()> {
        not_measured()
    }

    async fn fill(&self, count: usize) -> Result<()> {
        self.outbox.fill(count).await
    }

    async fn start(&self) -> Result<Box<dyn Running>> {
        let pool = self.pool.clone();
        let task = tokio::spawn(async move {
            let mut found = Ok(true);
            while let Ok(true) = found {
                found = claim_and_delete(&pool).await;
            }
            if let Err(error) = found {
                eprintln!("bare statements: {error}");
            }
        });
        Ok(Box::new(Task(task)))
    }

    async fn unfinished(&self) -> Result<i64> {
        self.outbox.unfinished().await
    }

    fn claim(&self) -> &'static str {
        ""
    }

    async fn analyze(&self) -> Result<()> {
        self.outbox.analyze().await
    }

    async fn dead_tuples(&self) -> Result<i64> {
        not_measured()
    }
}

struct Task(JoinHandle<()>);

#[async_trait]
impl Running for Task {
    async fn stop(self: Box<Self>) {
        self.0.abort();
    }
}

/// Returns whether there was a delivery.
async fn claim_and_delete(pool: &SqlitePool) -> Result<bool> {
    const CLAIM: &str = "UPDATE lback_delivery \
        SET claim = random(), attempt = attempt + 1, due_at = unixepoch() * 1000 + 30000, worker = 'bare' \
        WHERE number IN (SELECT number FROM lback_delivery \
            WHERE receiver = 'bench-noop' AND version = 1 AND due_at <= unixepoch('subsec') * 1000 \
            ORDER BY due_at, number LIMIT 100) \
        RETURNING number, hex(signal) AS signal";
    const PAYLOADS: &str = "SELECT payload FROM json_each(?1) CROSS JOIN lback_signal ON lback_signal.id = unhex(value)";
    const DELETE: &str =
        "DELETE FROM lback_delivery WHERE number IN (SELECT value FROM json_each(?1))";
    const DELETE_SIGNALS: &str =
        "DELETE FROM lback_signal WHERE id IN (SELECT unhex(value) FROM json_each(?1))";

    let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await?;
    let claimed = sqlx::query(CLAIM).fetch_all(&mut *transaction).await?;
    let mut numbers = Vec::new();
    let mut signals = Vec::new();
    for row in &claimed {
        numbers.push(row.try_get::<i64, _>("number")?);
        signals.push(row.try_get::<String, _>("signal")?);
    }
    let numbers = serde_json::to_string(&numbers)?;
    let signals = serde_json::to_string(&signals)?;
    let payloads: Vec<String> = sqlx::query_scalar(PAYLOADS)
        .bind(&signals)
        .fetch_all(&mut *transaction)
        .await?;
    transaction.commit().await?;
    for payload in payloads {
        let job: serde_json::Value = serde_json::from_str(&payload)?;
        handled::started(job["number"].as_i64().unwrap_or_default());
    }

    let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await?;
    sqlx::query(DELETE)
        .bind(numbers)
        .execute(&mut *transaction)
        .await?;
    sqlx::query(DELETE_SIGNALS)
        .bind(signals)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(!claimed.is_empty())
}
