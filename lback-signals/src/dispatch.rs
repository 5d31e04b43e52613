//! The dispatch of a signal to its receivers.
//!
//! The fast path is three atomic loads, a check of the depth, and for each receiver a call and a check of its
//! outcome. At the first receiver that does not succeed, [`finish`] calls the remaining ones, each under its own
//! guard. A dispatch that is traced or observed, in a scope, at the recursion limit or has a disabled receiver starts in
//! [`slow_path`]. [`concurrent`] awaits `async fn` receivers, and [`deferred`] handles receivers that run later.

mod concurrent;
mod deferred;
#[cfg(feature = "durable")]
mod durable;
mod slow_path;
#[cfg(not(feature = "durable"))]
mod without_durable;

use std::cell::RefCell;
use std::mem;

use crate::call::{Callees, Deliver, GuardedCalls, Invoke, InvokeForReply, InvokeUnit};
use crate::connection::Connected;
use crate::context::Context;
use crate::info::guards_each_call;
use crate::observe::Watch;
use crate::recursion::{self, Level};
use crate::registry::{Receiver, Registered, Table};
use crate::report::{Exception, Mode, Outcome, ReplyOf, Report, Until};
use crate::trace;
use crate::unwind::{self, Payload};

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

    /// Calls the receivers in order and collects their replies: all of them, or only the first answer.
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
    ) -> (Report, Vec<ReplyOf<S::Reply>>) {
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
        let fast_path_blockers = self.connections().fast_path_blockers();
        if linked.is_empty() && fast_path_blockers == 0 && !recursion::is_in_scope() {
            return Report::of_delivered(0);
        }
        if fast_path_blockers == 0 {
            dispatch_to_linked(mode, linked, invoke)
        } else {
            self.dispatch_to_connected(mode, linked, fast_path_blockers, invoke)
        }
    }

    /// Out of line, so that a dispatch without a connection or a disabled receiver stays short.
    #[inline(never)]
    fn dispatch_to_connected(
        &self,
        mode: Mode,
        linked: &[Receiver<Entry::Shim>],
        fast_path_blockers: usize,
        invoke: impl Invoke<Entry>,
    ) -> Report {
        let snapshot = self.connections().snapshot();
        let callees = Callees {
            linked,
            connected: snapshot.as_slice(),
        };
        if guards_each_call(fast_path_blockers) {
            return slow_path::dispatch(mode, callees, invoke, true);
        }
        dispatch_to(mode, callees, invoke)
    }
}

/// Out of line, so that a send without receivers, which is inlined, needs no stack frame.
#[inline(never)]
fn dispatch_to_linked<Entry: Registered>(
    mode: Mode,
    linked: &[Receiver<Entry::Shim>],
    invoke: impl Invoke<Entry>,
) -> Report {
    let connected = &[];
    dispatch_to(mode, Callees { linked, connected }, invoke)
}

#[expect(
    clippy::inline_always,
    reason = "without connections, nothing of the second loop is left"
)]
#[inline(always)]
fn dispatch_to<Entry: Registered>(
    mode: Mode,
    callees: Callees<'_, Entry::Shim, Entry::Handler>,
    invoke: impl Invoke<Entry>,
) -> Report {
    let level = if trace::is_on() {
        None
    } else {
        Level::enter_fast_path()
    };
    match level {
        Some(level) => call_all(mode, level, Context::OUTSIDE, callees, invoke),
        None => slow_path::dispatch(mode, callees, invoke, false),
    }
}

/// Calls receivers of which none is muted.
#[expect(
    clippy::inline_always,
    reason = "without connections, nothing of the second loop is left"
)]
#[inline(always)]
fn call_all<Entry: Registered>(
    mode: Mode,
    level: Level,
    context: &Context,
    callees: Callees<'_, Entry::Shim, Entry::Handler>,
    invoke: impl Invoke<Entry>,
) -> Report {
    let Callees {
        mut linked,
        mut connected,
    } = callees;
    // One guard for all calls, since panics are rare.
    let outcome = unwind::catch(|| {
        // Any exception ends the loop: `GuardedCalls::record_outcome` checks `is_stopped` first.
        let check_not_stopped = || {
            if recursion::is_stopped() {
                return Err(Exception::Skipped);
            }
            Ok(())
        };
        while let [receiver, remaining @ ..] = linked {
            invoke.function(receiver, context)?;
            check_not_stopped()?;
            linked = remaining;
        }
        while let [Connected { info, handler, .. }, remaining @ ..] = connected {
            invoke.closure(info, handler, context)?;
            check_not_stopped()?;
            connected = remaining;
        }
        Ok(())
    });
    match outcome {
        Ok(Ok(())) => {
            // Avoids a call of its drop glue, which would find nothing to drop.
            mem::forget(outcome);
            level.leave();
            Report::of_delivered(callees.len())
        }
        exception => {
            let delivered = callees.len() - linked.len() - connected.len();
            finish(mode, level, context, callees, delivered, exception, invoke)
        }
    }
}

/// Continues a dispatch with guarded calls, after the receiver that returned `outcome`. `delivered` is the
/// number of receivers before it.
#[cold]
#[inline(never)]
fn finish<Entry: Registered>(
    mode: Mode,
    level: Level,
    context: &Context,
    callees: Callees<'_, Entry::Shim, Entry::Handler>,
    delivered: usize,
    outcome: Result<Outcome, Payload>,
    invoke: impl Invoke<Entry>,
) -> Report {
    let sender = || invoke.sender();
    let mut calls = GuardedCalls::new(mode, level, &sender, None);
    calls.add_delivered(delivered);
    let mut remaining = callees.iter().skip(delivered);
    let outcome = remaining
        .next()
        .map(|last| calls.record_outcome(last.info(), Watch::NONE, outcome));
    if outcome.is_some_and(|outcome| outcome.is_continue()) {
        let remaining = remaining.map(|callee| (callee.info(), callee));
        calls.call_each(remaining, context, |callee, context| {
            invoke.any(&callee, context)
        });
    } else {
        calls.record_unasked(remaining.map(|callee| callee.info()));
    }
    calls.into_report()
}
