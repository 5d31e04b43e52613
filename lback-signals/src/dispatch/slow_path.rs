//! The slow path of a dispatch.

use std::ops::ControlFlow;

use crate::call::{GuardedCalls, Invoke, callees, refuse};
use crate::connection::Connected;
use crate::context::{Context, CurrentContext};
use crate::recursion::Level;
use crate::registry::{Receiver, Registered};
use crate::report::{Mode, Report};
use crate::trace::Span;

/// Dispatches a signal while it is traced, in a scope, at the recursion limit, or in a stopped chain.
#[cold]
#[inline(never)]
pub(super) fn dispatch<Entry: Registered>(
    mode: Mode,
    linked: &[Receiver<Entry::Shim>],
    connected: &[Connected<Entry::Handler>],
    invoke: impl Invoke<Entry>,
) -> Report {
    let sender = &|| invoke.sender();
    let context = Context::new(CurrentContext::get().scope);
    let captures = context.scope().map(|scope| scope.captures(Entry::SIGNAL));
    let captures = captures.unwrap_or_default();
    let Some(level) = Level::enter_in_scope() else {
        let first = captures.first().map(|capture| capture.info);
        return match first.or_else(|| Some(callees(linked, connected).next()?.info())) {
            Some(first) => refuse(first, sender),
            None => Report::of_delivered(0),
        };
    };
    let span = Span::of_dispatch(Entry::SIGNAL);
    let _in_span = span.enter();
    let mut calls = GuardedCalls::new(mode, level, sender);
    let recorded = captures.iter().try_for_each(|capture| {
        let Some(handler) = capture.handler::<Entry::Handler>() else {
            return ControlFlow::Continue(());
        };
        calls.record(capture.info, || {
            invoke.closure(capture.info, handler, &context)
        })
    });
    if recorded.is_continue() {
        let callees = callees(linked, connected).map(|callee| (callee.info(), callee));
        calls.call_each(callees, &context, |callee, context| {
            invoke.any(&callee, context)
        });
    }
    calls.into_report()
}
