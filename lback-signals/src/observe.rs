//! The observer of the process, and what it is called with.
//!
//! A dispatch is observed if its signal's counter has the flag of an observer, which it reads anyway. So a process
//! without an observer runs no further instruction. An observed dispatch takes the slow path.

mod dispatch;
mod observer;
mod run;
mod show;
mod watch;

use std::cell::Cell;
use std::sync::OnceLock;

pub use self::dispatch::{Dispatch, SendingReceiver};
pub use self::observer::Observer;
#[cfg(feature = "durable")]
pub use self::run::DeliveryAttempt;
pub use self::run::{ReceiverRun, RunOutcome};
pub use self::show::{ShowField, show_field};
#[cfg(feature = "durable")]
pub(crate) use self::watch::Sending;
pub(crate) use self::watch::Watch;
use crate::context::Context;
use crate::info::SignalInfo;
use crate::recursion::SetAside;
use crate::report::{DispatchId, guard_user_code};

static OBSERVER: OnceLock<Box<dyn Observer>> = OnceLock::new();

thread_local! {
    /// Whether the observer is being called on this thread.
    static OBSERVING: Cell<bool> = const { Cell::new(false) };
    /// The receiver that is running on this thread.
    static SENDING: Cell<Option<SendingReceiver>> = const { Cell::new(None) };
    /// The dispatch that this thread continues next.
    #[cfg(feature = "durable")]
    static CONTINUED: Cell<Option<(&'static SignalInfo, DispatchId)>> = const { Cell::new(None) };
}

/// Stores the observer, unless there is one.
///
/// # Errors
///
/// Returns the observer.
pub(crate) fn store(observer: Box<dyn Observer>) -> Result<(), Box<dyn Observer>> {
    OBSERVER.set(observer)
}

/// Returns the observer. `None` while it is being called on this thread, since what it sends is not observed.
fn observer() -> Option<&'static dyn Observer> {
    let observer = OBSERVER.get()?;
    (!OBSERVING.get()).then_some(&**observer)
}

/// Calls the observer, whose panics are discarded and whose signals are not observed. A recursion of its signals stops
/// none of the dispatches around it.
fn notify(call: impl FnOnce(&dyn Observer)) {
    let Some(observer) = observer() else {
        return;
    };
    let _recursion = SetAside::new();
    OBSERVING.set(true);
    guard_user_code(|| call(observer));
    OBSERVING.set(false);
}

/// Passes the start of a dispatch to the observer, unless it [continues](continue_dispatch) another one. Returns `None`
/// if the dispatch is not observed.
///
/// `show` calls its argument with each field that is marked `#[field(show)]`.
pub(crate) fn begin(
    signal: &'static SignalInfo,
    context: &Context,
    show: &dyn Fn(ShowField<'_>),
) -> Option<DispatchId> {
    observer()?;
    #[cfg(feature = "durable")]
    if let Some(id) = take_continued(signal) {
        return Some(id);
    }
    let id = DispatchId::next();
    let sent_by = SENDING.get();
    notify(|observer| {
        observer.on_dispatch(&Dispatch {
            id,
            signal,
            sent_by,
            context,
            show,
        });
    });
    Some(id)
}

/// Runs `send`. Its dispatch of `signal` gets the id `dispatch`, and is not passed to the observer again.
#[cfg(feature = "durable")]
pub(crate) fn continue_dispatch<T>(
    signal: &'static SignalInfo,
    dispatch: Option<DispatchId>,
    send: impl FnOnce() -> T,
) -> T {
    /// Clears [`CONTINUED`]. A send that begins no dispatch, such as one at the recursion limit, does not take the id.
    struct ClearContinued;

    impl Drop for ClearContinued {
        fn drop(&mut self) {
            CONTINUED.set(None);
        }
    }

    let _clear = ClearContinued;
    CONTINUED.set(dispatch.map(|dispatch| (signal, dispatch)));
    send()
}

/// Takes the id that the next dispatch of this signal continues, if any.
#[cfg(feature = "durable")]
fn take_continued(signal: &'static SignalInfo) -> Option<DispatchId> {
    let (_, dispatch) = CONTINUED.get().filter(|(other, _)| *other == signal)?;
    CONTINUED.set(None);
    Some(dispatch)
}
