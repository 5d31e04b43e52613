//! Random senders and workers of few keys on PostgreSQL, whose transactions overlap in any way.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use lback_signals::durable::testing::TestOutbox as _;
use lback_signals::durable::{
    Claim, ClaimRequest, DeliveryCommit, DurableTx, Ending, Outbox, OutboxAdmin as _,
    PostgresOutbox, ReceiverClaim, SignalRow,
};
use lback_signals::{Signal, TransactionError, receiver, signal};
use sqlx::{ConnectOptions as _, PgConnection, Postgres};
use test_support::cases::{self, Unstructured};
use test_support::rounds;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::postgres_schema::Schema;

const MOVE: &str = "model.interleaved.move";

#[signal(durable(name = "model.interleaved.moved", version = 1))]
struct Moved {
    #[key]
    key: u8,
}

#[receiver(signal = Moved, durable(name = "model.interleaved.move", order = key))]
fn move_on(_: &Moved) {
    unreachable!("no worker runs");
}

/// A step of a sender. It waits until the sender has done its earlier steps.
#[derive(Clone, Debug)]
enum SenderStep {
    /// Inserts signals of these keys as the last statement of a transaction, which it leaves open.
    Insert(Vec<u8>),
    Commit,
    RollBack,
}

/// A step of a worker.
#[derive(Clone, Debug)]
enum WorkerStep {
    Claim(u32),
    /// Ends its oldest attempt.
    End(Ending),
    /// Ends its oldest attempt in the transaction of the receiver, which sends signals of these keys.
    Complete(Vec<u8>),
}

#[derive(Clone, Debug)]
enum Step {
    Send(usize, SenderStep),
    Work(usize, WorkerStep),
    /// Lets the tasks run.
    Pause,
}

const SENDERS: usize = 3;
const WORKERS: usize = 2;

fn keys(u: &mut Unstructured<'_>) -> cases::Result<Vec<u8>> {
    cases::vec(u, 1..=2, |u| u.int_in_range(0..=1))
}

fn step(u: &mut Unstructured<'_>) -> cases::Result<Step> {
    let sender = u.int_in_range(0..=SENDERS - 1)?;
    let worker = u.int_in_range(0..=WORKERS - 1)?;
    Ok(match u.int_in_range(0..=15)? {
        0..=3 => Step::Send(sender, SenderStep::Insert(keys(u)?)),
        4..=6 => Step::Send(sender, SenderStep::Commit),
        7 => Step::Send(sender, SenderStep::RollBack),
        8..=9 => Step::Work(worker, WorkerStep::Claim(u.int_in_range(1..=2)?)),
        10..=12 => Step::Work(worker, WorkerStep::End(super::ending(u)?)),
        13 => Step::Work(worker, WorkerStep::Complete(keys(u)?)),
        _ => Step::Pause,
    })
}

fn signal_of(key: u8) -> SignalRow {
    SignalRow::__new(
        "model.interleaved.moved",
        1,
        &format!("{{\"key\":{key}}}"),
        &[MOVE],
    )
    .__with_order(&key.to_string())
}

/// Executes the steps of a sender, one after the other.
async fn run_sender(
    outbox: PostgresOutbox,
    mut connection: PgConnection,
    mut steps: mpsc::UnboundedReceiver<SenderStep>,
) {
    let mut is_open = false;
    while let Some(step) = steps.recv().await {
        let end = match step {
            SenderStep::Insert(_) if is_open => continue,
            SenderStep::Insert(keys) => {
                execute(&mut connection, "BEGIN").await;
                let rows: Vec<_> = keys.into_iter().map(signal_of).collect();
                outbox.insert_in(&mut connection, &rows).await.unwrap();
                is_open = true;
                continue;
            }
            SenderStep::Commit => "COMMIT",
            SenderStep::RollBack => "ROLLBACK",
        };
        if is_open {
            execute(&mut connection, end).await;
            is_open = false;
        }
    }
    if is_open {
        execute(&mut connection, "COMMIT").await;
    }
}

async fn execute(connection: &mut PgConnection, sql: &'static str) {
    sqlx::raw_sql(sql).execute(connection).await.unwrap();
}

/// The deliveries that run, by key, and those that have ended, in this order.
#[derive(Debug, Default)]
struct Log {
    running: BTreeMap<String, i64>,
    ended: Vec<(String, i64)>,
}

/// A worker of the test.
struct Running {
    outbox: PostgresOutbox,
    log: Arc<Mutex<Log>>,
    attempts: Vec<Attempt>,
}

struct Attempt {
    claim: Claim,
    key: String,
}

impl Running {
    async fn run(mut self, mut steps: mpsc::UnboundedReceiver<WorkerStep>) {
        while let Some(step) = steps.recv().await {
            match step {
                WorkerStep::Claim(limit) => self.claim(limit).await,
                WorkerStep::End(ending) => self.end(ending).await,
                WorkerStep::Complete(keys) => self.complete(&keys).await,
            }
        }
        while !self.attempts.is_empty() {
            self.end(Ending::Done).await;
        }
    }

    async fn claim(&mut self, limit: u32) {
        let claimed = self.outbox.claim(&request(limit)).await.unwrap();
        let mut log = self.log.lock().unwrap();
        for claimed in claimed {
            let key = claimed.payload;
            let before = log.running.insert(key.clone(), claimed.claim.number);
            assert_eq!(before, None, "two deliveries of a key run at once");
            self.attempts.push(Attempt {
                claim: claimed.claim,
                key,
            });
        }
    }

    /// Notes the end of the oldest attempt before it is stored.
    fn ending(&mut self, leaves_chain: bool) -> Option<Attempt> {
        if self.attempts.is_empty() {
            return None;
        }
        let attempt = self.attempts.remove(0);
        let mut log = self.log.lock().unwrap();
        log.running.remove(&attempt.key);
        if leaves_chain {
            let ended = (attempt.key.clone(), attempt.claim.number);
            log.ended.push(ended);
        }
        Some(attempt)
    }

    async fn end(&mut self, ending: Ending) {
        let is_over = matches!(
            ending,
            Ending::Done
                | Ending::Dead {
                    blocks_key: false,
                    ..
                }
        );
        let Some(attempt) = self.ending(is_over) else {
            return;
        };
        let lost = self.outbox.finish(&[(attempt.claim, ending)]).await;
        assert_eq!(lost.unwrap(), []);
    }

    async fn complete(&mut self, keys: &[u8]) {
        let Some(attempt) = self.ending(true) else {
            return;
        };
        let transaction = self.outbox.transaction(attempt.claim).unwrap();
        {
            let mut tx = DurableTx::<Postgres>::__take(&*transaction, MOVE).unwrap();
            let sent = tx.run(async |_| {
                for &key in keys {
                    assert!(Moved { key }.send().is_ok());
                }
                Ok::<(), TransactionError>(())
            });
            sent.await.unwrap();
        }
        let completed = transaction.complete().await;
        assert_eq!(completed.unwrap(), DeliveryCommit::Committed);
    }
}

fn request(limit: u32) -> ClaimRequest {
    ClaimRequest {
        receivers: vec![ReceiverClaim {
            names: vec![MOVE],
            oldest_version: 1,
            newest_version: 1,
            limit,
        }],
        lease: Duration::from_hours(1),
        worker: "model".to_owned(),
    }
}

/// Runs a history until all transactions have ended, and then delivers the rest.
async fn run(schema: &Schema, steps: Vec<Step>) {
    // A new one, since the clock of the last one was set forward.
    let outbox = &crate::postgres::outbox(schema).await.without_worker();
    let mut connection = schema.options().connect().await.unwrap();
    let empty = "TRUNCATE lback_delivery, lback_signal RESTART IDENTITY";
    execute(&mut connection, empty).await;
    let log = Arc::new(Mutex::new(Log::default()));
    let mut tasks: Vec<JoinHandle<()>> = Vec::new();
    let mut senders = Vec::new();
    for _ in 0..SENDERS {
        let (sender, steps) = mpsc::unbounded_channel();
        let connection = schema.options().connect().await.unwrap();
        tasks.push(tokio::spawn(run_sender(outbox.clone(), connection, steps)));
        senders.push(sender);
    }
    let mut workers = Vec::new();
    for _ in 0..WORKERS {
        let (worker, steps) = mpsc::unbounded_channel();
        let running = Running {
            outbox: outbox.clone(),
            log: Arc::clone(&log),
            attempts: Vec::new(),
        };
        tasks.push(tokio::spawn(running.run(steps)));
        workers.push(worker);
    }
    for step in steps {
        match step {
            Step::Send(sender, step) => senders[sender].send(step).unwrap(),
            Step::Work(worker, step) => workers[worker].send(step).unwrap(),
            Step::Pause => tokio::time::sleep(Duration::from_millis(2)).await,
        }
    }
    drop((senders, workers));
    for task in tasks {
        let ended = timeout(Duration::from_mins(1), task).await;
        ended.expect("no task waits for ever").unwrap();
    }
    // Delivers the rest, and what blocks it.
    let mut rest = Running {
        outbox: outbox.clone(),
        log: Arc::clone(&log),
        attempts: Vec::new(),
    };
    // In which retries are due.
    outbox.set_clock_offset(3_600_000);
    loop {
        rest.claim(10).await;
        if rest.attempts.is_empty() {
            let letters = outbox.dead_letters().await.unwrap();
            let letters: Vec<_> = letters.iter().map(|it| it.number).collect();
            let discard = super::operation();
            if outbox.discard(&letters, &discard).await.unwrap() == 0 {
                break;
            }
        }
        while !rest.attempts.is_empty() {
            rest.end(Ending::Done).await;
        }
    }
    assert_eq!(
        outbox.signals().await.unwrap(),
        0,
        "no delivery stays parked"
    );
    let log = log.lock().unwrap();
    let mut last = BTreeMap::new();
    for (key, number) in &log.ended {
        let before = last.insert(key, *number);
        assert!(before < Some(*number), "{before:?} ended before {number}");
    }
}

#[test]
#[ignore = "needs LBACK_POSTGRES_URL"]
fn senders_and_workers_keep_the_order_of_each_key() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(4)
        .enable_all()
        .build()
        .unwrap();
    let schema = runtime.block_on(Schema::new());
    cases::check(rounds(200), 2048, |u| {
        let steps = cases::vec(u, 20..=80, step)?;
        // Shown if it fails.
        println!("{steps:?}");
        runtime.block_on(run(&schema, steps));
        Ok(())
    });
    runtime.block_on(async { drop(schema) });
}
