//! The trait of observers.

use std::sync::Arc;

use super::dispatch::Dispatch;
use super::run::ReceiverRun;
use crate::unwind::discard_panic;

/// A receiver of every signal: it is called with each dispatch, and with the outcome of each receiver.
///
/// [`set_observer`](crate::set_observer) sets the observer of the process. It is called on the thread of the
/// dispatch or the receiver, which waits for it: an observer counts, or hands over to a queue.
///
/// It gets the names of signals, fields and receivers, and no values, except those of fields that are marked
/// `#[field(show)]`. A panic of an observer is discarded. Signals that it sends while it is called reach their
/// receivers and are not observed.
///
/// A pair of observers is an observer, and so is an `Arc` of one.
///
/// # Examples
///
/// A webhook, whose sender is a separate thread:
///
/// ```
/// use std::sync::mpsc::SyncSender;
///
/// use lback_signals::{Observer, ReceiverRun, RunOutcome};
///
/// struct Webhook(SyncSender<String>); // its receiver posts each text
///
/// impl Observer for Webhook {
///     fn on_run(&self, run: &ReceiverRun<'_>) {
///         if let RunOutcome::Failed(kind) = run.outcome() {
///             let _ = self.0.try_send(format!("{}: {}", run.receiver().id(), kind.name()));
///         }
///     }
/// }
/// ```
///
/// A recorder for tests:
///
/// ```
/// use std::sync::Mutex;
///
/// use lback_signals::{Dispatch, Observer};
///
/// #[derive(Default)]
/// struct Recorder(Mutex<Vec<&'static str>>);
///
/// impl Observer for Recorder {
///     fn on_dispatch(&self, dispatch: &Dispatch<'_>) {
///         self.0.lock().unwrap().push(dispatch.signal().name());
///     }
/// }
/// ```
pub trait Observer: Send + Sync + 'static {
    /// Called when a signal is sent, before its first receiver is called. By default it does nothing.
    ///
    /// The call runs in the scope and the transaction of the sender.
    fn on_dispatch(&self, dispatch: &Dispatch<'_>) {
        let _ = dispatch;
    }

    /// Called when a receiver has run, was skipped or has failed, in each phase. By default it does nothing.
    ///
    /// A receiver that waits for a commit, in the background or in an outbox is observed when it has run. One that
    /// is discarded by a rollback, or that an earlier answer makes superfluous, is not observed.
    fn on_run(&self, run: &ReceiverRun<'_>) {
        let _ = run;
    }
}

impl<O: Observer + ?Sized> Observer for Arc<O> {
    fn on_dispatch(&self, dispatch: &Dispatch<'_>) {
        (**self).on_dispatch(dispatch);
    }

    fn on_run(&self, run: &ReceiverRun<'_>) {
        (**self).on_run(run);
    }
}

/// Calls both, the second one even if the first one panics.
impl<A: Observer, B: Observer> Observer for (A, B) {
    fn on_dispatch(&self, dispatch: &Dispatch<'_>) {
        discard_panic(|| self.0.on_dispatch(dispatch));
        self.1.on_dispatch(dispatch);
    }

    fn on_run(&self, run: &ReceiverRun<'_>) {
        discard_panic(|| self.0.on_run(run));
        self.1.on_run(run);
    }
}
