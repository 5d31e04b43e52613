//! The transaction of a delivery, between its receiver and its worker.

use std::mem;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::error::OutboxError;
use super::open_watch::{OpenWatch, OpenWatched};
use super::outbox::{DeliveryCommit, DeliveryTransaction};
use crate::sql_transaction::{SignalDatabase, SignalTransaction, TransactionError};

type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

type Begun<DB> = Result<SignalTransaction<'static, DB>, TransactionError>;

/// The transaction of one delivery. Its [`DurableTx`](super::DurableTx) takes it, begins it, and gives it back to
/// the worker.
pub(super) struct DeliverySlot<DB: SignalDatabase> {
    /// Begins a transaction whose commit completes the delivery.
    begin: Box<dyn Fn() -> BoxFuture<Begun<DB>> + Send + Sync>,
    watch: Option<OpenWatch>,
    is_lost: Arc<AtomicBool>,
    state: Mutex<State<DB>>,
}

enum State<DB: SignalDatabase> {
    NotTaken,
    /// Also if the receiver has leaked it.
    Taken,
    GivenBack(Option<SignalTransaction<'static, DB>>),
}

impl<DB: SignalDatabase> DeliverySlot<DB> {
    /// `is_lost` is set when a commit finds that the claim is lost. A transaction that stays open is watched by
    /// `watch`.
    pub(super) fn new(
        begin: impl Fn() -> BoxFuture<Begun<DB>> + Send + Sync + 'static,
        is_lost: Arc<AtomicBool>,
        watch: Option<OpenWatch>,
    ) -> Self {
        Self {
            begin: Box::new(begin),
            watch,
            is_lost,
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
            State::NotTaken | State::Taken => None,
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
            match transaction.commit().await {
                Ok(_) => Ok(DeliveryCommit::Committed),
                Err(_) if self.is_lost.load(Ordering::Relaxed) => Ok(DeliveryCommit::Lost),
                Err(error) => Err(error.into()),
            }
        })
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
