//! The loop that calls receivers.
//!
//! As long as receivers do their work, a dispatch is an acquire load, a comparison of the depth,
//! and for each receiver a call and a check of what it returned in registers. At the first one
//! that does not, the rest is left to [`Careful`], out of line.

use std::any::Any;
use std::cell::RefCell;
use std::mem;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::delivery::{Outcome, Undelivered};
use crate::extract::Context;
use crate::failure::{Failure, FailureKind, drop_quietly};
use crate::receiver_info::ReceiverInfo;
use crate::recursion::{self, Level};
use crate::registry::{Receiver, Registered, Table};
use crate::report::Report;
use crate::signal::Signal;

/// What a failing receiver means for those after it.
// Not public API. Used by generated code.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// They run: `send`.
    Robust,
    /// They do not: `try_send`.
    Strict,
}

impl<Entry: Registered> Table<Entry> {
    /// Calls the receivers in order; `call` hands the signal to one of them.
    #[inline]
    pub fn dispatch(
        &self,
        signal: &impl Signal,
        mode: Mode,
        call: impl Fn(Entry::Shim, &Context) -> Outcome + Copy,
    ) -> Report {
        self.dispatch_each(signal, mode, move |receiver, context| {
            call(receiver.shim, context)
        })
    }

    /// The same for a signal that is answered.
    pub fn dispatch_for_replies<R>(
        &self,
        signal: &impl Signal,
        mode: Mode,
        call: impl Fn(Entry::Shim, &Context) -> Outcome<R>,
    ) -> Report<R> {
        let replies = RefCell::new(Vec::new());
        let report = self.dispatch_each(signal, mode, |receiver, context| {
            let reply = call(receiver.shim, context)?;
            // One that is being stopped has failed, whatever it returns.
            if !recursion::is_stopped() {
                replies.borrow_mut().push((receiver.info, reply));
            }
            Ok(())
        });
        report.with_replies(replies.into_inner())
    }

    #[inline]
    fn dispatch_each(
        &self,
        signal: &impl Signal,
        mode: Mode,
        call: impl Fn(&Receiver<Entry::Shim>, &Context) -> Outcome + Copy,
    ) -> Report {
        let receivers = self.receivers();
        let Some(first) = receivers.first() else {
            return Report::of_delivered(0);
        };
        let Some(level) = Level::enter() else {
            return refuse(first.info, signal);
        };
        let context = &Context::new();
        let mut waiting = receivers.iter();
        // Around all the calls, not around each: a panic is rare.
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            for receiver in waiting.by_ref() {
                call(receiver, context)?;
                if recursion::is_stopped() {
                    // Any exception will do: whoever looks at it asks first whether this is so.
                    return Err(Undelivered::Skipped);
                }
            }
            Ok(())
        }));
        match outcome {
            Ok(Ok(())) => {
                // There is nothing in it, but its drop glue would be called to find that out.
                mem::forget(outcome);
                level.leave();
                Report::of_delivered(receivers.len())
            }
            exception => {
                let called = receivers.len() - waiting.len();
                finish(
                    signal,
                    mode,
                    level,
                    receivers,
                    called,
                    exception,
                    move |receiver| call(receiver, context),
                )
            }
        }
    }
}

/// Goes on behind the receiver that has just been called, the last of those `called`, which came
/// to `outcome`.
#[cold]
#[inline(never)]
fn finish<Shim>(
    signal: &impl Signal,
    mode: Mode,
    level: Level,
    receivers: &[Receiver<Shim>],
    called: usize,
    mut outcome: Result<Outcome, Box<dyn Any + Send>>,
    call: impl Fn(&Receiver<Shim>) -> Outcome,
) -> Report {
    let mut careful = Careful {
        mode,
        level,
        sender: &|| signal.__sender_model(),
        delivered: called - 1,
        skipped: 0,
        failures: Vec::new(),
    };
    let mut receiver = &receivers[called - 1];
    let mut waiting = receivers[called..].iter();
    while careful.note(receiver.info, outcome).is_continue() {
        let Some(next) = waiting.next() else { break };
        receiver = next;
        outcome = catch_unwind(AssertUnwindSafe(|| call(next)));
    }
    careful.into_report()
}

/// A dispatch in which not every receiver simply did its work.
struct Careful<'d> {
    mode: Mode,
    level: Level,
    sender: &'d dyn Fn() -> Option<String>,
    delivered: usize,
    skipped: usize,
    failures: Vec<Failure>,
}

impl Careful<'_> {
    /// Notes what a receiver came to, and says whether those after it are called.
    fn note(
        &mut self,
        receiver: &'static ReceiverInfo,
        outcome: Result<Outcome, Box<dyn Any + Send>>,
    ) -> ControlFlow<()> {
        if recursion::is_stopped() {
            // What the receiver made of the refusal says less than the chain does.
            drop_quietly(outcome);
            return self.stop(receiver);
        }
        match outcome {
            Ok(Ok(())) => self.delivered += 1,
            Ok(Err(Undelivered::Skipped)) => self.skipped += 1,
            Ok(Err(Undelivered::Failed(kind))) => self.fail(receiver, *kind),
            Err(panic) => self.fail(receiver, FailureKind::from_panic(panic)),
        }
        if recursion::is_stopped() {
            // The hook has sent signals without end.
            return self.stop(receiver);
        }
        match self.mode {
            Mode::Strict if !self.failures.is_empty() => ControlFlow::Break(()),
            Mode::Strict | Mode::Robust => ControlFlow::Continue(()),
        }
    }

    /// Ends the dispatch, since one inside it was refused.
    fn stop(&mut self, receiver: &'static ReceiverInfo) -> ControlFlow<()> {
        let recursion = recursion::extend_chain(receiver);
        self.fail(receiver, FailureKind::Recursion(recursion));
        ControlFlow::Break(())
    }

    fn into_report(self) -> Report {
        if recursion::is_stopped() {
            self.level.leave_stopped();
        } else {
            self.level.leave();
        }
        Report::new(self.delivered, self.skipped, self.failures)
    }

    fn fail(&mut self, receiver: &'static ReceiverInfo, kind: FailureKind) {
        // All dispatches of a recursion report it; the outermost knows the whole chain.
        let is_news = !matches!(kind, FailureKind::Recursion(_)) || self.level.is_outermost();
        let failure = Failure::new(receiver, (self.sender)(), kind);
        if self.mode == Mode::Robust && is_news {
            failure.announce();
        }
        self.failures.push(failure);
    }
}

/// The report of a dispatch that is not begun, since too many are running.
#[cold]
#[inline(never)]
fn refuse(first: &'static ReceiverInfo, signal: &impl Signal) -> Report {
    // What is asked for its name may send in turn: nobody is asked while a chain is being stopped.
    let was_stopped = recursion::is_stopped();
    let recursion = recursion::refuse(first);
    let sender = if was_stopped {
        None
    } else {
        signal.__sender_model()
    };
    let failure = Failure::new(first, sender, FailureKind::Recursion(recursion));
    Report::new(0, 0, vec![failure])
}
