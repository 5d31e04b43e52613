//! The dispatch to durable receivers: encodes the signal into the current transaction.

use std::sync::Arc;

use uuid::Uuid;

use super::deferred::{DeferredSend, dispatch_deferred};
use crate::call::{DeliverAsync, DeliverDurable, DeliverOwned, InvokeUnit, call_for, fail_each};
use crate::context::{
    Context, CurrentContext, EnqueueFate, Enqueued, EnqueuedSignals, Frame, SendOrder, TestScope,
    stored_name,
};
use crate::enqueue::{
    DeliveryRow, EnqueueError, EnqueueLimits, PUBLISHED_KEEP, SignalRow, TraceContext,
    is_traceparent,
};
use crate::info::{DurableReceiver, DurableSignal, ReceiverInfo, SignalInfo};
use crate::observe::{self, RunOutcome, Watch};
use crate::registry::{Registered, Table};
use crate::report::{DispatchId, FailureKind, Mode, Report, guard_user_code};
use crate::transaction::{Ended, settle_enqueued};

impl<Entry: Registered> Table<Entry> {
    /// Calls the receivers in order, enqueues the signal for durable receivers, and defers those that run later.
    #[inline]
    pub fn dispatch_durable<S: DeliverDurable<Entry>>(
        &'static self,
        signal: &S,
        mode: Mode,
    ) -> Report {
        let receivers = self.receivers();
        let runs_later = !receivers.deferred.all().is_empty();
        let send = runs_later.then(DeferredSend::begin);
        let report = self.dispatch_by(mode, InvokeUnit(signal));
        let Some(send) = send else {
            return report;
        };
        let sender = || signal.__sender_model();
        let durable = DurableDispatch {
            signal: Entry::SIGNAL,
            receivers: receivers.deferred.durable(),
            sender: &sender,
            dispatch: report.dispatch_id(),
            encode: &|max_bytes| encode(signal, max_bytes),
        };
        let enqueued = durable.enqueue(&report, &send);
        let report = dispatch_deferred(
            report,
            send,
            &receivers.deferred,
            &sender,
            &receivers.caller(|shim, context| signal.__call(shim, context)),
            &mut || signal.__to_owned().into_erased(),
        );
        match enqueued {
            None => report,
            Some(enqueued) => enqueued.after(report).finish(),
        }
    }

    /// Enqueues the signal for its durable receivers, and calls no others.
    ///
    /// Returns the id of the dispatch if it is observed and the signal has durable receivers.
    pub fn enqueue<S: DeliverDurable<Entry>>(&'static self, signal: &S) -> Option<DispatchId> {
        let receivers = self.receivers().deferred.durable();
        if receivers.is_empty() {
            return None;
        }
        let mut report = Report::of_delivered(0);
        let context = Context::new(CurrentContext::scope());
        let dispatch = observe::begin(Entry::SIGNAL, &context, &|show| signal.__show(show));
        report.set_dispatch_id(dispatch);
        let durable = DurableDispatch {
            signal: Entry::SIGNAL,
            receivers,
            sender: &|| signal.__sender_model(),
            dispatch,
            encode: &|max_bytes| encode(signal, max_bytes),
        };
        if let Some(enqueued) = durable.enqueue(&report, &DeferredSend::begin()) {
            enqueued.finish();
        }
        dispatch
    }

    /// Continues a dispatch of [`enqueue`](Self::enqueue), and calls all other receivers.
    pub fn dispatch_enqueued<S: DeliverOwned<Entry>>(
        &'static self,
        signal: &S,
        dispatch: Option<DispatchId>,
    ) -> Report {
        observe::continue_dispatch(Entry::SIGNAL, dispatch, || {
            self.dispatch_owned(signal, Mode::Robust)
        })
    }

    /// Dispatches a durable signal as [`dispatch_durable`](Self::dispatch_durable) does, and awaits the receivers that
    /// are `async fn`s.
    pub async fn dispatch_async_durable<S: DeliverAsync<Entry> + DeliverDurable<Entry>>(
        &'static self,
        signal: &S,
        mode: Mode,
    ) -> Report {
        let mut enqueued = None;
        let report = self.dispatch_async_then(signal, mode, |report, send| {
            let durable = DurableDispatch {
                signal: Entry::SIGNAL,
                receivers: self.receivers().deferred.durable(),
                sender: &|| signal.__sender_model(),
                dispatch: report.dispatch_id(),
                encode: &|max_bytes| encode(signal, max_bytes),
            };
            enqueued = durable.enqueue(report, send);
        });
        let report = report.await;
        match enqueued {
            None => report,
            Some(enqueued) => enqueued.after(report).finish_async().await,
        }
    }
}

/// A signal as it is stored.
struct Encoded {
    payload: String,
    key: Option<String>,
    subject: Option<String>,
}

fn encode<Entry: Registered, S: DeliverDurable<Entry>>(
    signal: &S,
    max_bytes: usize,
) -> Result<Encoded, EnqueueError> {
    Ok(Encoded {
        payload: signal.__encode(max_bytes)?,
        key: signal.__key()?,
        subject: signal.__subject(),
    })
}

/// A dispatch to durable receivers, with the type of its signal erased.
struct DurableDispatch<'d> {
    signal: &'static SignalInfo,
    receivers: &'static [&'static ReceiverInfo],
    sender: &'d dyn Fn() -> Option<String>,
    /// The number of the dispatch, if it is observed.
    dispatch: Option<DispatchId>,
    encode: &'d dyn Fn(usize) -> Result<Encoded, EnqueueError>,
}

impl DurableDispatch<'_> {
    /// Enqueues the signal after the receivers that run now, whose report is `report`. Returns `None` if there is
    /// nothing to report.
    #[inline(never)]
    fn enqueue(self, report: &Report, send: &DeferredSend) -> Option<Ended> {
        if self.receivers.is_empty() || report.is_vetoed() {
            return None;
        }
        let scope = send.current.scope.as_ref();
        let mut receivers = self.receivers.to_vec();
        receivers.retain(|receiver| {
            let is_muted = scope.is_some_and(|scope| scope.mutes(receiver));
            if is_muted {
                Watch::of_uncalled(receiver, self.dispatch).report(RunOutcome::Skipped);
            }
            !is_muted
        });
        let mut muted = Report::of_delivered(0);
        muted.add_skipped(self.receivers.len() - receivers.len());
        let ended = if receivers.is_empty() {
            Ended::with(Report::of_delivered(0))
        } else {
            self.enqueue_for(receivers, report.is_stopped(), send)
        };
        Some(ended.after(muted))
    }

    fn enqueue_for(
        &self,
        receivers: Vec<&'static ReceiverInfo>,
        is_stopped: bool,
        send: &DeferredSend,
    ) -> Ended {
        let CurrentContext {
            scope, transaction, ..
        } = &send.current;
        let test = scope.as_ref().and_then(TestScope::of);
        let transaction = transaction.as_deref();
        if transaction.is_none() && test.is_none() {
            let report = if is_stopped {
                Report::of_delivered(0)
            } else {
                self.fail(&receivers, &outside_transaction(self.signal))
            };
            return Ended::with(report);
        }
        let limits = transaction.map_or_else(EnqueueLimits::default, |it| *it.limits());
        let payload = if is_stopped {
            // Its failure is in the report of the receivers that run now.
            Err((self.interrupted(), Some(Report::of_delivered(0))))
        } else {
            self.encode(&receivers, limits.payload)
        };
        match payload {
            Ok(encoded) => {
                let row = self.row(encoded, &receivers, scope.as_ref());
                let order = send.sent.unwrap_or_else(SendOrder::now);
                let signals = EnqueuedSignals::of(
                    Enqueued::new(order, row, receivers, test).of_dispatch(self.dispatch),
                );
                let fate = match transaction {
                    Some(transaction) => transaction.enqueue(signals),
                    None => EnqueueFate::Committed(signals),
                };
                settle_enqueued(fate, |signal| {
                    outside_transaction(signal.receivers[0].signal())
                })
            }
            Err((error, report)) => {
                let poison = EnqueuedSignals::poisoned_by(error.clone(), receivers.clone());
                let fate = transaction.map(|transaction| transaction.enqueue(poison));
                let is_discarded = matches!(
                    fate,
                    Some(EnqueueFate::RolledBack | EnqueueFate::Abandoned(_))
                );
                Ended::with(match report {
                    Some(report) => report,
                    None if is_discarded => Report::of_delivered(0),
                    None => self.fail(&receivers, &error),
                })
            }
        }
    }

    /// Encodes the payload and the key, and reads the subject, which calls user code.
    ///
    /// # Errors
    ///
    /// Returns the error that poisons the transaction. With it comes the report of the receivers, if they have failed
    /// for another reason.
    fn encode(
        &self,
        receivers: &[&'static ReceiverInfo],
        max_bytes: usize,
    ) -> Result<Encoded, (EnqueueError, Option<Report>)> {
        match call_for(receivers, self.sender, self.dispatch, || {
            (self.encode)(max_bytes)
        }) {
            Ok(Ok(encoded)) => Ok(encoded),
            Ok(Err(error)) => Err((error, None)),
            Err(report) => Err((self.interrupted(), Some(report))),
        }
    }

    fn interrupted(&self) -> EnqueueError {
        EnqueueError::Encode {
            signal: stored_name(self.signal),
            reason: "its code panicked or exceeded the recursion limit".to_owned(),
        }
    }

    fn row(
        &self,
        Encoded {
            payload,
            key,
            subject,
        }: Encoded,
        receivers: &[&'static ReceiverInfo],
        scope: Option<&Arc<Frame>>,
    ) -> SignalRow {
        let durable = self.signal.durable();
        let receivers = receivers.iter().filter_map(|receiver| receiver.durable());
        let is_published = receivers.clone().any(DurableReceiver::is_publication);
        let published_keep = is_published.then_some(PUBLISHED_KEEP);
        let deliveries = receivers.map(|receiver| DeliveryRow {
            receiver: receiver.name().to_owned(),
            ordered_as: key.as_ref().and(receiver.ordered_as()).map(str::to_owned),
        });
        let deliveries = deliveries.collect();
        SignalRow {
            id: Uuid::now_v7(),
            name: stored_name(self.signal).to_owned(),
            version: durable.map_or(1, DurableSignal::version),
            key,
            subject,
            payload,
            trace: traceparent(scope),
            keep: durable.and_then(DurableSignal::keep).max(published_keep),
            deliveries,
        }
    }

    fn fail(&self, receivers: &[&'static ReceiverInfo], error: &EnqueueError) -> Report {
        fail_each(receivers, self.sender, self.dispatch, || {
            FailureKind::NotEnqueued(error.clone())
        })
    }
}

fn outside_transaction(signal: &SignalInfo) -> EnqueueError {
    let signal = stored_name(signal);
    EnqueueError::OutsideTransaction { signal }
}

/// Returns the trace of the sender, from a resource of the scope or the process.
fn traceparent(scope: Option<&Arc<Frame>>) -> Option<String> {
    let context = Context::new(scope.cloned());
    let trace = context.provided::<dyn TraceContext>()?;
    let traceparent = guard_user_code(|| trace.traceparent())??;
    is_traceparent(&traceparent).then_some(traceparent)
}
