//! One attempt: a task that decodes a delivery, calls its receiver, and says what becomes of the delivery.

use std::future::{pending, poll_fn};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use tokio::task::spawn_blocking;
use tokio::time::{sleep, timeout};

use super::dead_letter::{DeadLetter, DeadReason};
use super::engine::{AttemptOutcome, Engine};
use super::held::{Cancel, Cancelled};
use super::receivers::ServedReceiver;
use super::verdict::{blocks_key, verdict};
use crate::call::DeferredCall;
use crate::context::{Context, CurrentDelivery, ErasedSignal, WithContext};
use crate::durable::error::OutboxError;
use crate::durable::outbox::{Claim, Claimed, DeliveryCommit, DeliveryTransaction, Ending, Outbox};
use crate::info::ReceiverInfo;
use crate::observe::{DeliveryAttempt, RunOutcome, Sending, Watch};
use crate::report::{Failure, FailureKind, Report, guard_user_code};
use crate::stderr;
use crate::trace::TaskSpan;
#[cfg(feature = "tracing")]
use crate::unwind::discard_panic;
use crate::unwind::{self, Payload, drop_guarded};

/// Runs an attempt, and ends it.
pub(super) async fn run<O: Outbox>(
    engine: Arc<Engine<O>>,
    receiver: usize,
    row: Claimed,
    mut cancelled: Cancelled,
) {
    let mut ending = EndOnDrop {
        claim: row.claim,
        outcome: AttemptOutcome::Lost,
        engine,
    };
    let attempt = Attempt {
        engine: &ending.engine,
        served: &ending.engine.receivers[receiver],
        claim: row.claim,
        id: row.id,
        nth: row.attempt,
        watch: Mutex::new(Watch::of_attempt(
            ending.engine.receivers[receiver].info,
            DeliveryAttempt {
                id: row.id,
                attempt: row.attempt,
            },
        )),
    };
    let outcome = attempt.run(row, &mut cancelled).await;
    attempt.report(&outcome);
    ending.outcome = outcome;
}

/// Ends the attempt, even if the runtime drops its task.
struct EndOnDrop<O: Outbox> {
    engine: Arc<Engine<O>>,
    claim: Claim,
    /// Until the attempt ends, that of a dropped task, whose delivery waits for the end of its lease.
    outcome: AttemptOutcome,
}

impl<O: Outbox> Drop for EndOnDrop<O> {
    fn drop(&mut self) {
        self.engine.health.remove_running();
        let outcome = std::mem::replace(&mut self.outcome, AttemptOutcome::Lost);
        self.engine.end(self.claim, outcome);
    }
}

struct Attempt<'e, O: Outbox> {
    engine: &'e Arc<Engine<O>>,
    served: &'e ServedReceiver,
    claim: Claim,
    id: uuid::Uuid,
    /// Beginning with 1.
    nth: u32,
    watch: Mutex<Watch>,
}

/// How a receiver ended.
enum Ran {
    /// It has returned, or was skipped or refused. `None` if it is muted or disabled.
    Ended(Option<Report>),
    /// A value panicked that was dropped after the call.
    Panicked(Payload),
    TimedOut,
    Cancelled(Cancel),
    /// It was cancelled in the queue of the blocking pool.
    NeverStarted(Cancel),
}

/// The time for which a delivery of an unknown signal is left to workers of other programs.
const UNKNOWN_SIGNAL_DELAY: Duration = Duration::from_mins(1);

/// Error of an attempt that took too long.
#[derive(Debug, thiserror::Error)]
#[error(
    "it was cancelled after {0:?}: raise `timeout` in its `durable(…)`, or split the work into several signals"
)]
struct TimedOut(Duration);

impl<O: Outbox> Attempt<'_, O> {
    async fn run(&self, row: Claimed, cancelled: &mut Cancelled) -> AttemptOutcome {
        let span = span(self.served.info, &row);
        self.watch().set_span(span.to_span());
        if !self.served.knows(&row.signal) {
            let _in_span = span.enter();
            return self.unknown_signal(&row.signal);
        }
        let decoded = {
            let _in_span = span.enter();
            let _in_context = self.engine.context().enter();
            self.served.decode(&row)
        };
        let owned = match decoded {
            Ok(owned) => owned,
            Err(error) => return self.undecodable(error),
        };
        let transaction = self.engine.outbox.transaction(self.claim);
        let delivery = CurrentDelivery {
            id: row.id,
            receiver: row.receiver,
            attempt: row.attempt,
            max_attempts: self.served.options().attempts(),
            sent_at: row.sent_at,
            transaction: transaction.clone().map(|transaction| transaction as _),
        };
        let call = DeferredCall {
            owned: Arc::clone(&owned),
            number: self.served.number(),
            receiver: self.served.info,
            context: Context::of_delivery(self.engine.scope.clone(), Arc::new(delivery)),
        };
        let ran = if self.served.info.is_async() {
            self.run_async(call, span, cancelled).await
        } else {
            self.call_blocking(call, span, cancelled).await
        };
        self.watch().stop();
        let mut outcome = self.after(ran, &*owned, transaction).await;
        let is_ending = matches!(outcome, AttemptOutcome::Store { .. });
        if is_ending && self.engine.held().is_lost(self.claim.number) {
            outcome = self.lost();
        }
        let _in_context = self.engine.context().enter();
        guard_user_code(|| drop(owned));
        outcome
    }

    /// Runs an `async fn` until it ends, is cancelled, or its time is over.
    async fn run_async(
        &self,
        call: DeferredCall,
        span: TaskSpan,
        cancelled: &mut Cancelled,
    ) -> Ran {
        let context = self.engine.context();
        let mut run = WithContext::new(span.instrument(call.run()), move || context.clone());
        let sending = self.watch().sending();
        // The receiver's panics are caught inside. One that is not is of a value that is dropped with it.
        let ended = poll_fn(|task| {
            let _sending = sending.map(Sending::enter);
            match unwind::catch(|| Pin::new(&mut run).poll(task)) {
                Ok(Poll::Pending) => Poll::Pending,
                Ok(Poll::Ready(report)) => Poll::Ready(Ran::Ended(report)),
                Err(panic) => Poll::Ready(Ran::Panicked(panic)),
            }
        });
        let ran = tokio::select! {
            biased;
            ran = ended => ran,
            why = reason(cancelled) => Ran::Cancelled(why),
            () = sleep(self.served.timeout()) => Ran::TimedOut,
        };
        let _sending = sending.map(Sending::enter);
        drop_guarded(run);
        ran
    }

    /// Calls a `fn` on the blocking pool. It is cancelled only as long as it has not started.
    async fn call_blocking(
        &self,
        call: DeferredCall,
        span: TaskSpan,
        cancelled: &mut Cancelled,
    ) -> Ran {
        let context = self.engine.context();
        let sending = self.watch().sending();
        let mut task = spawn_blocking(move || {
            let _in_span = span.enter();
            let _sending = sending.map(Sending::enter);
            let _in_context = context.enter();
            let report = call.call();
            drop(call);
            report
        });
        let (joined, why) = tokio::select! {
            biased;
            joined = &mut task => (joined, Cancel::Draining),
            why = reason(cancelled) => {
                task.abort();
                (task.await, why)
            }
        };
        match joined {
            Ok(report) => Ran::Ended(report),
            Err(error) => match error.try_into_panic() {
                Ok(panic) => Ran::Panicked(panic),
                Err(_) => Ran::NeverStarted(why),
            },
        }
    }

    /// Returns what becomes of the delivery, after the transaction of the receiver has ended.
    async fn after(
        &self,
        ran: Ran,
        owned: &dyn ErasedSignal,
        transaction: Option<Arc<dyn DeliveryTransaction>>,
    ) -> AttemptOutcome {
        if matches!(&ran, Ran::Ended(Some(report)) if report.is_ok()) {
            return self.complete(owned, transaction).await;
        }
        // The database may have to be free of it before the ending can be stored.
        if let Some(transaction) = transaction {
            let _ = timeout(self.engine.settings.lease, transaction.roll_back()).await;
        }
        match ran {
            Ran::Ended(Some(report)) => match report.failures().first() {
                Some(failure) => self.failed(failure.kind()),
                None => AttemptOutcome::released(),
            },
            Ran::Panicked(panic) => self.announce(owned, FailureKind::from_panic(panic)),
            Ran::TimedOut => {
                let error = TimedOut(self.served.timeout());
                self.announce(owned, FailureKind::Error(error.into()))
            }
            Ran::Ended(None) => {
                self.watch().report(RunOutcome::Skipped);
                AttemptOutcome::released()
            }
            Ran::Cancelled(Cancel::Draining)
            | Ran::NeverStarted(Cancel::Draining | Cancel::LeaseExpiring) => {
                AttemptOutcome::released()
            }
            Ran::Cancelled(Cancel::LeaseExpiring) => self.interrupted(),
            Ran::Cancelled(Cancel::Lost) | Ran::NeverStarted(Cancel::Lost) => self.lost(),
        }
    }

    /// Commits the transaction of the receiver, if it has begun one, and waits for the receivers of the commit: their
    /// time is not limited, since the delivery is completed already.
    async fn complete(
        &self,
        owned: &dyn ErasedSignal,
        transaction: Option<Arc<dyn DeliveryTransaction>>,
    ) -> AttemptOutcome {
        let Some(transaction) = transaction else {
            return AttemptOutcome::store(Ending::Done);
        };
        if !self.engine.held().begin_commit(self.claim.number) {
            let _ = timeout(self.engine.settings.lease, transaction.roll_back()).await;
            return self.lost();
        }
        let complete = Arc::clone(&transaction).complete();
        let complete = timeout(self.engine.settings.lease, complete).await;
        match complete.unwrap_or_else(|elapsed| Err(OutboxError::Unavailable(elapsed.into()))) {
            Ok(DeliveryCommit::NotBegun) => AttemptOutcome::store(Ending::Done),
            Ok(DeliveryCommit::Committed) => {
                self.engine.health.add_delivered();
                transaction.after_commit().await;
                AttemptOutcome::Stored
            }
            Ok(DeliveryCommit::Lost) => self.lost(),
            // The claim fences the next attempt if the transaction was committed after all.
            Err(error) => self.announce(owned, FailureKind::Error(error.into())),
        }
    }

    /// Leaves the delivery to another program, in which the signal may have another name.
    fn unknown_signal(&self, signal: &str) -> AttemptOutcome {
        let text = format!(
            "it is given back for {UNKNOWN_SIGNAL_DELAY:?}, since this program does not know the signal `{signal}`: \
             after a rename, run a worker of the program that has the name, or add it to `was(…)`"
        );
        log(self.served.info, self.claim.number, &text);
        self.watch().report(RunOutcome::Skipped);
        AttemptOutcome::released_after(UNKNOWN_SIGNAL_DELAY)
    }

    fn undecodable(&self, error: String) -> AttemptOutcome {
        let failure = FailureKind::Error(error.clone().into());
        self.watch().report(RunOutcome::Failed(&failure));
        let dead = self.dead_letter(self.nth - 1, DeadReason::Undecodable, error.clone());
        AttemptOutcome::Store {
            ending: Ending::Dead {
                error,
                was_run: false,
                blocks_key: blocks_key(self.served.options()),
            },
            dead: Some(dead),
            was_called: false,
        }
    }

    /// Announces a failure that is not of the receiver itself.
    fn announce(&self, owned: &dyn ErasedSignal, kind: FailureKind) -> AttemptOutcome {
        let _in_context = self.engine.context().enter();
        let failure = Failure::new(self.served.info, owned.sender_outside_dispatch(), kind);
        failure.announce();
        self.failed(failure.kind())
    }

    fn failed(&self, failure: &FailureKind) -> AttemptOutcome {
        self.watch().report(RunOutcome::Failed(failure));
        self.engine.health.add_failed();
        let random = (self.engine.settings.random)();
        let (ending, reason) = verdict(failure, self.nth, self.served.options(), random);
        let dead = match (&ending, reason) {
            (Ending::Dead { error, .. }, Some(reason)) => {
                Some(self.dead_letter(self.nth, reason, error.clone()))
            }
            _ => None,
        };
        AttemptOutcome::Store {
            ending,
            dead,
            was_called: true,
        }
    }

    /// The attempt counts, since a receiver that blocks its thread may be the cause.
    fn interrupted(&self) -> AttemptOutcome {
        let text = "it was cancelled, since the database did not renew its lease in time";
        log(self.served.info, self.claim.number, text);
        AttemptOutcome::store(Ending::Retry {
            after: Duration::ZERO,
            error: text.to_owned(),
        })
    }

    fn lost(&self) -> AttemptOutcome {
        self.watch().report(RunOutcome::LeaseLost);
        self.engine.health.add_lost();
        let text =
            "its result was discarded, since another worker has claimed the delivery meanwhile";
        log(self.served.info, self.claim.number, text);
        AttemptOutcome::Lost
    }

    fn watch(&self) -> MutexGuard<'_, Watch> {
        self.watch.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reports a success. Other outcomes have been reported, or are those of a cancelled attempt.
    fn report(&self, outcome: &AttemptOutcome) {
        let is_done = match outcome {
            AttemptOutcome::Store { ending, .. } => matches!(ending, Ending::Done),
            AttemptOutcome::Stored => true,
            AttemptOutcome::Lost => false,
        };
        if is_done {
            self.watch().report(RunOutcome::Succeeded);
        }
    }

    fn dead_letter(&self, attempts: u32, reason: DeadReason, error: String) -> DeadLetter {
        DeadLetter {
            number: self.claim.number,
            id: self.id,
            receiver: self.served.info,
            attempts,
            reason,
            error,
        }
    }
}

/// Waits until the attempt is cancelled.
async fn reason(cancelled: &mut Cancelled) -> Cancel {
    match cancelled.await {
        Ok(why) => why,
        Err(_) => pending().await,
    }
}

/// Warns of an attempt that was interrupted.
fn log(receiver: &ReceiverInfo, number: i64, text: &str) {
    #[cfg(feature = "tracing")]
    discard_panic(|| {
        tracing::warn!(
            signal = receiver.signal().name(),
            receiver = receiver.id(),
            number,
            "an attempt to deliver: {text}",
        );
    });
    stderr::write_unless_traced(|| format!("delivery {number} to `{}`: {text}", receiver.id()));
}

/// Creates the span of an attempt, which names the trace of the sender.
#[cfg(feature = "tracing")]
fn span(receiver: &ReceiverInfo, row: &Claimed) -> TaskSpan {
    TaskSpan::new(None, || {
        tracing::info_span!(
            parent: None,
            "deliver",
            signal = receiver.signal().name(),
            receiver = receiver.id(),
            id = %row.id,
            attempt = row.attempt,
            traceparent = row.trace,
            code.function.name = receiver.id(),
            error.type = tracing::field::Empty,
            messaging.system = "lback",
            messaging.operation.name = "process",
            messaging.operation.type = "process",
            messaging.destination.name = row.signal,
            messaging.consumer.group.name = row.receiver,
            messaging.message.id = %row.id,
            otel.kind = "consumer",
        )
    })
}

#[cfg(not(feature = "tracing"))]
fn span(_: &ReceiverInfo, _: &Claimed) -> TaskSpan {
    TaskSpan
}
