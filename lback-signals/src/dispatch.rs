//! The loop that calls receivers.
//!
//! As long as receivers do their work, a dispatch is an acquire load, two comparisons, and for each
//! receiver a call and a check of what it returned in registers. At the first one that does not, the
//! rest is left to [`careful`], out of line; so is all that is sent in a scope or traced. Receivers that
//! are awaited are left to [`concurrent`], those that run later to [`later`].

mod callee;
mod careful;
mod concurrent;
mod later;
mod sending;

use std::any::Any;
use std::cell::RefCell;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};

use self::callee::{Ask, Hand, Tell, callees};
pub(crate) use self::careful::Careful;
#[cfg(feature = "tokio")]
pub(crate) use self::concurrent::{await_started, started};
#[cfg(feature = "tokio")]
pub(crate) use self::later::{call_each, hand_over};
pub(crate) use self::later::{deliver, due};
use crate::connection::Connected;
use crate::delivery::{Outcome, Undelivered};
use crate::extract::Context;
use crate::recursion::{self, Level};
use crate::registry::{Receiver, Registered, Table};
use crate::report::{Reply, Report};
use crate::signal::Signal;
use crate::switch;
use crate::trace;

/// Says which reply is an answer, where the first one ends the dispatch: `ask`.
// Not public API. Used by generated code.
#[doc(hidden)]
pub type Until<R> = Option<fn(&R) -> bool>;

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
        self.dispatch_by(signal, mode, Tell { function, closure })
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
        let ask = Ask {
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
        hand: impl Hand<Entry>,
    ) -> Report {
        let linked = &*self.receivers().now;
        if self.connections().exist() {
            return self.dispatch_to_connected(signal, mode, linked, hand);
        }
        if linked.is_empty() && !recursion::is_in_scope() {
            return Report::of_delivered(0);
        }
        dispatch_to(signal, mode, linked, &[], hand)
    }

    /// Out of line, so that a dispatch without a connection or a disabled receiver stays short.
    #[inline(never)]
    fn dispatch_to_connected(
        &self,
        signal: &impl Signal,
        mode: Mode,
        linked: &[Receiver<Entry::Shim>],
        hand: impl Hand<Entry>,
    ) -> Report {
        let snapshot = self.connections().snapshot();
        let connected = snapshot.as_slice();
        if switch::any_is_off(self.connections().detours()) {
            return careful::dispatch(signal, mode, linked, connected, hand);
        }
        dispatch_to(signal, mode, linked, connected, hand)
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
    hand: impl Hand<Entry>,
) -> Report {
    let level = if trace::is_on() { None } else { Level::enter() };
    let Some(level) = level else {
        return careful::dispatch(signal, mode, linked, connected, hand);
    };
    let context = Context::OUTSIDE;
    let mut waiting = linked.iter();
    let mut waiting_connected = connected.iter();
    // Around all the calls, not around each: a panic is rare.
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        // Any exception will do: whoever looks at it asks first whether this is so.
        let go_on = || {
            if recursion::is_stopped() {
                return Err(Undelivered::Skipped);
            }
            Ok(())
        };
        for receiver in waiting.by_ref() {
            hand.function(receiver, context)?;
            go_on()?;
        }
        for Connected { info, handler, .. } in waiting_connected.by_ref() {
            hand.closure(info, handler, context)?;
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
                signal, mode, level, linked, connected, waiting, exception, hand,
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
    hand: impl Hand<Entry>,
) -> Report {
    let sender = || signal.__sender_model();
    let mut careful = Careful::new(mode, level, &sender);
    let delivered = linked.len() + connected.len() - waiting - 1;
    careful.delivered(delivered);
    let mut waiting = callees(linked, connected).skip(delivered);
    let outcome = waiting
        .next()
        .map(|last| careful.note(last.info(), outcome));
    if outcome.is_some_and(|outcome| outcome.is_continue()) {
        let waiting = waiting.map(|callee| (callee.info(), callee));
        careful.call_each(waiting, Context::OUTSIDE, |callee, context| {
            hand.any(&callee, context)
        });
    } else {
        careful.leave_unasked(waiting.map(|callee| callee.info()));
    }
    careful.into_report()
}
