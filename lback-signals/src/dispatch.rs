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

use crate::call::{Invoke, InvokeForReply, InvokeUnit, SlowPath, callees};
use crate::connection::Connected;
use crate::context::Context;
use crate::info::any_is_off;
use crate::recursion::{self, Level};
use crate::registry::{Receiver, Registered, Table};
use crate::report::{Exception, Mode, Outcome, Reply, Report, Until};
use crate::signal::Signal;
use crate::trace;

impl<Entry: Registered> Table<Entry> {
    /// Calls the receivers in order. `function` hands the signal to a linked one, `closure` to one
    /// that is connected.
    #[inline]
    pub fn dispatch(
        &'static self,
        signal: &impl Signal,
        mode: Mode,
        function: impl Fn(Entry::Shim, &Context) -> Outcome + Copy,
        closure: impl Fn(&Entry::Handler, &Context) -> Outcome + Copy,
    ) -> Report {
        self.dispatch_by(signal, mode, InvokeUnit { function, closure })
    }

    /// The same for a signal that is answered. A closure gives `None` where what the signal is
    /// answered with borrows from it.
    pub fn dispatch_for_replies<R>(
        &'static self,
        signal: &impl Signal,
        mode: Mode,
        until: Until<R>,
        function: impl Fn(Entry::Shim, &Context) -> Outcome<R> + Copy,
        closure: impl Fn(&Entry::Handler, &Context) -> Outcome<Option<R>> + Copy,
    ) -> Report<R> {
        let (report, replies) = self.ask(signal, mode, until, function, closure);
        report.with_replies(replies)
    }

    fn ask<R>(
        &'static self,
        signal: &impl Signal,
        mode: Mode,
        until: Until<R>,
        function: impl Fn(Entry::Shim, &Context) -> Outcome<R> + Copy,
        closure: impl Fn(&Entry::Handler, &Context) -> Outcome<Option<R>> + Copy,
    ) -> (Report, Vec<Reply<R>>) {
        let replies = RefCell::new(Vec::new());
        let ask = InvokeForReply {
            function,
            closure,
            until,
            replies: &replies,
        };
        let report = self.dispatch_by(signal, mode, ask);
        (report, replies.into_inner())
    }

    #[inline]
    fn dispatch_by(
        &'static self,
        signal: &impl Signal,
        mode: Mode,
        invoke: impl Invoke<Entry>,
    ) -> Report {
        let linked = &*self.receivers().now;
        if self.connections().exist() {
            return self.dispatch_to_connected(signal, mode, linked, invoke);
        }
        if linked.is_empty() && !recursion::is_in_scope() {
            return Report::of_delivered(0);
        }
        dispatch_to(signal, mode, linked, &[], invoke)
    }

    /// Out of line, so that a dispatch without a connection or a disabled receiver stays short.
    #[inline(never)]
    fn dispatch_to_connected(
        &self,
        signal: &impl Signal,
        mode: Mode,
        linked: &[Receiver<Entry::Shim>],
        invoke: impl Invoke<Entry>,
    ) -> Report {
        let snapshot = self.connections().snapshot();
        let connected = snapshot.as_slice();
        if any_is_off(self.connections().detours()) {
            return slow_path::dispatch(signal, mode, linked, connected, invoke);
        }
        dispatch_to(signal, mode, linked, connected, invoke)
    }
}

#[expect(
    clippy::inline_always,
    reason = "without connections, nothing of the second loop is left"
)]
#[inline(always)]
fn dispatch_to<Entry: Registered>(
    signal: &impl Signal,
    mode: Mode,
    linked: &[Receiver<Entry::Shim>],
    connected: &[Connected<Entry::Handler>],
    invoke: impl Invoke<Entry>,
) -> Report {
    let level = if trace::is_on() { None } else { Level::enter() };
    let Some(level) = level else {
        return slow_path::dispatch(signal, mode, linked, connected, invoke);
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
            finish(
                signal, mode, level, linked, connected, waiting, exception, invoke,
            )
        }
    }
}

/// Goes on behind the receiver that has just been called, which came to `outcome`, with those that are
/// still `waiting`.
#[expect(
    clippy::too_many_arguments,
    reason = "they are registers of the good path, which is to have no structs of them"
)]
#[cold]
#[inline(never)]
fn finish<Entry: Registered>(
    signal: &impl Signal,
    mode: Mode,
    level: Level,
    linked: &[Receiver<Entry::Shim>],
    connected: &[Connected<Entry::Handler>],
    waiting: usize,
    outcome: Result<Outcome, Box<dyn Any + Send>>,
    invoke: impl Invoke<Entry>,
) -> Report {
    let sender = || signal.__sender_model();
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
