//! Receivers that run later: in the background, or when a transaction has ended.

#[cfg(feature = "tokio")]
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::Mode;
use super::callee::Tell;
use super::careful::{Careful, refuse};
use super::sending::Sending;
use crate::ambient::Ambient;
#[cfg(feature = "tokio")]
use crate::background::{self, Job};
use crate::delivery::{Outcome, Undelivered};
use crate::extract::Context;
use crate::failure::{FailureKind, message_of};
use crate::parcel::{Kept, Parcel};
use crate::phase::Phase;
use crate::receiver_info::ReceiverInfo;
use crate::recursion::{self, Level};
use crate::registry::{LaterReceivers, Registered, Table};
use crate::report::Report;
use crate::scope::{Frame, is_muted};
use crate::signal::Signal;
use crate::transaction::Pending;

impl<Entry: Registered> Table<Entry> {
    /// Calls the receivers in order, and sees to those that run later.
    ///
    /// `keep` makes a copy of the signal.
    #[inline]
    pub fn dispatch_owned<Fields: Send + Sync + 'static>(
        &'static self,
        signal: &impl Signal,
        mode: Mode,
        function: impl Fn(Entry::Shim, &Context) -> Outcome + Copy,
        closure: impl Fn(&Entry::Handler, &Context) -> Outcome + Copy,
        keep: impl Fn() -> Kept<Fields, Entry::Shim, Entry::AsyncShim>,
    ) -> Report {
        let receivers = self.receivers();
        let runs_later = !receivers.later.all().is_empty();
        let sending = runs_later.then(|| Sending::begin(&receivers.later));
        let report = self.dispatch_by(signal, mode, Tell { function, closure });
        let Some(sending) = sending else {
            return report;
        };
        dispatch_later(
            report,
            sending,
            &receivers.later,
            &|| signal.__sender_model(),
            &receivers.caller(function),
            &mut || Arc::new(keep().addressed_to(receivers)),
        )
    }
}

/// Goes on behind the receivers that run now, which came to `report`.
///
/// It knows neither the signal nor its receivers by their types, and is compiled once for all.
#[cold]
#[inline(never)]
fn dispatch_later(
    mut report: Report,
    sending: Sending,
    receivers: &LaterReceivers,
    sender: &dyn Fn() -> Option<String>,
    call: &dyn Fn(usize, &Context) -> Outcome,
    keep: &mut dyn FnMut() -> Arc<dyn Parcel>,
) -> Report {
    let begun = Later::begin(&mut report, sending, receivers, sender, keep);
    #[cfg(feature = "tokio")]
    let mut begun = begun;
    #[cfg(feature = "tokio")]
    while let Some(job) = begun.as_mut().and_then(Later::next_job) {
        report.add_handed_over(background::submit(job));
    }
    if let Some(later) = begun {
        later.end(&mut report, receivers, sender, call);
    }
    report
}

/// What is to be done behind the receivers that run inside `send`.
pub(super) struct Later {
    sending: Sending,
    /// The copy, if a receiver gets one.
    parcel: Option<Arc<dyn Parcel>>,
    /// The numbers of those that are still to be handed to the background.
    #[cfg(feature = "tokio")]
    to_hand_over: Range<usize>,
}

impl Later {
    /// Copies the signal, if that is needed. `None` if the dispatch has ended.
    #[inline]
    pub(super) fn begin(
        report: &mut Report,
        sending: Sending,
        receivers: &LaterReceivers,
        sender: &dyn Fn() -> Option<String>,
        keep: &mut dyn FnMut() -> Arc<dyn Parcel>,
    ) -> Option<Self> {
        if report.is_vetoed() || report.is_stopped() {
            return None;
        }
        let ambient = &sending.ambient;
        let is_in_transaction = ambient.transaction.is_some();
        let kept = receivers.kept(is_in_transaction);
        let scope = ambient.scope.as_deref();
        let parcel = if kept.is_empty() {
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
        let parcel = parcel.unwrap_or_else(|failed| {
            // Those that would have had it have failed.
            report.add(failed);
            None
        });
        (!report.is_stopped()).then_some(Self {
            sending,
            parcel,
            #[cfg(feature = "tokio")]
            to_hand_over: 0..receivers.handed_over(is_in_transaction),
        })
    }

    /// The next that is to be handed to the background.
    #[cfg(feature = "tokio")]
    #[inline]
    pub(super) fn next_job(&mut self) -> Option<Job> {
        let parcel = self.parcel.as_ref()?;
        let Ambient {
            scope, transaction, ..
        } = &self.sending.ambient;
        let scope = scope.as_deref();
        let number = self.to_hand_over.find(|&number| {
            let receiver = parcel.receiver(number);
            receiver.is_some_and(|receiver| !is_muted(scope, receiver))
        })?;
        let is_last = self.to_hand_over.is_empty() && transaction.is_none();
        let parcel = if is_last {
            self.parcel.take()?
        } else {
            Arc::clone(parcel)
        };
        let scope = self.sending.ambient.scope.clone();
        Some(Job::new(parcel, number, scope))
    }

    /// Leaves the rest to the transaction, or does it.
    #[inline]
    pub(super) fn end(
        self,
        report: &mut Report,
        receivers: &LaterReceivers,
        sender: &dyn Fn() -> Option<String>,
        call: &dyn Fn(usize, &Context) -> Outcome,
    ) {
        let Sending { ambient, sent, .. } = self.sending;
        let Ambient {
            scope, transaction, ..
        } = ambient;
        let Some(transaction) = transaction else {
            if receivers.called().len() == 0 {
                return;
            }
            report.add(call_each(receivers.called(), scope, sender, call));
            return;
        };
        if let (Some(parcel), Some(sent)) = (self.parcel, sent)
            && due(&*parcel, scope.as_deref()).next().is_some()
        {
            let pending = vec![Pending::new(sent, parcel, scope)];
            report.add(transaction.accept(pending));
        }
    }
}

/// Makes the copy of a signal, which is a user's code, too. If that fails, all that would have had it
/// do.
#[inline]
fn copy(
    receivers: &[&'static ReceiverInfo],
    sender: &dyn Fn() -> Option<String>,
    keep: &mut dyn FnMut() -> Arc<dyn Parcel>,
) -> Result<Arc<dyn Parcel>, Report> {
    let Some(&first) = receivers.first() else {
        return Err(Report::of_delivered(0));
    };
    let Some(level) = Level::enter_in_scope() else {
        return Err(refuse(first, sender));
    };
    let panic = match catch_unwind(AssertUnwindSafe(keep)) {
        Ok(parcel) if !recursion::is_stopped() => {
            level.leave();
            return Ok(parcel);
        }
        Ok(_) => None,
        Err(panic) => Some(message_of(panic)),
    };
    let mut careful = Careful::new(Mode::Robust, level, sender);
    // Nobody can have what cannot be copied. Where the copy sends without end, that is why.
    for receiver in receivers {
        let kind = Box::new(FailureKind::Panic(panic.clone().unwrap_or_default()));
        let failed = Err(Undelivered::Failed(kind));
        if careful.note(receiver, Ok(failed)).is_break() {
            break;
        }
    }
    Err(careful.into_report())
}

/// The receivers that wait for the end of a transaction, with their numbers.
pub(crate) fn due(
    parcel: &dyn Parcel,
    scope: Option<&Frame>,
) -> impl Iterator<Item = (usize, &'static ReceiverInfo)> {
    parcel.receivers().filter(move |(_, receiver)| {
        let waits = matches!(receiver.phase(), Phase::AfterCommit | Phase::AfterRollback);
        waits && !is_muted(scope, receiver)
    })
}

/// Hands the receivers of this phase that run in the background what was kept for them.
#[cfg(feature = "tokio")]
pub(crate) fn hand_over(
    parcel: &Arc<dyn Parcel>,
    phase: Phase,
    scope: Option<&Arc<Frame>>,
) -> Report {
    let mut report = Report::of_delivered(0);
    let due = due(&**parcel, scope.map(Arc::as_ref)).filter(|(_, it)| it.phase() == phase);
    for (number, _) in due.filter(|(_, receiver)| receiver.is_background()) {
        let job = Job::new(Arc::clone(parcel), number, scope.cloned());
        report.add_handed_over(background::submit(job));
    }
    report
}

/// Calls the other receivers of this phase with what was kept for them.
pub(crate) fn deliver(parcel: &Arc<dyn Parcel>, phase: Phase, scope: Option<Arc<Frame>>) -> Report {
    let due = due(&**parcel, scope.as_deref()).filter(|(_, it)| it.phase() == phase);
    let called = due.filter(|(_, receiver)| !receiver.is_background());
    let called: Vec<_> = called
        .map(|(number, receiver)| (receiver, number))
        .collect();
    let sender = &|| parcel.sender();
    call_each(called, scope, sender, |number, context| {
        parcel.call(number, context)
    })
}

/// Calls receivers, whose failures veto nothing.
pub(crate) fn call_each<Callee>(
    receivers: impl IntoIterator<Item = (&'static ReceiverInfo, Callee)>,
    scope: Option<Arc<Frame>>,
    sender: &dyn Fn() -> Option<String>,
    call: impl Fn(Callee, &Context) -> Outcome,
) -> Report {
    let mut receivers = receivers.into_iter().peekable();
    let Some((first, _)) = receivers.peek() else {
        return Report::of_delivered(0);
    };
    let Some(level) = Level::enter_in_scope() else {
        return refuse(first, sender);
    };
    let context = Context::new(scope);
    let mut careful = Careful::new(Mode::Robust, level, sender);
    careful.call_each(receivers, &context, call);
    careful.into_report()
}
