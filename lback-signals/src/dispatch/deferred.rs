//! Receivers that run later: in the background, or when a transaction has ended.

#[cfg(feature = "tokio")]
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::deferred_send::DeferredSend;
#[cfg(feature = "tokio")]
use crate::background::{self, Job};
use crate::call::{DeliverOwned, InvokeUnit, SlowPath, call_each, refuse};
use crate::context::{Context, CurrentContext, ErasedSignal, Pending, due, is_muted};
use crate::info::{Phase, ReceiverInfo};
use crate::recursion::{self, Level};
use crate::registry::{DeferredReceivers, Registered, Table};
use crate::report::{Exception, FailureKind, Mode, Outcome, Report, message_of};
use crate::transaction::settle;

impl<Entry: Registered> Table<Entry> {
    /// Calls the receivers in order, and defers those that run later.
    #[inline]
    pub fn dispatch_owned<S: DeliverOwned<Entry>>(&'static self, signal: &S, mode: Mode) -> Report {
        let receivers = self.receivers();
        let runs_later = !receivers.deferred.all().is_empty();
        let sending = runs_later.then(|| DeferredSend::begin(&receivers.deferred));
        let report = self.dispatch_by(mode, InvokeUnit(signal));
        let Some(sending) = sending else {
            return report;
        };
        dispatch_deferred(
            report,
            sending,
            &receivers.deferred,
            &|| signal.__sender_model(),
            &receivers.caller(|shim, context| signal.call(shim, context)),
            &mut || signal.to_owned().into_erased(),
        )
    }
}

/// Goes on behind the receivers that run now, which came to `report`.
///
/// It knows neither the signal nor its receivers by their types, and is compiled once for all.
#[cold]
#[inline(never)]
fn dispatch_deferred(
    mut report: Report,
    sending: DeferredSend,
    receivers: &DeferredReceivers,
    sender: &dyn Fn() -> Option<String>,
    call: &dyn Fn(usize, &Context) -> Outcome,
    keep: &mut dyn FnMut() -> Arc<dyn ErasedSignal>,
) -> Report {
    let begun = Deferred::begin(&mut report, sending, receivers, sender, keep);
    #[cfg(feature = "tokio")]
    let mut begun = begun;
    #[cfg(feature = "tokio")]
    while let Some(job) = begun.as_mut().and_then(Deferred::next_job) {
        report.add_handed_over(background::submit(job));
    }
    if let Some(later) = begun {
        later.end(&mut report, receivers, sender, call);
    }
    report
}

/// What is to be done behind the receivers that run inside `send`.
pub(super) struct Deferred {
    sending: DeferredSend,
    /// The copy, if a receiver gets one.
    owned: Option<Arc<dyn ErasedSignal>>,
    /// The numbers of those that are still to be handed to the background.
    #[cfg(feature = "tokio")]
    to_hand_over: Range<usize>,
}

impl Deferred {
    /// Copies the signal, if that is needed. `None` if the dispatch has ended.
    #[inline]
    pub(super) fn begin(
        report: &mut Report,
        sending: DeferredSend,
        receivers: &DeferredReceivers,
        sender: &dyn Fn() -> Option<String>,
        keep: &mut dyn FnMut() -> Arc<dyn ErasedSignal>,
    ) -> Option<Self> {
        if report.is_vetoed() || report.is_stopped() {
            return None;
        }
        let current = &sending.current;
        let is_in_transaction = current.transaction.is_some();
        let kept = receivers.kept(is_in_transaction);
        let scope = current.scope.as_deref();
        let owned = if kept.is_empty() {
            Ok(None)
        } else if !kept.iter().any(|receiver| is_muted(scope, receiver)) {
            copy(kept, sender, keep).map(Some)
        } else {
            let (muted, heard): (Vec<&ReceiverInfo>, Vec<_>) =
                kept.iter().partition(|receiver| is_muted(scope, receiver));
            let missed = muted.iter().filter(|it| it.phase() != Phase::AfterRollback);
            report.add_skipped(missed.count());
            if heard.is_empty() {
                Ok(None)
            } else {
                copy(&heard, sender, keep).map(Some)
            }
        };
        let owned = owned.unwrap_or_else(|failed| {
            // Those that would have had it have failed.
            report.add(failed);
            None
        });
        (!report.is_stopped()).then_some(Self {
            sending,
            owned,
            #[cfg(feature = "tokio")]
            to_hand_over: 0..receivers.handed_over(is_in_transaction),
        })
    }

    /// The next that is to be handed to the background.
    #[cfg(feature = "tokio")]
    #[inline]
    pub(super) fn next_job(&mut self) -> Option<Job> {
        let owned = self.owned.as_ref()?;
        let CurrentContext {
            scope, transaction, ..
        } = &self.sending.current;
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
        let scope = self.sending.current.scope.clone();
        Some(Job::new(owned, number, scope))
    }

    /// Leaves the rest to the transaction, or does it.
    #[inline]
    pub(super) fn end(
        self,
        report: &mut Report,
        receivers: &DeferredReceivers,
        sender: &dyn Fn() -> Option<String>,
        call: &dyn Fn(usize, &Context) -> Outcome,
    ) {
        let DeferredSend { current, sent, .. } = self.sending;
        let CurrentContext {
            scope, transaction, ..
        } = current;
        let Some(transaction) = transaction else {
            if receivers.called().len() == 0 {
                return;
            }
            report.add(call_each(receivers.called(), scope, sender, call));
            return;
        };
        if let (Some(owned), Some(sent)) = (self.owned, sent)
            && due(&*owned, scope.as_deref()).next().is_some()
        {
            let pending = vec![Pending::new(sent, owned, scope)];
            report.add(settle(transaction.accept(pending)));
        }
    }
}

/// Makes the copy of a signal, which is a user's code, too. If that fails, all that would have had it
/// do.
#[inline]
fn copy(
    receivers: &[&'static ReceiverInfo],
    sender: &dyn Fn() -> Option<String>,
    keep: &mut dyn FnMut() -> Arc<dyn ErasedSignal>,
) -> Result<Arc<dyn ErasedSignal>, Report> {
    let Some(&first) = receivers.first() else {
        return Err(Report::of_delivered(0));
    };
    let Some(level) = Level::enter_in_scope() else {
        return Err(refuse(first, sender));
    };
    let panic = match catch_unwind(AssertUnwindSafe(keep)) {
        Ok(owned) if !recursion::is_stopped() => {
            level.leave();
            return Ok(owned);
        }
        Ok(_) => None,
        Err(panic) => Some(message_of(panic)),
    };
    let mut slow_path = SlowPath::new(Mode::Robust, level, sender);
    // Nobody can have what cannot be copied. Where the copy sends without end, that is why.
    for receiver in receivers {
        let kind = Box::new(FailureKind::Panic(panic.clone().unwrap_or_default()));
        let failed = Err(Exception::Failed(kind));
        if slow_path.note(receiver, Ok(failed)).is_break() {
            break;
        }
    }
    Err(slow_path.into_report())
}
