//! Calls receivers one by one, each under its own guard, and records each outcome.

use std::ops::ControlFlow;

use crate::context::Context;
use crate::info::ReceiverInfo;
use crate::observe::{RunOutcome, Watch};
use crate::recursion::{self, Level};
use crate::report::{DispatchId, Exception, Failure, FailureKind, Mode, Outcome, Report};
use crate::unwind::{self, Payload, drop_guarded};

/// The guarded calls of one dispatch: their counts and failures.
///
/// A dispatch on the fast path continues here at the first receiver that does not succeed.
pub(crate) struct GuardedCalls<'d> {
    mode: Mode,
    level: Level,
    sender: &'d dyn Fn() -> Option<String>,
    /// The number of the dispatch, if it is observed.
    dispatch: Option<DispatchId>,
    delivered: usize,
    skipped: usize,
    failures: Vec<Failure>,
    /// The receivers that are not asked because another one has answered. `None` until then.
    unasked: Option<Vec<&'static ReceiverInfo>>,
}

impl<'d> GuardedCalls<'d> {
    pub(crate) fn new(
        mode: Mode,
        level: Level,
        sender: &'d dyn Fn() -> Option<String>,
        dispatch: Option<DispatchId>,
    ) -> Self {
        Self {
            mode,
            level,
            sender,
            dispatch,
            delivered: 0,
            skipped: 0,
            failures: Vec::new(),
            unasked: None,
        }
    }

    /// Counts receivers that the fast path has called.
    pub(crate) fn add_delivered(&mut self, receivers: usize) {
        self.delivered += receivers;
    }

    /// Calls receivers in order, except those that the scope mutes, until one of them ends the dispatch.
    pub(crate) fn call_each<Callee>(
        &mut self,
        mut callees: impl Iterator<Item = (&'static ReceiverInfo, Callee)>,
        context: &Context,
        call: impl Fn(Callee, &Context) -> Outcome,
    ) {
        for (info, callee) in callees.by_ref() {
            if context.mutes(info) {
                self.skipped += 1;
                Watch::of_uncalled(info, self.dispatch).report(RunOutcome::Skipped);
                continue;
            }
            let watch = Watch::begin(info, self.dispatch);
            let outcome = unwind::catch(|| {
                let _watched = watch.enter();
                call(callee, context)
            });
            if self.record_outcome(info, watch, outcome).is_break() {
                break;
            }
        }
        let unasked = callees.map(|(info, _)| info);
        self.record_unasked(unasked.filter(|info| !context.mutes(info)));
    }

    /// Records the receivers that are not called, if an answer has ended the dispatch.
    pub(crate) fn record_unasked(
        &mut self,
        receivers: impl IntoIterator<Item = &'static ReceiverInfo>,
    ) {
        if let Some(unasked) = &mut self.unasked {
            unasked.extend(receivers);
        }
    }

    /// Calls the capture of a scope. The report contains it only if it panics or exceeds the recursion limit.
    pub(crate) fn call_capture(
        &mut self,
        capture: &'static ReceiverInfo,
        record: impl FnOnce() -> Outcome,
    ) -> ControlFlow<()> {
        match unwind::catch(record) {
            Ok(_) if !recursion::is_stopped() => ControlFlow::Continue(()),
            // A capture returns `Skipped`, which is not counted.
            Ok(_) => self.stop(capture, Watch::NONE),
            panic => self.record_outcome(capture, Watch::NONE, panic),
        }
    }

    /// Records the outcome of a receiver, and returns whether the dispatch continues.
    pub(crate) fn record_outcome(
        &mut self,
        receiver: &'static ReceiverInfo,
        mut watch: Watch,
        outcome: Result<Outcome, Payload>,
    ) -> ControlFlow<()> {
        watch.stop();
        if recursion::is_stopped() {
            // The chain says more than what the receiver returns after the refusal.
            drop_guarded(outcome);
            return self.stop(receiver, watch);
        }
        match outcome {
            Ok(Ok(()) | Err(Exception::Unanswered)) => {
                self.delivered += 1;
                watch.report(RunOutcome::Succeeded);
            }
            Ok(Err(Exception::Skipped)) => {
                self.skipped += 1;
                watch.report(RunOutcome::Skipped);
            }
            Ok(Err(Exception::Answered)) => {
                self.delivered += 1;
                watch.report(RunOutcome::Succeeded);
                self.unasked = Some(Vec::new());
                return ControlFlow::Break(());
            }
            Ok(Err(Exception::Failed(kind))) => self.fail(receiver, watch, *kind),
            Err(panic) => self.fail(receiver, watch, FailureKind::from_panic(panic)),
        }
        if recursion::is_stopped() {
            // The failure hook or the observer has exceeded the recursion limit.
            return self.stop(receiver, Watch::NONE);
        }
        if self.is_vetoed() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }

    fn is_vetoed(&self) -> bool {
        self.mode == Mode::Strict && !self.failures.is_empty()
    }

    /// Ends the dispatch, because a nested dispatch was refused.
    fn stop(&mut self, receiver: &'static ReceiverInfo, watch: Watch) -> ControlFlow<()> {
        let recursion = recursion::extend_chain(receiver);
        self.fail(receiver, watch, FailureKind::Recursion(recursion));
        ControlFlow::Break(())
    }

    pub(crate) fn into_report(self) -> Report {
        self.level.end();
        let mut report = Report::new(self.delivered, self.skipped, self.failures);
        report.add_unasked(self.unasked.unwrap_or_default());
        match self.mode {
            Mode::Robust => report,
            Mode::Strict => report.vetoed(),
        }
    }

    fn fail(&mut self, receiver: &'static ReceiverInfo, mut watch: Watch, kind: FailureKind) {
        // All dispatches of a recursion report it. The outermost announces it, with the whole chain.
        let is_announced = !matches!(kind, FailureKind::Recursion(_)) || self.level.is_outermost();
        let failure = Failure::new(receiver, (self.sender)(), kind);
        if self.mode == Mode::Robust && is_announced {
            failure.announce();
        }
        watch.report(RunOutcome::Failed(failure.kind()));
        self.failures.push(failure);
    }
}

/// Returns the report of a dispatch that is refused because of the recursion limit.
#[cold]
#[inline(never)]
pub(crate) fn refuse(first: &'static ReceiverInfo, sender: &dyn Fn() -> Option<String>) -> Report {
    // User code that formats the sender may send signals, so a stopped chain does not call it.
    let was_stopped = recursion::is_stopped();
    let recursion = recursion::refuse(first);
    let sender = if was_stopped { None } else { sender() };
    let failure = Failure::new(first, sender, FailureKind::Recursion(recursion));
    // Only `try_send` looks at the veto.
    Report::new(0, 0, vec![failure]).vetoed()
}

/// Calls receivers that cannot veto.
pub(crate) fn call_each<Callee>(
    receivers: impl IntoIterator<Item = (&'static ReceiverInfo, Callee)>,
    context: &Context,
    sender: &dyn Fn() -> Option<String>,
    dispatch: Option<DispatchId>,
    call: impl Fn(Callee, &Context) -> Outcome,
) -> Report {
    let mut receivers = receivers.into_iter().peekable();
    let Some((first, _)) = receivers.peek() else {
        return Report::of_delivered(0);
    };
    let Some(level) = Level::enter() else {
        return refuse(first, sender);
    };
    let mut calls = GuardedCalls::new(Mode::Robust, level, sender, dispatch);
    calls.call_each(receivers, context, call);
    calls.into_report()
}
