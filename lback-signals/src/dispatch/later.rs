//! Receivers that run later: in the background, or when a transaction has ended.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::Mode;
use super::callee::Tell;
use super::careful::{Careful, refuse};
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
use crate::registry::{Kind, Receiver, Registered, Table};
use crate::report::Report;
use crate::scope::Frame;
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
        keep: impl FnOnce() -> Kept<Fields, Entry::Shim, Entry::AsyncShim>,
    ) -> Report {
        let report = self.dispatch_by(signal, mode, Tell { function, closure });
        let later = &self.receivers().later;
        if later.is_empty() {
            return report;
        }
        let sender = &|| signal.__sender_model();
        let keep = || -> Arc<dyn Parcel> { Arc::new(keep().addressed_to(later)) };
        dispatch_later(report, later, sender, function, keep)
    }
}

/// Goes on behind the receivers that run now, which came to `report`.
#[cold]
#[inline(never)]
fn dispatch_later<Shim: Copy, AsyncShim>(
    report: Report,
    receivers: &[Receiver<Kind<Shim, AsyncShim>>],
    sender: &dyn Fn() -> Option<String>,
    function: impl Fn(Shim, &Context) -> Outcome,
    keep: impl FnOnce() -> Arc<dyn Parcel>,
) -> Report {
    let begun = Later::begin(report, Ambient::current(), receivers, sender, keep);
    let later = match begun {
        Ok(later) => later,
        Err(report) => return report,
    };
    #[cfg(feature = "tokio")]
    let later = {
        let mut handed_over = Report::of_delivered(0);
        for job in later.jobs() {
            handed_over.add(background::hand_over(job));
        }
        later.with(handed_over)
    };
    later.end(receivers, sender, function)
}

/// What is to be done behind the receivers that run inside `send`.
pub(super) struct Later {
    /// What the dispatch has come to so far.
    report: Report,
    ambient: Ambient,
    /// The copy, if somebody is to have one.
    parcel: Option<Arc<dyn Parcel>>,
}

impl Later {
    /// Copies the signal, if that is needed. A dispatch that has ended is an `Err`.
    pub(super) fn begin<Shim>(
        report: Report,
        ambient: Ambient,
        receivers: &[Receiver<Shim>],
        sender: &dyn Fn() -> Option<String>,
        keep: impl FnOnce() -> Arc<dyn Parcel>,
    ) -> Result<Self, Report> {
        if report.is_vetoed() || report.is_stopped() {
            return Err(report);
        }
        let mut later = Self {
            report,
            ambient,
            parcel: None,
        };
        let infos = || receivers.iter().map(|receiver| receiver.info);
        if let Some(scope) = &later.ambient.scope {
            let muted = infos().filter(|it| later.keeps(it) && scope.mutes(it));
            let missed = muted.filter(|it| it.phase() != Phase::AfterRollback);
            later.report.add_skipped(missed.count());
        }
        let is_kept = |receiver: &&ReceiverInfo| later.keeps(receiver) && !later.mutes(receiver);
        if infos().any(|receiver| is_kept(&receiver)) {
            let kept = infos().filter(is_kept);
            match copy(kept, sender, keep) {
                Ok(parcel) => later.parcel = Some(parcel),
                // Those that would have had it have failed.
                Err(report) if report.is_stopped() => {
                    later.report.add(report);
                    return Err(later.report);
                }
                Err(report) => later.report.add(report),
            }
        }
        Ok(later)
    }

    /// Whether the receiver gets a copy. After the commit, which is at once where there is no
    /// transaction, it takes the signal itself.
    fn keeps(&self, receiver: &ReceiverInfo) -> bool {
        match receiver.phase() {
            Phase::AfterCommit => receiver.is_background() || self.ambient.transaction.is_some(),
            Phase::AfterRollback => self.ambient.transaction.is_some(),
            _ => true,
        }
    }

    fn mutes(&self, receiver: &ReceiverInfo) -> bool {
        let scope = self.ambient.scope.as_ref();
        scope.is_some_and(|scope| scope.mutes(receiver))
    }

    /// What is handed to the background at once.
    #[cfg(feature = "tokio")]
    pub(super) fn jobs(&self) -> impl Iterator<Item = Job> + use<'_> {
        let is_due = |receiver: &ReceiverInfo| match receiver.phase() {
            Phase::Background => true,
            Phase::AfterCommit => receiver.is_background() && self.ambient.transaction.is_none(),
            _ => false,
        };
        let parcel = self.parcel.as_ref();
        parcel.into_iter().flat_map(move |parcel| {
            let receivers = parcel.receivers();
            let due = receivers.filter(move |(_, it)| is_due(it) && !self.mutes(it));
            due.map(|receiver| Job::new(Arc::clone(parcel), receiver, self.ambient.scope.clone()))
        })
    }

    /// Adds what has been done about them.
    #[cfg(feature = "tokio")]
    pub(super) fn with(mut self, report: Report) -> Self {
        self.report.add(report);
        self
    }

    /// Leaves the rest to the transaction, or does it.
    pub(super) fn end<Shim: Copy, AsyncShim>(
        mut self,
        receivers: &[Receiver<Kind<Shim, AsyncShim>>],
        sender: &dyn Fn() -> Option<String>,
        function: impl Fn(Shim, &Context) -> Outcome,
    ) -> Report {
        let Ambient {
            scope, transaction, ..
        } = self.ambient;
        let Some(transaction) = transaction else {
            let due = receivers.iter().filter_map(|receiver| match receiver.shim {
                Kind::Sync(shim) if is_of(receiver.info, Phase::AfterCommit) => {
                    Some((receiver.info, shim))
                }
                _ => None,
            });
            self.report.add(call_each(due, scope, sender, function));
            return self.report;
        };
        if let Some(parcel) = self.parcel
            && due(&*parcel, scope.as_deref()).next().is_some()
        {
            let pending = vec![Pending::new(parcel, scope)];
            self.report.add(transaction.accept(pending));
        }
        self.report
    }
}

/// Whether it is called, when this phase has come.
fn is_of(receiver: &ReceiverInfo, phase: Phase) -> bool {
    receiver.phase() == phase && !receiver.is_background()
}

/// Makes the copy of a signal, which is a user's code, too. If that fails, all that would have had it
/// do.
fn copy(
    receivers: impl Iterator<Item = &'static ReceiverInfo>,
    sender: &dyn Fn() -> Option<String>,
    keep: impl FnOnce() -> Arc<dyn Parcel>,
) -> Result<Arc<dyn Parcel>, Report> {
    let mut receivers = receivers.peekable();
    let Some(&first) = receivers.peek() else {
        return Err(Report::of_delivered(0));
    };
    let Some(level) = Level::enter_in_scope() else {
        return Err(refuse(first, sender));
    };
    let mut careful = Careful::new(Mode::Robust, level, sender);
    match catch_unwind(AssertUnwindSafe(keep)) {
        Ok(parcel) if !recursion::is_stopped() => {
            level.leave();
            return Ok(parcel);
        }
        Ok(_) => {
            // That is why it stops, whatever it is said to have come to.
            let _ = careful.note(first, Ok(Ok(())));
        }
        Err(panic) => {
            // Nobody can have what cannot be copied.
            let message = message_of(panic);
            for receiver in receivers {
                let kind = Box::new(FailureKind::Panic(message.clone()));
                let failed = Err(Undelivered::Failed(kind));
                if careful.note(receiver, Ok(failed)).is_break() {
                    break;
                }
            }
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
        waits && !scope.is_some_and(|scope| scope.mutes(receiver))
    })
}

/// Calls the receivers of this phase with what was kept for them, or hands it to the background.
pub(crate) fn deliver(parcel: &Arc<dyn Parcel>, phase: Phase, scope: Option<Arc<Frame>>) -> Report {
    let mut report = Report::of_delivered(0);
    let due = || due(&**parcel, scope.as_deref()).filter(|(_, it)| it.phase() == phase);
    #[cfg(feature = "tokio")]
    for receiver in due().filter(|(_, receiver)| receiver.is_background()) {
        let job = Job::new(Arc::clone(parcel), receiver, scope.clone());
        report.add(background::hand_over(job));
    }
    let called = due().filter(|(_, receiver)| !receiver.is_background());
    let called: Vec<_> = called
        .map(|(number, receiver)| (receiver, number))
        .collect();
    let sender = &|| parcel.sender();
    report.add(call_each(called, scope, sender, |number, context| {
        parcel.call(number, context)
    }));
    report
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
