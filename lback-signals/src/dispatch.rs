//! The loop that calls receivers.
//!
//! As long as receivers do their work, a dispatch is an acquire load, two comparisons, and for each
//! receiver a call and a check of what it returned in registers. At the first one that does not, the
//! rest is left to [`slow_path`], out of line; so is all that is sent in a scope or traced. Receivers that
//! are awaited are left to [`concurrent`], those that run later to [`later`].

mod concurrent;
mod deferred;
mod deferred_send;
mod slow_path;

use std::any::Any;
use std::cell::RefCell;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::call::{Deliver, Invoke, InvokeForReply, InvokeUnit, SlowPath, callees};
use crate::connection::Connected;
use crate::context::Context;
use crate::info::any_is_off;
use crate::recursion::{self, Level};
use crate::registry::{Receiver, Registered, Table};
use crate::report::{Exception, Mode, Outcome, Reply, Report, Until};
use crate::trace;

impl<Entry: Registered> Table<Entry> {
    /// Calls the receivers in order.
    #[inline]
    pub fn dispatch<S: Deliver<Entry, Reply = ()>>(
        &'static self,
        signal: &S,
        mode: Mode,
    ) -> Report {
        self.dispatch_by(mode, InvokeUnit(signal))
    }

    /// Calls the receivers in order and collects their replies, all of them or until one answers.
    pub fn dispatch_for_replies<S: Deliver<Entry>>(
        &'static self,
        signal: &S,
        mode: Mode,
        until: Until<S::Reply>,
    ) -> Report<S::Reply> {
        let (report, replies) = self.ask(signal, mode, until);
        report.with_replies(replies)
    }

    fn ask<S: Deliver<Entry>>(
        &'static self,
        signal: &S,
        mode: Mode,
        until: Until<S::Reply>,
    ) -> (Report, Vec<Reply<S::Reply>>) {
        let replies = RefCell::new(Vec::new());
        let invoke = InvokeForReply {
            signal,
            until,
            replies: &replies,
        };
        let report = self.dispatch_by(mode, invoke);
        (report, replies.into_inner())
    }

    #[inline]
    fn dispatch_by(&'static self, mode: Mode, invoke: impl Invoke<Entry>) -> Report {
        let linked = &*self.receivers().now;
        if self.connections().exist() {
            return self.dispatch_to_connected(mode, linked, invoke);
        }
        if linked.is_empty() && !recursion::is_in_scope() {
            return Report::of_delivered(0);
        }
        dispatch_to(mode, linked, &[], invoke)
    }

    /// Out of line, so that a dispatch without a connection or a disabled receiver stays short.
    #[inline(never)]
    fn dispatch_to_connected(
        &self,
        mode: Mode,
        linked: &[Receiver<Entry::Shim>],
        invoke: impl Invoke<Entry>,
    ) -> Report {
        let snapshot = self.connections().snapshot();
        let connected = snapshot.as_slice();
        if any_is_off(self.connections().fast_path_blockers()) {
            return slow_path::dispatch(mode, linked, connected, invoke);
        }
        dispatch_to(mode, linked, connected, invoke)
    }
}

#[expect(
    clippy::inline_always,
    reason = "without connections, nothing of the second loop is left"
)]
#[inline(always)]
fn dispatch_to<Entry: Registered>(
    mode: Mode,
    linked: &[Receiver<Entry::Shim>],
    connected: &[Connected<Entry::Handler>],
    invoke: impl Invoke<Entry>,
) -> Report {
    let level = if trace::is_on() { None } else { Level::enter() };
    let Some(level) = level else {
        return slow_path::dispatch(mode, linked, connected, invoke);
    };
    let context = Context::OUTSIDE;
    let mut waiting = linked.iter();
    let mut waiting_connected = connected.iter();
    // Around all the calls, not around each: a panic is rare.
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        // Any exception will do: whoever looks at it asks first whether this is so.
        let go_on = || {
            if recursion::is_stopped() {
                return Err(Exception::Skipped);
            }
            Ok(())
        };
        for receiver in waiting.by_ref() {
            invoke.function(receiver, context)?;
            go_on()?;
        }
        for Connected { info, handler, .. } in waiting_connected.by_ref() {
            invoke.closure(info, handler, context)?;
            go_on()?;
        }
        Ok(())
    }));
    match outcome {
        Ok(Ok(())) => {
            // There is nothing in it, but its drop glue would be called to find that out.
            mem::forget(outcome);
            level.leave();
            Report::of_delivered(linked.len() + connected.len())
        }
        exception => {
            let waiting = waiting.len() + waiting_connected.len();
            finish(mode, level, linked, connected, waiting, exception, invoke)
        }
    }
}

/// Goes on behind the receiver that has just been called, which came to `outcome`, with those that are
/// still `waiting`.
#[cold]
#[inline(never)]
fn finish<Entry: Registered>(
    mode: Mode,
    level: Level,
    linked: &[Receiver<Entry::Shim>],
    connected: &[Connected<Entry::Handler>],
    waiting: usize,
    outcome: Result<Outcome, Box<dyn Any + Send>>,
    invoke: impl Invoke<Entry>,
) -> Report {
    let sender = || invoke.sender();
    let mut slow_path = SlowPath::new(mode, level, &sender);
    let delivered = linked.len() + connected.len() - waiting - 1;
    slow_path.delivered(delivered);
    let mut waiting = callees(linked, connected).skip(delivered);
    let outcome = waiting
        .next()
        .map(|last| slow_path.note(last.info(), outcome));
    if outcome.is_some_and(|outcome| outcome.is_continue()) {
        let waiting = waiting.map(|callee| (callee.info(), callee));
        slow_path.call_each(waiting, Context::OUTSIDE, |callee, context| {
            invoke.any(&callee, context)
        });
    } else {
        slow_path.leave_unasked(waiting.map(|callee| callee.info()));
    }
    slow_path.into_report()
}
