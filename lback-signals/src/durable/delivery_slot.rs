//! The transaction of a delivery, between its receiver and its worker.

use std::future::ready;
use std::mem;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::error::OutboxError;
use super::open_watch::{OpenWatch, OpenWatched};
use super::outbox::{Claim, DeliveryCommit, DeliveryTransaction};
use crate::sql_transaction::{SignalDatabase, SignalTransaction, TransactionError};

type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

type Begun<DB> = Result<SignalTransaction<'static, DB>, TransactionError>;

/// The transaction of one delivery. Its [`DurableTx`](super::DurableTx) takes it, begins it, and gives it back to
/// the worker.
pub(super) struct DeliverySlot<DB: SignalDatabase> {
    /// Begins a transaction whose commit completes the delivery.
    begin: Box<dyn Fn() -> BoxFuture<Begun<DB>> + Send + Sync>,
    watch: Option<OpenWatch>,
    observer: Arc<CommitObserver>,
    state: Mutex<State<DB>>,
}

enum State<DB: SignalDatabase> {
    NotTaken,
    /// Also if the receiver has leaked it.
    Taken,
    GivenBack(Option<SignalTransaction<'static, DB>>),
    /// Its `after_commit` receivers run.
    Committed(BoxFuture<()>),
}

/// Observes the commit of a transaction that completes a delivery.
#[derive(Default)]
pub(super) struct CommitObserver {
    is_lost: AtomicBool,
    committed: Notify,
}

/// The delivery that a transaction completes.
pub(super) struct Completes {
    pub(super) claim: Claim,
    pub(super) observer: Arc<CommitObserver>,
}

impl CommitObserver {
    /// Notes that the claim is lost, so that the transaction is not committed.
    pub(super) fn claim_is_lost(&self) {
        self.is_lost.store(true, Ordering::Relaxed);
    }

    /// Notes that the database has committed. `after_commit` receivers run next.
    pub(super) fn committed(&self) {
        self.committed.notify_one();
    }
}

impl<DB: SignalDatabase> DeliverySlot<DB> {
    /// `observer` is told of the commits. A transaction that stays open is watched by `watch`.
    pub(super) fn new(
        begin: impl Fn() -> BoxFuture<Begun<DB>> + Send + Sync + 'static,
        observer: Arc<CommitObserver>,
        watch: Option<OpenWatch>,
    ) -> Self {
        Self {
            begin: Box::new(begin),
            watch,
            observer,
            state: Mutex::new(State::NotTaken),
        }
    }

    /// Returns `false` if it was taken before.
    pub(super) fn take(&self) -> bool {
        let mut state = self.state();
        let is_first = matches!(*state, State::NotTaken);
        if is_first {
            *state = State::Taken;
        }
        is_first
    }

    pub(super) async fn begin(&self) -> Begun<DB> {
        (self.begin)().await
    }

    /// Begins to watch a transaction of this receiver.
    pub(super) fn watch(&self, receiver: &str) -> Option<OpenWatched> {
        self.watch.as_ref().map(|watch| watch.start(receiver))
    }

    pub(super) fn give_back(&self, transaction: Option<SignalTransaction<'static, DB>>) {
        *self.state() = State::GivenBack(transaction);
    }

    fn take_back(&self) -> Option<SignalTransaction<'static, DB>> {
        match mem::replace(&mut *self.state(), State::Taken) {
            State::GivenBack(transaction) => transaction,
            State::NotTaken | State::Taken | State::Committed(_) => None,
        }
    }

    fn state(&self) -> MutexGuard<'_, State<DB>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<DB: SignalDatabase> DeliveryTransaction for DeliverySlot<DB> {
    fn complete(self: Arc<Self>) -> BoxFuture<Result<DeliveryCommit, OutboxError>> {
        Box::pin(async move {
            let Some(transaction) = self.take_back() else {
                return Ok(DeliveryCommit::NotBegun);
            };
            // Runs in a task, which ends after the receivers of the commit.
            let mut commit = Box::pin(transaction.commit());
            tokio::select! {
                biased;
                () = self.observer.committed.notified() => {
                    let receivers = Box::pin(async move { drop(commit.await) });
                    *self.state() = State::Committed(receivers);
                    Ok(DeliveryCommit::Committed)
                }
                ended = &mut commit => match ended {
                    Ok(_) => Ok(DeliveryCommit::Committed),
                    Err(_) if self.observer.is_lost.load(Ordering::Relaxed) => {
                        Ok(DeliveryCommit::Lost)
                    }
                    Err(error) => Err(error.into()),
                },
            }
        })
    }

    fn after_commit(self: Arc<Self>) -> BoxFuture<()> {
        match mem::replace(&mut *self.state(), State::Taken) {
            State::Committed(receivers) => receivers,
            _ => Box::pin(ready(())),
        }
    }

    fn roll_back(self: Arc<Self>) -> BoxFuture<()> {
        Box::pin(async move {
            if let Some(transaction) = self.take_back() {
                // Without an answer, the connection is broken, and so the transaction is rolled back.
                drop(transaction.rollback().await);
            }
        })
    }
}
