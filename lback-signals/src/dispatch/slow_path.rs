//! The slow path of a dispatch.

use std::ops::ControlFlow;

use super::call_all;
use crate::call::{Callees, GuardedCalls, Invoke, refuse};
use crate::context::{Context, CurrentContext, Frame};
use crate::observe;
use crate::recursion::Level;
use crate::registry::Registered;
use crate::report::{Mode, Report};
use crate::trace::{self, Span};

/// Dispatches a signal while it is traced or observed, in a scope, at the recursion limit, in a stopped chain, or while
/// a receiver is disabled.
#[cold]
#[inline(never)]
pub(super) fn dispatch<Entry: Registered>(
    mode: Mode,
    callees: Callees<'_, Entry::Shim, Entry::Handler>,
    invoke: impl Invoke<Entry>,
    guards_each_call: bool,
) -> Report {
    let context = Context::new(CurrentContext::scope());
    let is_plain =
        !guards_each_call && !trace::is_on() && context.scope().is_none_or(Frame::is_plain);
    if is_plain && let Some(level) = Level::enter() {
        return call_all(mode, level, &context, callees, invoke);
    }
    dispatch_guarded(mode, callees, invoke, &context)
}

#[inline(never)]
fn dispatch_guarded<Entry: Registered>(
    mode: Mode,
    callees: Callees<'_, Entry::Shim, Entry::Handler>,
    invoke: impl Invoke<Entry>,
    context: &Context,
) -> Report {
    let sender = &|| invoke.sender();
    let captures = context.scope().map(|scope| scope.captures(Entry::SIGNAL));
    let captures = captures.unwrap_or_default();
    let Some(level) = Level::enter() else {
        let first = captures.first().map(|capture| capture.info);
        return match first.or_else(|| callees.first()) {
            Some(first) => refuse(first, sender),
            None => Report::of_delivered(0),
        };
    };
    let span = Span::of_dispatch(Entry::SIGNAL);
    let _in_span = span.enter();
    let observed = observe::begin(Entry::SIGNAL, context, &|show| invoke.show(show));
    let mut calls = GuardedCalls::new(mode, level, sender, observed);
    let recorded = captures.iter().try_for_each(|capture| {
        let Some(handler) = capture.handler::<Entry::Handler>() else {
            return ControlFlow::Continue(());
        };
        calls.call_capture(capture.info, || {
            invoke.closure(capture.info, handler, context)
        })
    });
    if recorded.is_continue() {
        let callees = callees.iter().map(|callee| (callee.info(), callee));
        calls.call_each(callees, context, |callee, context| {
            invoke.any(&callee, context)
        });
    }
    let mut report = calls.into_report();
    report.set_dispatch_id(observed);
    report
}
