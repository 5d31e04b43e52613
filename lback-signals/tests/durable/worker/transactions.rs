//! Attempts whose receiver may begin a transaction that completes the delivery.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use lback_signals::durable::{
    Claim, ClaimRequest, Claimed, Counts, DeliveryCommit, DeliveryTransaction, Ending, Maintenance,
    MemoryOutbox, Outbox, OutboxError, ReceiverClaim, SignalRow,
};
use lback_signals::{Res, Scope, receiver, signal};
use tokio::time::sleep;

use super::{until, until_done, worker};

#[signal(durable(name = "worker-transactions.item", version = 1))]
struct Item;

struct Plan(fn(attempt: usize) -> Result<(), &'static str>);

#[receiver(
    signal = Item,
    durable(name = "worker-transactions.book", timeout = "10s", backoff("1s", max = "1s"))
)]
async fn book(_: &Item, plan: Res<'_, Plan>, log: Res<'_, Log>) -> Result<(), String> {
    let attempt = log.note("run");
    (plan.0)(attempt)?;
    Ok(())
}

#[derive(Default)]
struct Log(Mutex<Vec<&'static str>>);

impl Log {
    /// Returns how often this has been noted.
    fn note(&self, text: &'static str) -> usize {
        let mut lines = self.0.lock().unwrap();
        lines.push(text);
        lines.iter().filter(|&&line| line == text).count()
    }
}

/// An outbox whose transactions complete with the answers of a test.
#[derive(Clone)]
struct Transactional {
    inner: MemoryOutbox,
    log: Arc<Log>,
    answer: fn(commits: usize) -> Result<DeliveryCommit, OutboxError>,
    is_slow: bool,
}

struct Transaction {
    outbox: Transactional,
    claim: Claim,
    is_rolled_back: AtomicBool,
}

impl DeliveryTransaction for Transaction {
    fn complete(
        self: Arc<Self>,
    ) -> Pin<Box<dyn Future<Output = Result<DeliveryCommit, OutboxError>> + Send>> {
        Box::pin(async move {
            assert!(!self.is_rolled_back.load(Ordering::Relaxed));
            let commits = self.outbox.log.note("commit");
            let answer = (self.outbox.answer)(commits);
            if let Ok(DeliveryCommit::Committed) = answer {
                let ended = [(self.claim, Ending::Done)];
                assert_eq!(self.outbox.inner.finish(&ended).await?, []);
            }
            if self.outbox.is_slow {
                sleep(Duration::from_secs(25)).await;
            }
            answer
        })
    }

    fn roll_back(self: Arc<Self>) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(async move {
            self.is_rolled_back.store(true, Ordering::Relaxed);
            self.outbox.log.note("roll back");
        })
    }
}

impl Outbox for Transactional {
    async fn insert(&self, rows: Vec<SignalRow>) -> Result<(), OutboxError> {
        self.inner.insert(rows).await
    }

    async fn claim(&self, request: &ClaimRequest) -> Result<Vec<Claimed>, OutboxError> {
        self.inner.claim(request).await
    }

    async fn renew(&self, claims: &[Claim], lease: Duration) -> Result<Vec<Claim>, OutboxError> {
        self.inner.renew(claims, lease).await
    }

    async fn finish(&self, attempts: &[(Claim, Ending)]) -> Result<Vec<Claim>, OutboxError> {
        self.log.note("finish");
        self.inner.finish(attempts).await
    }

    async fn next_due(&self, receivers: &[ReceiverClaim]) -> Result<Option<Duration>, OutboxError> {
        self.inner.next_due(receivers).await
    }

    async fn maintain(&self, retention: Duration) -> Result<Maintenance, OutboxError> {
        self.inner.maintain(retention).await
    }

    async fn changed(&self, seen: u64) -> u64 {
        self.inner.changed(seen).await
    }

    async fn counts(&self) -> Result<Vec<Counts>, OutboxError> {
        self.inner.counts().await
    }

    fn database(&self) -> Option<&'static str> {
        None
    }

    fn transaction(&self, claim: Claim) -> Option<Arc<dyn DeliveryTransaction>> {
        Some(Arc::new(Transaction {
            outbox: self.clone(),
            claim,
            is_rolled_back: AtomicBool::new(false),
        }))
    }
}

type Answer = fn(usize) -> Result<DeliveryCommit, OutboxError>;

async fn run(plan: Plan, answer: Answer, is_slow: bool) -> (Vec<&'static str>, [u64; 3]) {
    let log = Arc::new(Log::default());
    let outbox = Transactional {
        inner: MemoryOutbox::new(),
        log: Arc::clone(&log),
        answer,
        is_slow,
    };
    let scope = Scope::new().provide_dyn(Arc::clone(&log)).provide(plan);
    outbox.inner.send(Item).await.unwrap();
    let worker = scope.run(|| worker(&outbox).only(book).spawn().unwrap());
    until_done(&outbox).await;
    until(async || worker.health().running() == 0).await;
    let health = worker.health();
    worker.shutdown().await;
    let lines = log.0.lock().unwrap().clone();
    (lines, [health.delivered(), health.failed(), health.lost()])
}

#[tokio::test(start_paused = true)]
async fn its_commit_completes_the_delivery() {
    let (log, health) = run(Plan(|_| Ok(())), |_| Ok(DeliveryCommit::Committed), false).await;
    assert_eq!((log, health), (vec!["run", "commit"], [1, 0, 0]));
}

#[tokio::test(start_paused = true)]
async fn a_transaction_that_was_not_begun_leaves_the_completion_to_the_worker() {
    let (log, health) = run(Plan(|_| Ok(())), |_| Ok(DeliveryCommit::NotBegun), false).await;
    assert_eq!((log, health), (vec!["run", "commit", "finish"], [1, 0, 0]));
}

#[tokio::test(start_paused = true)]
async fn a_failure_rolls_it_back_before_the_retry_is_stored() {
    let plan = Plan(|attempt| if attempt == 1 { Err("busy") } else { Ok(()) });
    let (log, health) = run(plan, |_| Ok(DeliveryCommit::Committed), false).await;
    let expected = vec!["run", "roll back", "finish", "run", "commit"];
    assert_eq!((log, health), (expected, [1, 1, 0]));
}

#[tokio::test(start_paused = true)]
async fn an_error_of_the_commit_is_a_failure() {
    let answer: Answer = |commits| match commits {
        1 => Err(OutboxError::RolledBack),
        _ => Ok(DeliveryCommit::Committed),
    };
    let (log, health) = run(Plan(|_| Ok(())), answer, false).await;
    let expected = vec!["run", "commit", "finish", "run", "commit"];
    assert_eq!((log, health), (expected, [1, 1, 0]));
}

#[tokio::test(start_paused = true)]
async fn a_lost_claim_leaves_the_delivery_to_its_holder() {
    // The holder is this worker again, after the end of the lease.
    let answer: Answer = |commits| match commits {
        1 => Ok(DeliveryCommit::Lost),
        _ => Ok(DeliveryCommit::Committed),
    };
    let (log, health) = run(Plan(|_| Ok(())), answer, false).await;
    assert_eq!(
        (log, health),
        (vec!["run", "commit", "run", "commit"], [1, 0, 1])
    );
}

#[tokio::test(start_paused = true)]
async fn neither_a_timeout_nor_a_renewal_interrupts_the_commit() {
    // The delivery is gone when its lease is renewed, 10 seconds later, and the answer comes after 25.
    let (log, health) = run(Plan(|_| Ok(())), |_| Ok(DeliveryCommit::Committed), true).await;
    assert_eq!((log, health), (vec!["run", "commit"], [1, 0, 0]));
}
