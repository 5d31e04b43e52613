//! `pg_task`. A task has one handler, so each delivery is a task.

use std::num::NonZeroUsize;
use std::time::Duration;

use async_trait::async_trait;
use pg_task::{NextStep, Step, StepResult, Worker};
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use tokio::task::JoinHandle;

use super::{Candidate, Running, analyze_postgres, dead_tuples, insert_order};
use crate::engine::postgres_pool;
use crate::settings::{CONCURRENCY, note};
use crate::{Result, handled};

const BATCH: usize = 1_000;

#[derive(Debug, Deserialize, Serialize)]
struct Run {
    number: i64,
    note: String,
}

#[async_trait]
impl Step<Noop> for Run {
    async fn step(self, _: &PgPool) -> StepResult<Noop> {
        handled::started(self.number);
        NextStep::none()
    }
}

pg_task::task!(Noop { Run });
pg_task::scheduler!(Tasks { Noop });

pub(super) struct PgTask {
    pool: PgPool,
    note: String,
}

impl PgTask {
    pub(super) async fn open(url: &str) -> Result<Self> {
        let pool = postgres_pool(url).await?;
        sqlx::raw_sql(include_str!("pg_task.sql"))
            .execute(&pool)
            .await?;
        let note = note();
        Ok(Self { pool, note })
    }

    fn task(&self, number: i64) -> Tasks {
        let note = self.note.clone();
        Tasks::Noop(Noop::Run(Run { number, note }))
    }
}

#[async_trait]
impl Candidate for PgTask {
    async fn transact(&self, order: i64) -> Result<()> {
        let mut transaction = self.pool.begin().await?;
        insert_order(&mut transaction, order).await?;
        pg_task::enqueue(&mut *transaction, &self.task(order)).await?;
        pg_task::enqueue(&mut *transaction, &self.task(order)).await?;
        transaction.commit().await?;
        Ok(())
    }

    async fn send(&self, number: i64) -> Result<()> {
        let mut transaction = self.pool.begin().await?;
        pg_task::enqueue(&mut *transaction, &self.task(number)).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// In one statement per batch, which the crate does not have.
    async fn fill(&self, count: usize) -> Result<()> {
        let numbers: Vec<i64> = (0..i64::try_from(count)?).collect();
        for batch in numbers.chunks(BATCH) {
            let steps = batch
                .iter()
                .map(|it| serde_json::to_string(&self.task(*it)));
            let steps = steps.collect::<Result<Vec<_>, _>>()?;
            let insert = sqlx::query("INSERT INTO pg_task (step) SELECT unnest($1::text[])");
            insert.bind(steps).execute(&self.pool).await?;
        }
        Ok(())
    }

    async fn start(&self) -> Result<Box<dyn Running>> {
        let worker = Worker::<Tasks>::new(self.pool.clone());
        let concurrency = NonZeroUsize::new(CONCURRENCY).ok_or("no concurrency")?;
        let worker = worker.with_concurrency(concurrency);
        let task = tokio::spawn(async move {
            if let Err(error) = worker.run().await {
                eprintln!("pg_task: {error}");
            }
        });
        let pool = self.pool.clone();
        Ok(Box::new(PgTaskWorker { pool, task }))
    }

    async fn unfinished(&self) -> Result<i64> {
        Ok(sqlx::query_scalar("SELECT count(*) FROM pg_task")
            .fetch_one(&self.pool)
            .await?)
    }

    fn claim(&self) -> &'static str {
        "%skip locked%"
    }

    async fn analyze(&self) -> Result<()> {
        analyze_postgres(&self.pool).await
    }

    async fn dead_tuples(&self) -> Result<i64> {
        dead_tuples(&self.pool).await
    }
}

struct PgTaskWorker {
    pool: PgPool,
    task: JoinHandle<()>,
}

#[async_trait]
impl Running for PgTaskWorker {
    async fn stop(mut self: Box<Self>) {
        let stop = sqlx::query("SELECT pg_notify('pg_task_changed', 'stop_worker')");
        let is_told = stop.execute(&self.pool).await.is_ok();
        let end = Duration::from_secs(if is_told { 5 } else { 0 });
        if tokio::time::timeout(end, &mut self.task).await.is_err() {
            self.task.abort();
        }
    }
}
