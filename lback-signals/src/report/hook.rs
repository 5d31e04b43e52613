//! Announcement of failures: to the log, to the hook or on standard error.

use std::cell::Cell;
use std::sync::{PoisonError, RwLock};

use super::failure::{Failure, FailureKind};
use crate::recursion::Level;
use crate::stderr;
use crate::unwind::{catch_panic, discard_panic};

impl Failure {
    /// Logs the failure and passes it to the hook, and discards panics of both. Without a subscriber and
    /// a hook, the failure is written to standard error.
    ///
    /// Failures that occur inside the subscriber or the hook are not announced, since that might not end.
    pub(crate) fn announce(&self) {
        if ANNOUNCING.replace(true) {
            return;
        }
        #[cfg(feature = "tracing")]
        discard_panic(|| {
            tracing::error!(
                signal = self.receiver().signal().name(),
                sender = self.sender(),
                receiver = self.receiver().id(),
                file = self.receiver().file(),
                line = self.receiver().line(),
                "receiver {:#}",
                self.kind(),
            );
        });
        let hook = *HOOK.read().unwrap_or_else(PoisonError::into_inner);
        match hook {
            Some(hook) => discard_panic(|| hook(self)),
            None => stderr::write_unless_traced(|| format!("{self:#}")),
        }
        ANNOUNCING.set(false);
    }
}

/// Runs user code that may send signals outside a receiver, such as the `Drop` of a field. Returns `None`
/// if it panics.
///
/// The call counts as one level of recursion. A recursion inside it is stopped and announced like one
/// of receivers.
pub(crate) fn guard_user_code<T>(call: impl FnOnce() -> T) -> Option<T> {
    let level = Level::enter();
    let returned = catch_panic(call);
    if let Some(recursion) = level.and_then(Level::end_without_receivers)
        && let Some(&outermost) = recursion.chain().first()
    {
        Failure::new(outermost, None, FailureKind::Recursion(recursion)).announce();
    }
    returned
}

thread_local! {
    static ANNOUNCING: Cell<bool> = const { Cell::new(false) };
}

static HOOK: RwLock<Option<fn(&Failure)>> = RwLock::new(None);

/// Sets the process-wide failure hook, and replaces an earlier one.
///
/// The hook is called once for each failure of [`send`](crate::Signal::send) and of receivers that run
/// later, on the thread on which the receiver failed. It runs inside the dispatch, so signals that it
/// sends count as nested sends. Their failures are only in the report that the hook gets from its
/// `send`, and not passed to the hook again. A panic of the hook is discarded.
///
/// The hook is also called for a recursion that is stopped outside any receiver, such as in the `Drop` of
/// a field of an owned signal: once, after the recursion has ended, with the outermost receiver of the chain.
///
/// Without a hook and a `tracing` subscriber, each failure is written to standard error as one line, up
/// to ten lines per minute. Setting a hook turns these lines off. Lines about abandoned transactions, and about
/// background receivers that are slow or not delivered, remain; the environment variable `LBACK_STDERR=off`
/// turns off all of these. Neither affects warnings about the wiring, such as a receiver that is disabled.
///
/// ```
/// lback_signals::on_failure(|failure| eprintln!("{failure}"));
/// ```
pub fn on_failure(hook: fn(&Failure)) {
    *HOOK.write().unwrap_or_else(PoisonError::into_inner) = Some(hook);
}
