//! An outbox whose database fails.

use std::collections::HashMap;
use std::future::{pending, poll_fn};
use std::pin::pin;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use lback_signals::durable::{
    Claim, ClaimRequest, Claimed, Counts, DeliveryTransaction, Ending, Maintenance, MemoryOutbox,
    Outbox, OutboxError, ReceiverClaim, SignalRow,
};
use tokio::time::sleep;

/// The operations of a worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Operation {
    Claim,
    Renew,
    Finish,
    NextDue,
    Maintain,
}

/// How a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// Nothing is done.
    Before,
    /// It is done, and the answer is an error.
    After,
    /// There is no answer.
    Hangs,
    /// It is done, and there is no answer.
    HangsAfter,
    /// It is done, and the answer is late.
    LateAnswer(Duration),
    /// It is done late.
    LateCall(Duration),
    /// Nothing is done, and the error is late.
    LateError(Duration),
    /// The database refuses the statement, and always will.
    Refused,
}

/// An outbox in memory whose calls fail on demand.
#[derive(Clone)]
pub(super) struct Faulty {
    pub(super) inner: MemoryOutbox,
    faults: Arc<Mutex<Faults>>,
    polls: Arc<AtomicU32>,
    /// The number of freed deliveries that the next call of `maintain` returns.
    freed: Arc<AtomicU64>,
}

#[derive(Default)]
struct Faults {
    /// The calls that fail, as counted down.
    next: HashMap<Operation, (u32, Fault)>,
    calls: HashMap<Operation, u32>,
}

impl Faulty {
    pub(super) fn new() -> Self {
        Self {
            inner: MemoryOutbox::new(),
            faults: Arc::default(),
            polls: Arc::default(),
            freed: Arc::default(),
        }
    }

    /// Lets the next call of `maintain` say that it has freed this many deliveries.
    pub(super) fn free(&self, freed: u64) {
        self.freed.store(freed, Ordering::Relaxed);
    }

    /// Lets the next calls of an operation fail.
    pub(super) fn fail(&self, operation: Operation, times: u32, fault: Fault) {
        let mut faults = self.faults.lock().unwrap();
        faults.next.insert(operation, (times, fault));
    }

    pub(super) fn heal(&self) {
        self.faults.lock().unwrap().next.clear();
    }

    pub(super) fn calls(&self, operation: Operation) -> u32 {
        let faults = self.faults.lock().unwrap();
        faults.calls.get(&operation).copied().unwrap_or_default()
    }

    /// Returns how often a waiting worker was polled.
    pub(super) fn polls(&self) -> u32 {
        self.polls.load(Ordering::Relaxed)
    }

    async fn ask<T>(
        &self,
        operation: Operation,
        answer: impl Future<Output = Result<T, OutboxError>>,
    ) -> Result<T, OutboxError> {
        let fault = {
            let mut faults = self.faults.lock().unwrap();
            *faults.calls.entry(operation).or_default() += 1;
            let next = faults.next.get_mut(&operation);
            next.filter(|(times, _)| *times > 0).map(|(times, fault)| {
                *times -= 1;
                *fault
            })
        };
        let unavailable = || OutboxError::Unavailable("the cable is out".into());
        match fault {
            None => answer.await,
            Some(Fault::Before) => Err(unavailable()),
            Some(Fault::After) => {
                answer.await?;
                Err(unavailable())
            }
            Some(Fault::Hangs) => pending().await,
            Some(Fault::HangsAfter) => {
                answer.await?;
                pending().await
            }
            Some(Fault::LateAnswer(time)) => {
                let answer = answer.await;
                sleep(time).await;
                answer
            }
            Some(Fault::LateCall(time)) => {
                sleep(time).await;
                answer.await
            }
            Some(Fault::LateError(time)) => {
                sleep(time).await;
                Err(unavailable())
            }
            Some(Fault::Refused) => Err(OutboxError::Database("no such thing".into())),
        }
    }
}

impl Outbox for Faulty {
    async fn insert(&self, rows: Vec<SignalRow>) -> Result<(), OutboxError> {
        self.inner.insert(rows).await
    }

    async fn claim(&self, request: &ClaimRequest) -> Result<Vec<Claimed>, OutboxError> {
        self.ask(Operation::Claim, self.inner.claim(request)).await
    }

    async fn renew(&self, claims: &[Claim], lease: Duration) -> Result<Vec<Claim>, OutboxError> {
        self.ask(Operation::Renew, self.inner.renew(claims, lease))
            .await
    }

    async fn finish(&self, attempts: &[(Claim, Ending)]) -> Result<Vec<Claim>, OutboxError> {
        self.ask(Operation::Finish, self.inner.finish(attempts))
            .await
    }

    async fn next_due(&self, receivers: &[ReceiverClaim]) -> Result<Option<Duration>, OutboxError> {
        self.ask(Operation::NextDue, self.inner.next_due(receivers))
            .await
    }

    async fn maintain(&self, retention: Duration) -> Result<Maintenance, OutboxError> {
        let maintaining = self.ask(Operation::Maintain, self.inner.maintain(retention));
        let mut maintained = maintaining.await?;
        maintained.freed += self.freed.swap(0, Ordering::Relaxed);
        Ok(maintained)
    }

    async fn changed(&self, seen: u64) -> u64 {
        let mut changed = pin!(self.inner.changed(seen));
        poll_fn(|task| {
            self.polls.fetch_add(1, Ordering::Relaxed);
            changed.as_mut().poll(task)
        })
        .await
    }

    async fn counts(&self) -> Result<Vec<Counts>, OutboxError> {
        self.inner.counts().await
    }

    fn worker_started(&self) {
        self.inner.worker_started();
    }

    fn database(&self) -> Option<&'static str> {
        None
    }

    fn transaction(&self, claim: Claim) -> Option<Arc<dyn DeliveryTransaction>> {
        self.inner.transaction(claim)
    }
}
