//! User code that the dispatch calls on behalf of receivers: it copies, encodes or decodes their signal.

use super::guarded::{GuardedCalls, refuse};
use crate::info::ReceiverInfo;
use crate::observe::Watch;
use crate::recursion::{self, Level};
use crate::report::{DispatchId, Exception, FailureKind, Mode, Report, message_of};
use crate::unwind;

/// Calls user code without whose value the receivers fail.
///
/// # Errors
///
/// Returns a report in which all `receivers` have failed, if the code panics or exceeds the recursion limit.
#[inline]
pub(crate) fn call_for<T>(
    receivers: &[&'static ReceiverInfo],
    sender: &dyn Fn() -> Option<String>,
    dispatch: Option<DispatchId>,
    call: impl FnOnce() -> T,
) -> Result<T, Report> {
    let Some(&first) = receivers.first() else {
        return Err(Report::of_delivered(0));
    };
    let Some(level) = Level::enter() else {
        return Err(refuse(first, sender));
    };
    let panic = match unwind::catch(call) {
        Ok(value) if !recursion::is_stopped() => {
            level.leave();
            return Ok(value);
        }
        Ok(_) => None,
        Err(panic) => Some(message_of(panic)),
    };
    // `record_outcome` replaces the failure if the recursion limit is the cause.
    Err(fail_at(level, receivers, sender, dispatch, || {
        FailureKind::Panic(panic.clone().unwrap_or_default())
    }))
}

/// Returns the report of receivers that are not called, each of which fails.
#[cfg(feature = "durable")]
pub(crate) fn fail_each(
    receivers: &[&'static ReceiverInfo],
    sender: &dyn Fn() -> Option<String>,
    dispatch: Option<DispatchId>,
    kind: impl Fn() -> FailureKind,
) -> Report {
    let Some(&first) = receivers.first() else {
        return Report::of_delivered(0);
    };
    match Level::enter() {
        Some(level) => fail_at(level, receivers, sender, dispatch, kind),
        None => refuse(first, sender),
    }
}

fn fail_at(
    level: Level,
    receivers: &[&'static ReceiverInfo],
    sender: &dyn Fn() -> Option<String>,
    dispatch: Option<DispatchId>,
    kind: impl Fn() -> FailureKind,
) -> Report {
    let mut calls = GuardedCalls::new(Mode::Robust, level, sender, dispatch);
    for &receiver in receivers {
        let failed = Err(Exception::failed(kind()));
        let watch = Watch::of_uncalled(receiver, dispatch);
        if calls.record_outcome(receiver, watch, Ok(failed)).is_break() {
            break;
        }
    }
    calls.into_report()
}
