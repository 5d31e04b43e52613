//! The parts of a worker that its loops and attempts share.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, mpsc, watch};
use tokio::time::{Instant, timeout};

use super::dead_letter::DeadLetter;
use super::health::{Statement, WorkerHealth};
use super::held::{Cancel, HeldDeliveries};
use super::receivers::ServedReceiver;
use super::settings::Settings;
use crate::context::{CurrentContext, Frame};
use crate::durable::error::OutboxError;
use crate::durable::outbox::{Claim, Ending, Outbox};

/// A worker that has started.
///
/// Its loops are one task: [`claim`](Self::claim) starts attempts, each a separate task, [`renew`](Self::renew)
/// and [`watch`](Self::watch) keep or give up their leases, [`finish`](Self::finish) stores how they ended,
/// [`maintain`](Self::maintain) deletes dead letters and kept signals whose time is over, and
/// [`discard_retired`](Self::discard_retired) deletes the deliveries of retired receivers.
pub(super) struct Engine<O> {
    pub(super) outbox: O,
    pub(super) settings: Settings,
    pub(super) receivers: Vec<ServedReceiver>,
    /// The names of the removed receivers whose deliveries are discarded.
    pub(super) retired: Vec<&'static str>,
    /// The scope in which the receivers run.
    pub(super) scope: Option<Arc<Frame>>,
    pub(super) health: WorkerHealth,
    /// Never locked while user code runs.
    held: Mutex<HeldDeliveries>,
    pub(super) endings: mpsc::UnboundedSender<EndedAttempt>,
    /// Notified when a delivery may be claimed that could not be before.
    pub(super) claimable: Notify,
    /// Notified when deliveries were claimed.
    pub(super) leased: Notify,
    /// Notified when an attempt has ended, or its ending is stored.
    pub(super) ended: Notify,
}

/// An attempt whose ending is to be stored.
pub(super) struct EndedAttempt {
    /// The number of the delivery.
    pub(super) number: i64,
    pub(super) ending: Ending,
    pub(super) dead: Option<DeadLetter>,
}

/// How an attempt ended, for its delivery.
pub(super) enum AttemptOutcome {
    /// The ending is to be stored. The slot is kept until then if the receiver was not called.
    Store {
        ending: Ending,
        dead: Option<DeadLetter>,
        was_called: bool,
    },
    /// The ending has been stored in the transaction of the receiver.
    Stored,
    /// The delivery is claimed by another worker.
    Lost,
}

impl AttemptOutcome {
    /// The receiver was called, and the delivery is no dead letter.
    pub(super) fn store(ending: Ending) -> Self {
        Self::Store {
            ending,
            dead: None,
            was_called: true,
        }
    }

    /// The delivery is given back, since its receiver was not called or is to be called again.
    pub(super) fn released() -> Self {
        Self::released_after(Duration::ZERO)
    }

    /// The delivery is given back, and is due after this time.
    pub(super) fn released_after(after: Duration) -> Self {
        Self::Store {
            ending: Ending::Released { after },
            dead: None,
            was_called: false,
        }
    }
}

impl<O: Outbox> Engine<O> {
    pub(super) fn new(
        outbox: O,
        settings: Settings,
        receivers: Vec<ServedReceiver>,
        retired: Vec<&'static str>,
        scope: Option<Arc<Frame>>,
        health: WorkerHealth,
    ) -> (Arc<Self>, mpsc::UnboundedReceiver<EndedAttempt>) {
        let (sender, endings) = mpsc::unbounded_channel();
        let engine = Self {
            outbox,
            settings,
            held: Mutex::new(HeldDeliveries::new(receivers.len())),
            receivers,
            retired,
            scope,
            health,
            endings: sender,
            claimable: Notify::new(),
            leased: Notify::new(),
            ended: Notify::new(),
        };
        (Arc::new(engine), endings)
    }

    /// Serves until `stop`, and then drains.
    pub(super) async fn serve(
        self: Arc<Self>,
        mut stop: watch::Receiver<bool>,
        endings: mpsc::UnboundedReceiver<EndedAttempt>,
    ) {
        let _cancel = CancelOnDrop(&self);
        self.health.set_running(true);
        let mut also_stop = stop.clone();
        let serving = async {
            let discarding = self.discard_retired(&mut also_stop);
            let (stopped_at, ()) = tokio::join!(self.claim(&mut stop), discarding);
            self.health.set_running(false);
            self.drain(stopped_at).await;
        };
        let others = async {
            tokio::join!(
                self.finish(endings),
                self.renew(),
                self.watch(),
                self.maintain(),
            );
        };
        tokio::select! {
            biased;
            () = serving => {}
            () = others => {}
        }
    }

    pub(super) fn held(&self) -> MutexGuard<'_, HeldDeliveries> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the context in which receivers run.
    pub(super) fn context(&self) -> CurrentContext {
        CurrentContext {
            scope: self.scope.clone(),
            transaction: None,
            is_background: false,
        }
    }

    /// Awaits a statement of the outbox up to a limit, and notes the result in the health.
    pub(super) async fn run_statement<T>(
        &self,
        statement: Statement,
        limit: Duration,
        answer: impl Future<Output = Result<T, OutboxError>>,
    ) -> Result<T, OutboxError> {
        let answer = match timeout(limit, answer).await {
            Ok(answer) => answer,
            Err(elapsed) => Err(OutboxError::Unavailable(elapsed.into())),
        };
        match &answer {
            Ok(_) => self.health.succeeded(statement),
            Err(error) => self.health.failed_to(statement, error),
        }
        answer
    }

    /// Ends an attempt, whose receiver no longer runs.
    ///
    /// `claim` is the one with which it began. Its lease may have expired, and this worker may have claimed the
    /// delivery again.
    pub(super) fn end(&self, claim: Claim, outcome: AttemptOutcome) {
        let number = claim.number;
        let mut held = self.held();
        let is_held_anew = held
            .claim_of(number)
            .is_some_and(|current| current != claim);
        let (ending, dead, keeps_slot) = match outcome {
            AttemptOutcome::Store {
                ending,
                dead,
                was_called,
            } => (Some(ending), dead, !was_called),
            AttemptOutcome::Lost if is_held_anew => {
                let after = Duration::ZERO;
                (Some(Ending::Released { after }), None, true)
            }
            AttemptOutcome::Lost | AttemptOutcome::Stored => (None, None, false),
        };
        match ending {
            Some(ending) if held.end(number, keeps_slot) => {
                // The loop that receives it ends only with the worker.
                let _ = self.endings.send(EndedAttempt {
                    number,
                    ending,
                    dead,
                });
            }
            _ => held.remove(number),
        }
        drop(held);
        self.ended.notify_one();
        self.claimable.notify_one();
    }

    /// Waits until the held deliveries are as expected. Only one waits at a time.
    pub(super) async fn until(&self, is_expected: impl Fn(&HeldDeliveries) -> bool) {
        while !is_expected(&self.held()) {
            self.ended.notified().await;
        }
    }

    /// Returns when a receiver is cancelled whose lease ends then.
    pub(super) fn cutoff(&self, lease_end: Instant) -> Instant {
        lease_end - self.settings.margin()
    }
}

/// Cancels all attempts if the task of the worker panics, since no loop renews their leases then.
struct CancelOnDrop<'e, O: Outbox>(&'e Engine<O>);

impl<O: Outbox> Drop for CancelOnDrop<'_, O> {
    fn drop(&mut self) {
        self.0.health.set_running(false);
        self.0.held().cancel_all(Cancel::Draining);
    }
}

/// The end of a loop that has none.
pub(super) type Never = Infallible;
