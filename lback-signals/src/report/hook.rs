//! Who is told of a failure: the log, the hook, or standard error.

use std::cell::Cell;
use std::sync::{PoisonError, RwLock};

use super::failure::{Failure, FailureKind};
use crate::recursion::Level;
use crate::stderr;
use crate::unwind::{catch_panic, discard_panic};

impl Failure {
    /// Logs the failure and gives it to the hook, whatever these do. With neither a subscriber nor a hook, it
    /// is written to standard error.
    ///
    /// What fails inside either of them is not announced in turn: that would not end.
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

/// Runs user code that may send outside any receiver, such as the `Drop` of a field. It counts as a
/// level of recursion, which is stopped and announced like one of receivers. Returns `None` if it panics.
pub(crate) fn guard_user_code<T>(call: impl FnOnce() -> T) -> Option<T> {
    let level = Level::enter_in_scope();
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

/// Sets the process-wide hook that sees each failure of [`send`](crate::Signal::send), and of
/// receivers that run later, once, on the thread on which it happened; it replaces an earlier hook.
///
/// It runs inside the dispatch, so what it sends counts as sent by a receiver, but what fails
/// meanwhile on this thread is in its own report only. If the hook panics, that goes no further.
///
/// Without a hook and without a `tracing` subscriber, each failure is one line on standard error, at most
/// ten a minute. The environment variable `LBACK_STDERR=off` turns these lines off, and so does a hook.
///
/// ```
/// lback_signals::on_failure(|failure| eprintln!("{failure}"));
/// ```
pub fn on_failure(hook: fn(&Failure)) {
    *HOOK.write().unwrap_or_else(PoisonError::into_inner) = Some(hook);
}
