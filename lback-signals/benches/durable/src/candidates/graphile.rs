//! `graphile_worker`.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use graphile_worker::{
    IntoTaskHandlerResult, JobSpec, LocalQueueConfig, RawJobSpec, TaskHandler, Worker,
    WorkerContext, WorkerOptions,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::PgPool;
use tokio::task::JoinHandle;

use super::{Candidate, Running, analyze_postgres, dead_tuples, insert_order};
use crate::engine::postgres_pool;
use crate::settings::{CONCURRENCY, note};
use crate::{Result, handled};

const BATCH: usize = 1_000;

#[derive(Deserialize, Serialize)]
struct Noop {
    number: i64,
    note: String,
}

impl TaskHandler for Noop {
    const IDENTIFIER: &'static str = "noop";

    async fn run(self, _: WorkerContext) -> impl IntoTaskHandlerResult {
        handled::started(self.number);
        Ok::<(), String>(())
    }
}

pub(super) struct Graphile {
    worker: Arc<Worker>,
    pool: PgPool,
    note: String,
}

impl Graphile {
    pub(super) async fn open(url: &str, is_batched: bool) -> Result<Self> {
        let pool = postgres_pool(url).await?;
        let mut options = WorkerOptions::default()
            .pg_pool(pool.clone())
            .concurrency(CONCURRENCY)
            .listen_os_shutdown_signals(false)
            .define_job::<Noop>();
        if is_batched {
            options = options
                .local_queue(LocalQueueConfig::default().with_size(CONCURRENCY))
                .complete_job_batch_delay(Duration::from_millis(5));
        }
        Ok(Self {
            worker: Arc::new(options.init().await?),
            pool,
            note: note(),
        })
    }

    fn job(&self, identifier: &str, number: i64) -> RawJobSpec {
        RawJobSpec {
            identifier: identifier.to_owned(),
            payload: json!({ "number": number, "note": self.note }),
            spec: JobSpec::default(),
        }
    }
}

#[async_trait]
impl Candidate for Graphile {
    async fn transact(&self, order: i64) -> Result<()> {
        let mut transaction = self.pool.begin().await?;
        insert_order(&mut transaction, order).await?;
        let jobs = [self.job("receipt", order), self.job("ship", order)];
        let utils = self.worker.create_utils();
        utils
            .with_executor(&mut transaction)
            .add_raw_jobs(&jobs)
            .await?;
        transaction.commit().await?;
        Ok(())
    }

    async fn send(&self, number: i64) -> Result<()> {
        let mut transaction = self.pool.begin().await?;
        let jobs = [self.job(Noop::IDENTIFIER, number)];
        let utils = self.worker.create_utils();
        utils
            .with_executor(&mut transaction)
            .add_raw_jobs(&jobs)
            .await?;
        transaction.commit().await?;
        Ok(())
    }

    async fn fill(&self, count: usize) -> Result<()> {
        let utils = self.worker.create_utils();
        let numbers: Vec<i64> = (0..i64::try_from(count)?).collect();
        for batch in numbers.chunks(BATCH) {
            let jobs: Vec<_> = batch
                .iter()
                .map(|it| self.job(Noop::IDENTIFIER, *it))
                .collect();
            utils.add_raw_jobs(&jobs).await?;
        }
        Ok(())
    }

    async fn start(&self) -> Result<Box<dyn Running>> {
        let worker = Arc::clone(&self.worker);
        let task = tokio::spawn(async move {
            if let Err(error) = worker.run().await {
                eprintln!("graphile_worker: {error}");
            }
        });
        let worker = Arc::clone(&self.worker);
        Ok(Box::new(GraphileWorker { worker, task }))
    }

    async fn unfinished(&self) -> Result<i64> {
        let unfinished = "SELECT count(*) FROM graphile_worker._private_jobs";
        Ok(sqlx::query_scalar(unfinished).fetch_one(&self.pool).await?)
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

struct GraphileWorker {
    worker: Arc<Worker>,
    task: JoinHandle<()>,
}

#[async_trait]
impl Running for GraphileWorker {
    async fn stop(mut self: Box<Self>) {
        self.worker.request_shutdown();
        if tokio::time::timeout(Duration::from_secs(5), &mut self.task)
            .await
            .is_err()
        {
            self.task.abort();
        }
    }
}
