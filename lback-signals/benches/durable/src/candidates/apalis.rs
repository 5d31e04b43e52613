//! `apalis-postgres` and `apalis-sqlite`. A queue has one handler, so two deliveries are tasks of two queues.

use std::time::Duration;

use apalis::prelude::{
    BackendExt as _, BoxDynError, Task, TaskBuilder, WorkerBuilder, WorkerBuilderExt as _,
};
use apalis_postgres::PostgresStorage;
use apalis_sqlite::SqliteStorage;
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use sqlx::{PgPool, SqlitePool};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::{Candidate, Running, analyze_postgres, dead_tuples, insert_order, not_measured};
use crate::engine::{postgres_pool, sqlite_pool};
use crate::settings::{CONCURRENCY, note};
use crate::{Result, handled};

const BATCH: usize = 1_000;
const QUEUE: &str = "noop";

#[derive(Deserialize, Serialize)]
struct Noop<'a> {
    number: i64,
    note: &'a str,
}

#[derive(Deserialize, Serialize)]
struct OwnedNoop {
    number: i64,
    note: String,
}

async fn noop(job: OwnedNoop) -> Result<(), BoxDynError> {
    handled::started(job.number);
    drop(job.note);
    Ok(())
}

fn task(number: i64, note: &str) -> Result<Task<Vec<u8>>> {
    Ok(TaskBuilder::new(serde_json::to_vec(&Noop { number, note })?).build())
}

fn tasks(numbers: &[i64], note: &str) -> Result<Vec<Task<Vec<u8>>>> {
    numbers.iter().map(|number| task(*number, note)).collect()
}

pub(super) struct Postgres {
    pool: PgPool,
    note: String,
}

impl Postgres {
    pub(super) async fn open(url: &str) -> Result<Self> {
        let pool = postgres_pool(url).await?;
        PostgresStorage::setup(&pool).await?;
        let note = note();
        Ok(Self { pool, note })
    }
}

#[async_trait]
impl Candidate for Postgres {
    async fn transact(&self, order: i64) -> Result<()> {
        let mut transaction = self.pool.begin().await?;
        insert_order(&mut transaction, order).await?;
        for queue in ["receipt", "ship"] {
            let tasks = vec![task(order, &self.note)?];
            apalis_postgres::queries::push_tasks(&mut *transaction, queue, tasks).await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    async fn send(&self, number: i64) -> Result<()> {
        let mut transaction = self.pool.begin().await?;
        let tasks = vec![task(number, &self.note)?];
        apalis_postgres::queries::push_tasks(&mut *transaction, QUEUE, tasks).await?;
        transaction.commit().await?;
        Ok(())
    }

    async fn fill(&self, count: usize) -> Result<()> {
        let numbers: Vec<i64> = (0..i64::try_from(count)?).collect();
        let mut connection = self.pool.acquire().await?;
        for batch in numbers.chunks(BATCH) {
            let tasks = tasks(batch, &self.note)?;
            apalis_postgres::queries::push_tasks(&mut *connection, QUEUE, tasks).await?;
        }
        Ok(())
    }

    async fn start(&self) -> Result<Box<dyn Running>> {
        let config = apalis_postgres::Config::default()
            .queue(QUEUE)
            .batch_size(CONCURRENCY);
        let storage = PostgresStorage::<OwnedNoop>::new(&self.pool).with_config(config);
        let worker = WorkerBuilder::new("bench")
            .backend(storage.with_pubsub())
            .concurrency(CONCURRENCY)
            .build(noop);
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(async move {
            let stopped = async {
                let _ = stopped.await;
                Ok::<(), std::io::Error>(())
            };
            if let Err(error) = worker.run_until(stopped).await {
                eprintln!("apalis-postgres: {error}");
            }
        });
        Ok(Box::new(ApalisWorker { stop, task }))
    }

    async fn unfinished(&self) -> Result<i64> {
        let unfinished = "SELECT count(*) FROM apalis.jobs WHERE status <> 'Done'";
        Ok(sqlx::query_scalar(unfinished).fetch_one(&self.pool).await?)
    }

    fn claim(&self) -> &'static str {
        "%apalis.get_jobs%"
    }

    async fn analyze(&self) -> Result<()> {
        analyze_postgres(&self.pool).await
    }

    async fn dead_tuples(&self) -> Result<i64> {
        dead_tuples(&self.pool).await
    }
}

pub(super) struct Sqlite {
    pool: SqlitePool,
    note: String,
}

impl Sqlite {
    pub(super) async fn open(file: &str) -> Result<Self> {
        let pool = sqlite_pool(file).await?;
        SqliteStorage::setup(&pool).await?;
        let note = note();
        Ok(Self { pool, note })
    }
}

#[async_trait]
impl Candidate for Sqlite {
    async fn transact(&self, _: i64) -> Result<()> {
        not_measured()
    }

    async fn send(&self, number: i64) -> Result<()> {
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        let tasks = [task(number, &self.note)?];
        apalis_sqlite::queries::push_tasks(&mut *transaction, QUEUE, &tasks).await?;
        transaction.commit().await?;
        Ok(())
    }

    async fn fill(&self, count: usize) -> Result<()> {
        let numbers: Vec<i64> = (0..i64::try_from(count)?).collect();
        for batch in numbers.chunks(BATCH) {
            let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
            let tasks = tasks(batch, &self.note)?;
            apalis_sqlite::queries::push_tasks(&mut *transaction, QUEUE, &tasks).await?;
            transaction.commit().await?;
        }
        Ok(())
    }

    async fn start(&self) -> Result<Box<dyn Running>> {
        let config = apalis_sqlite::Config::default()
            .queue(QUEUE)
            .batch_size(CONCURRENCY);
        let storage = SqliteStorage::<OwnedNoop>::new(&self.pool).with_config(config);
        let worker = WorkerBuilder::new("bench")
            // As often as a second process of durable receivers looks for commits.
            .backend(storage.poll_with_interval(Duration::from_millis(100)))
            .concurrency(CONCURRENCY)
            .build(noop);
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(async move {
            let stopped = async {
                let _ = stopped.await;
                Ok::<(), std::io::Error>(())
            };
            if let Err(error) = worker.run_until(stopped).await {
                eprintln!("apalis-sqlite: {error}");
            }
        });
        Ok(Box::new(ApalisWorker { stop, task }))
    }

    async fn unfinished(&self) -> Result<i64> {
        let unfinished = "SELECT count(*) FROM Jobs WHERE status <> 'Done'";
        Ok(sqlx::query_scalar(unfinished).fetch_one(&self.pool).await?)
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

struct ApalisWorker {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

#[async_trait]
impl Running for ApalisWorker {
    async fn stop(mut self: Box<Self>) {
        let _ = self.stop.send(());
        if tokio::time::timeout(Duration::from_secs(5), &mut self.task)
            .await
            .is_err()
        {
            self.task.abort();
        }
    }
}
