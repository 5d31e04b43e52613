//! The dispatch to receivers that run later: in the background or at the end of a transaction.

#[cfg(feature = "tokio")]
use std::ops::Range;
use std::sync::Arc;

#[cfg(feature = "tokio")]
use crate::background::{self, Job};
use crate::call::{DeliverOwned, InvokeUnit, call_each, call_for};
use crate::context::{
    Context, CurrentContext, ErasedSignal, Pending, SendOrder, is_muted, waiting_receivers,
};
use crate::info::{Phase, ReceiverInfo};
use crate::observe::{RunOutcome, Watch};
use crate::registry::{DeferredReceivers, Registered, Table};
use crate::report::{Mode, Outcome, Report};
use crate::transaction::settle;

impl<Entry: Registered> Table<Entry> {
    /// Calls the receivers in order and defers those that run later.
    #[inline]
    pub fn dispatch_owned<S: DeliverOwned<Entry>>(&'static self, signal: &S, mode: Mode) -> Report {
        let receivers = self.receivers();
        let runs_later = !receivers.deferred.all().is_empty();
        let send = runs_later.then(DeferredSend::begin);
        let report = self.dispatch_by(mode, InvokeUnit(signal));
        let Some(send) = send else {
            return report;
        };
        dispatch_deferred(
            report,
            send,
            &receivers.deferred,
            &|| signal.__sender_model(),
            &receivers.caller(|shim, context| signal.__call(shim, context)),
            &mut || signal.__to_owned().into_erased(),
        )
    }
}

/// Defers receivers after those that run now, whose report is `report`.
///
/// The types of the signal and of its receivers are erased, so this is compiled once.
#[cold]
#[inline(never)]
pub(super) fn dispatch_deferred(
    mut report: Report,
    send: DeferredSend,
    receivers: &DeferredReceivers,
    sender: &dyn Fn() -> Option<String>,
    call: &dyn Fn(usize, &Context) -> Outcome,
    to_owned: &mut dyn FnMut() -> Arc<dyn ErasedSignal>,
) -> Report {
    let deferred = Deferred::begin(&mut report, send, receivers, sender, to_owned);
    #[cfg(feature = "tokio")]
    let mut deferred = deferred;
    #[cfg(feature = "tokio")]
    while let Some(job) = deferred.as_mut().and_then(Deferred::next_job) {
        report.add_handed_over(background::submit(job));
    }
    if let Some(deferred) = deferred {
        deferred.end(&mut report, receivers, sender, call);
    }
    report
}

/// The state of a send whose signal has deferred receivers.
///
/// Begins before any receiver is called, so that in a transaction the receivers of a nested send run after
/// those of this one.
pub(super) struct DeferredSend {
    pub(super) current: CurrentContext,
    /// The position of the send in its transaction. `None` if there is no transaction.
    pub(super) sent: Option<SendOrder>,
}

impl DeferredSend {
    #[inline]
    pub(super) fn begin() -> Self {
        let current = CurrentContext::get();
        Self {
            sent: current.transaction.is_some().then(SendOrder::now),
            current,
        }
    }
}

/// The part of a dispatch after the receivers that run during `send`.
pub(super) struct Deferred {
    send: DeferredSend,
    /// The copy of the signal. `None` if no receiver needs it.
    owned: Option<Arc<dyn ErasedSignal>>,
    /// The numbers of the receivers that are still to be handed to the background.
    #[cfg(feature = "tokio")]
    to_hand_over: Range<usize>,
}

impl Deferred {
    /// Copies the signal if a receiver needs the copy. Returns `None` if the dispatch has ended.
    #[inline]
    pub(super) fn begin(
        report: &mut Report,
        send: DeferredSend,
        receivers: &DeferredReceivers,
        sender: &dyn Fn() -> Option<String>,
        to_owned: &mut dyn FnMut() -> Arc<dyn ErasedSignal>,
    ) -> Option<Self> {
        if report.is_vetoed() || report.is_stopped() {
            return None;
        }
        let dispatch = report.dispatch_id();
        let current = &send.current;
        let is_in_transaction = current.transaction.is_some();
        let recipients = receivers.needing_copy(is_in_transaction);
        let scope = current.scope.as_deref();
        let owned = if recipients.is_empty() {
            Ok(None)
        } else if !recipients.iter().any(|receiver| is_muted(scope, receiver)) {
            call_for(recipients, sender, dispatch, to_owned).map(Some)
        } else {
            let (muted, unmuted): (Vec<&'static ReceiverInfo>, Vec<_>) = recipients
                .iter()
                .copied()
                .partition(|receiver| is_muted(scope, receiver));
            let skipped = muted.iter().filter(|it| it.phase() != Phase::AfterRollback);
            let skipped = skipped.map(|receiver| {
                Watch::of_uncalled(receiver, dispatch).report(RunOutcome::Skipped);
            });
            report.add_skipped(skipped.count());
            if unmuted.is_empty() {
                Ok(None)
            } else {
                call_for(&unmuted, sender, dispatch, to_owned).map(Some)
            }
        };
        let mut owned = owned.unwrap_or_else(|failed| {
            // All receivers of the copy have failed.
            report.add(failed);
            None
        });
        if let (Some(id), Some(owned)) = (dispatch, &mut owned)
            && let Some(owned) = Arc::get_mut(owned)
        {
            owned.set_dispatch_id(id);
        }
        (!report.is_stopped()).then_some(Self {
            send,
            owned,
            #[cfg(feature = "tokio")]
            to_hand_over: 0..receivers.handed_over(is_in_transaction),
        })
    }

    /// Returns the next job for the background.
    #[cfg(feature = "tokio")]
    #[inline]
    pub(super) fn next_job(&mut self) -> Option<Job> {
        let owned = self.owned.as_ref()?;
        let CurrentContext {
            scope, transaction, ..
        } = &self.send.current;
        let scope = scope.as_deref();
        let number = self.to_hand_over.find(|&number| {
            let receiver = owned.receiver(number);
            receiver.is_some_and(|receiver| !is_muted(scope, receiver))
        })?;
        let is_last = self.to_hand_over.is_empty() && transaction.is_none();
        let owned = if is_last {
            self.owned.take()?
        } else {
            Arc::clone(owned)
        };
        let scope = self.send.current.scope.clone();
        Some(Job::new(owned, number, scope))
    }

    /// Adds the remaining receivers to the transaction, or calls them if there is none.
    #[inline]
    pub(super) fn end(
        self,
        report: &mut Report,
        receivers: &DeferredReceivers,
        sender: &dyn Fn() -> Option<String>,
        call: &dyn Fn(usize, &Context) -> Outcome,
    ) {
        let DeferredSend { current, sent, .. } = self.send;
        let CurrentContext {
            scope, transaction, ..
        } = current;
        let Some(transaction) = transaction else {
            if receivers.called().len() == 0 {
                return;
            }
            report.add(call_each(
                receivers.called(),
                &Context::new(scope),
                sender,
                report.dispatch_id(),
                call,
            ));
            return;
        };
        if let (Some(owned), Some(sent)) = (self.owned, sent)
            && waiting_receivers(&*owned, scope.as_deref())
                .next()
                .is_some()
        {
            let pending = vec![Pending::new(sent, owned, scope)];
            report.add(settle(transaction.accept(pending)));
        }
    }
}
