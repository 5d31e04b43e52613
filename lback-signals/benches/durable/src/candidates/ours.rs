//! Durable receivers.

use async_trait::async_trait;
use lback_signals::durable::{PostgresOutbox, SqliteOutbox, Worker, WorkerHandle};
use lback_signals::{Signal, receiver, signal};
use sqlx::{PgPool, SqlitePool};

use super::{Candidate, Running, analyze_postgres, dead_tuples, insert_order, not_measured};
use crate::engine::{postgres_pool, sqlite_pool};
use crate::settings::note;
use crate::{Result, handled};

/// The deliveries of one transaction of `fill`.
const BATCH: usize = 1_000;

#[signal(durable(name = "bench.paid", version = 1))]
struct Paid<'a> {
    order: i64,
    note: &'a str,
}

#[receiver(signal = Paid, durable(name = "bench-receipt"))]
async fn receipt(_: &Paid<'_>) {}

#[receiver(signal = Paid, durable(name = "bench-ship"))]
async fn ship(_: &Paid<'_>) {}

#[signal(durable(name = "bench.noop", version = 1))]
struct Noop<'a> {
    number: i64,
    note: &'a str,
}

#[receiver(signal = Noop, durable(name = "bench-noop", concurrency = 100))]
async fn noop(event: &Noop<'_>) {
    handled::started(event.number);
}

#[signal(durable(name = "bench.moved", version = 1))]
struct Moved<'a> {
    #[key]
    key: i64,
    number: i64,
    note: &'a str,
}

#[receiver(signal = Moved, durable(name = "bench-move", order = key, concurrency = 100))]
async fn move_on(event: &Moved<'_>) {
    if event.key != 0 {
        handled::started(event.number);
    }
}

pub(super) struct Postgres {
    outbox: PostgresOutbox,
    pool: PgPool,
    note: String,
}

impl Postgres {
    pub(super) async fn open(url: &str) -> Result<Self> {
        let pool = postgres_pool(url).await?;
        Ok(Self {
            outbox: PostgresOutbox::new(pool.clone()).await?.without_worker(),
            pool,
            note: note(),
        })
    }
}

#[async_trait]
impl Candidate for Postgres {
    async fn transact(&self, order: i64) -> Result<()> {
        let mut transaction = self.outbox.begin().await?;
        let note = &*self.note;
        transaction
            .run(async |rows| {
                insert_order(rows, order).await?;
                Paid { order, note }.send();
                Ok::<(), sqlx::Error>(())
            })
            .await?;
        transaction.commit().await?;
        Ok(())
    }

    async fn send(&self, number: i64) -> Result<()> {
        let note = &*self.note;
        self.outbox.send(Noop { number, note }).await?;
        Ok(())
    }

    async fn fill(&self, count: usize) -> Result<()> {
        let note = &*self.note;
        let mut numbers = 0..i64::try_from(count)?;
        while !numbers.is_empty() {
            let mut transaction = self.outbox.begin().await?;
            let batch = numbers.by_ref().take(BATCH);
            transaction
                .run(async |_| {
                    for number in batch {
                        Noop { number, note }.send();
                    }
                    Ok::<(), sqlx::Error>(())
                })
                .await?;
            transaction.commit().await?;
        }
        Ok(())
    }

    async fn send_of(&self, key: i64, number: i64) -> Result<()> {
        let note = &*self.note;
        self.outbox.send(Moved { key, number, note }).await?;
        Ok(())
    }

    async fn fill_key(&self, count: usize) -> Result<()> {
        let (key, note) = (0, &*self.note);
        let mut numbers = 0..i64::try_from(count)?;
        while !numbers.is_empty() {
            let mut transaction = self.outbox.begin().await?;
            let batch = numbers.by_ref().take(BATCH);
            transaction
                .run(async |_| {
                    for number in batch {
                        Moved { key, number, note }.send();
                    }
                    Ok::<(), sqlx::Error>(())
                })
                .await?;
            transaction.commit().await?;
        }
        Ok(())
    }

    async fn start(&self) -> Result<Box<dyn Running>> {
        Ok(Box::new(Worker::new(&self.outbox).spawn()?))
    }

    async fn unfinished(&self) -> Result<i64> {
        let unfinished = "SELECT count(*) FROM lback_delivery";
        Ok(sqlx::query_scalar(unfinished).fetch_one(&self.pool).await?)
    }

    fn claim(&self) -> &'static str {
        "%skip locked%SET claim%"
    }

    async fn analyze(&self) -> Result<()> {
        analyze_postgres(&self.pool).await
    }

    async fn dead_tuples(&self) -> Result<i64> {
        dead_tuples(&self.pool).await
    }
}

pub(super) struct Sqlite {
    outbox: SqliteOutbox,
    pool: SqlitePool,
    note: String,
}

impl Sqlite {
    pub(super) async fn open(file: &str) -> Result<Self> {
        let pool = sqlite_pool(file).await?;
        Ok(Self {
            outbox: SqliteOutbox::new(pool.clone()).await?.without_worker(),
            pool,
            note: note(),
        })
    }
}

#[async_trait]
impl Candidate for Sqlite {
    async fn transact(&self, order: i64) -> Result<()> {
        let mut transaction = self.outbox.begin().await?;
        let note = &*self.note;
        transaction
            .run(async |rows| {
                let insert = sqlx::query("INSERT INTO orders (id, note) VALUES (?1, 'paid')");
                insert.bind(order).execute(rows).await?;
                Paid { order, note }.send();
                Ok::<(), sqlx::Error>(())
            })
            .await?;
        transaction.commit().await?;
        Ok(())
    }

    async fn send(&self, number: i64) -> Result<()> {
        let note = &*self.note;
        self.outbox.send(Noop { number, note }).await?;
        Ok(())
    }

    async fn fill(&self, count: usize) -> Result<()> {
        let note = &*self.note;
        let mut numbers = 0..i64::try_from(count)?;
        while !numbers.is_empty() {
            let mut transaction = self.outbox.begin().await?;
            let batch = numbers.by_ref().take(BATCH);
            transaction
                .run(async |_| {
                    for number in batch {
                        Noop { number, note }.send();
                    }
                    Ok::<(), sqlx::Error>(())
                })
                .await?;
            transaction.commit().await?;
        }
        Ok(())
    }

    async fn send_of(&self, key: i64, number: i64) -> Result<()> {
        let note = &*self.note;
        self.outbox.send(Moved { key, number, note }).await?;
        Ok(())
    }

    async fn fill_key(&self, count: usize) -> Result<()> {
        let (key, note) = (0, &*self.note);
        let mut numbers = 0..i64::try_from(count)?;
        while !numbers.is_empty() {
            let mut transaction = self.outbox.begin().await?;
            let batch = numbers.by_ref().take(BATCH);
            transaction
                .run(async |_| {
                    for number in batch {
                        Moved { key, number, note }.send();
                    }
                    Ok::<(), sqlx::Error>(())
                })
                .await?;
            transaction.commit().await?;
        }
        Ok(())
    }

    async fn start(&self) -> Result<Box<dyn Running>> {
        Ok(Box::new(Worker::new(&self.outbox).spawn()?))
    }

    async fn unfinished(&self) -> Result<i64> {
        Ok(sqlx::query_scalar("SELECT count(*) FROM lback_delivery")
            .fetch_one(&self.pool)
            .await?)
    }

    fn claim(&self) -> &'static str {
        ""
    }

    async fn analyze(&self) -> Result<()> {
        sqlx::raw_sql("ANALYZE; PRAGMA wal_checkpoint(TRUNCATE)")
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    async fn dead_tuples(&self) -> Result<i64> {
        not_measured()
    }
}

#[async_trait]
impl Running for WorkerHandle {
    async fn stop(self: Box<Self>) {
        self.shutdown().await;
    }
}
