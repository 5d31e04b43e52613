//! Receivers that run when a transaction has ended.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

use super::Mode;
use super::callee::Tell;
use super::careful::{Careful, refuse};
use crate::ambient::Ambient;
use crate::delivery::{Outcome, Undelivered};
use crate::extract::Context;
use crate::failure::{FailureKind, message_of};
use crate::phase::Phase;
use crate::quiet::{drop_quietly, unless_it_panics};
use crate::receiver_info::ReceiverInfo;
use crate::recursion::{self, Level};
use crate::registry::{Receiver, Registered, Table};
use crate::report::Report;
use crate::scope::Frame;
use crate::signal::Signal;
use crate::transaction::{Parcel, Pending};

/// A signal that is kept, while it is lent to a receiver.
// Not public API. Implemented by generated code.
#[doc(hidden)]
pub trait Lent<Shim> {
    /// Calls the receiver.
    ///
    /// # Errors
    ///
    /// What its shim makes of it.
    fn deliver(&self, shim: Shim, context: &Context) -> Outcome;

    /// Which model the sender is, if it is one.
    fn sender_model(&self) -> Option<String>;
}

impl<Entry: Registered> Table<Entry> {
    /// Calls the receivers in order, and sees to those that run later.
    ///
    /// `keep` makes a copy of the signal, which lends itself to whoever asks.
    #[inline]
    pub fn dispatch_owned<K>(
        &'static self,
        signal: &impl Signal,
        mode: Mode,
        function: impl Fn(Entry::Shim, &Context) -> Outcome + Copy,
        closure: impl Fn(&Entry::Handler, &Context) -> Outcome + Copy,
        keep: impl FnOnce() -> K,
    ) -> Report
    where
        K: Fn(&mut dyn FnMut(&dyn Lent<Entry::Shim>)) + Send + Sync + 'static,
    {
        let report = self.dispatch_by(signal, mode, Tell { function, closure });
        let later = &self.receivers().later;
        if later.is_empty() {
            return report;
        }
        dispatch_later(signal, report, later, function, keep)
    }
}

/// Goes on behind the receivers that run now, which came to `report`.
#[cold]
#[inline(never)]
fn dispatch_later<Shim: Copy + Send + Sync + 'static, K>(
    signal: &impl Signal,
    mut report: Report,
    receivers: &'static [Receiver<Shim>],
    function: impl Fn(Shim, &Context) -> Outcome,
    keep: impl FnOnce() -> K,
) -> Report
where
    K: Fn(&mut dyn FnMut(&dyn Lent<Shim>)) + Send + Sync + 'static,
{
    if report.is_vetoed() || report.is_stopped() {
        return report;
    }
    let sender = &|| signal.__sender_model();
    let Ambient { scope, transaction } = Ambient::current();
    let Some(transaction) = transaction else {
        let due = of_phase(receivers, Phase::AfterCommit);
        report.add(call_each(due, scope, sender, |receiver, context| {
            function(receiver.shim, context)
        }));
        return report;
    };

    let muted = |receiver: &Receiver<Shim>| {
        let scope = scope.as_ref();
        scope.is_some_and(|scope| scope.mutes(receiver.info))
    };
    let due = of_phase(receivers, Phase::AfterCommit);
    report.add_skipped(due.filter(|receiver| muted(receiver)).count());
    let receivers: Vec<_> = receivers
        .iter()
        .filter(|receiver| !muted(receiver))
        .collect();
    let Some(first) = receivers.first() else {
        return report;
    };
    // What copies the signal is a user's code, too.
    let Some(level) = Level::enter_in_scope() else {
        report.add(refuse(first.info, sender));
        return report;
    };
    let mut careful = Careful::new(Mode::Robust, level, sender);
    match catch_unwind(AssertUnwindSafe(keep)) {
        Ok(signal) if !recursion::is_stopped() => {
            report.add(careful.into_report());
            let parcel = Box::new(Kept { signal, receivers });
            report.add(transaction.accept(vec![Pending::new(parcel, scope)]));
        }
        Ok(_) => {
            // That is why it stops, whatever it is said to have come to.
            let _ = careful.note(first.info, Ok(Ok(())));
            report.add(careful.into_report());
        }
        Err(panic) => {
            // Nobody can have what cannot be copied.
            let message = message_of(panic);
            for receiver in &receivers {
                let kind = Box::new(FailureKind::Panic(message.clone()));
                let failed = Err(Undelivered::Failed(kind));
                if careful.note(receiver.info, Ok(failed)).is_break() {
                    break;
                }
            }
            report.add(careful.into_report());
        }
    }
    report
}

fn of_phase<'r, Shim: 'r>(
    receivers: impl IntoIterator<Item = &'r Receiver<Shim>>,
    phase: Phase,
) -> impl Iterator<Item = &'r Receiver<Shim>> {
    let receivers = receivers.into_iter();
    receivers.filter(move |receiver| receiver.info.phase() == phase)
}

/// Calls receivers, whose failures veto nothing.
fn call_each<'r, Shim: 'r>(
    receivers: impl IntoIterator<Item = &'r Receiver<Shim>>,
    scope: Option<Arc<Frame>>,
    sender: &dyn Fn() -> Option<String>,
    call: impl Fn(&Receiver<Shim>, &Context) -> Outcome,
) -> Report {
    let mut receivers = receivers.into_iter().peekable();
    let Some(first) = receivers.peek() else {
        return Report::of_delivered(0);
    };
    let Some(level) = Level::enter_in_scope() else {
        return refuse(first.info, sender);
    };
    let context = Context::new(scope);
    let mut careful = Careful::new(Mode::Robust, level, sender);
    let receivers = receivers.map(|receiver| (receiver.info, receiver));
    careful.call_each(receivers, &context, call);
    careful.into_report()
}

/// A copy of a signal, and the receivers that it is for.
struct Kept<Shim: 'static, K> {
    signal: K,
    receivers: Vec<&'static Receiver<Shim>>,
}

impl<Shim: Copy + Send + Sync, K> Parcel for Kept<Shim, K>
where
    K: Fn(&mut dyn FnMut(&dyn Lent<Shim>)) + Send + Sync,
{
    fn receivers(&self) -> Vec<&'static ReceiverInfo> {
        self.receivers
            .iter()
            .map(|receiver| receiver.info)
            .collect()
    }

    fn sender(&self) -> Option<String> {
        let mut sender = None;
        unless_it_panics(|| (self.signal)(&mut |signal| sender = signal.sender_model()));
        sender
    }

    fn deliver(&self, phase: Phase, scope: Option<Arc<Frame>>) -> Report {
        let due = of_phase(self.receivers.iter().copied(), phase);
        let sender = &|| self.sender();
        call_each(due, scope, sender, |receiver, context| {
            let mut outcome = None;
            let lent = catch_unwind(AssertUnwindSafe(|| {
                (self.signal)(&mut |signal| {
                    let deliver = || signal.deliver(receiver.shim, context);
                    outcome = Some(catch_unwind(AssertUnwindSafe(deliver)));
                });
            }));
            let Some(outcome) = outcome else {
                match lent {
                    Err(panic) => resume_unwind(panic),
                    Ok(()) => unreachable!("a signal that is kept lends itself"),
                }
            };
            // The receiver has been called, even if what it was lent panics when it is dropped.
            drop_quietly(lent);
            outcome.unwrap_or_else(|panic| resume_unwind(panic))
        })
    }
}
