//! The observer of the process, which gets the dispatches of all signals.

use std::error::Error;
use std::fmt;

use crate::observe::{self, Observer};
use crate::registry::signals;

/// Sets the observer of the process, once. It gets each dispatch that begins after this call, and the runs of its
/// receivers.
///
/// Without an observer, a dispatch runs no further instruction. With one, it leaves the fast path, reads the clock
/// twice per receiver, and counts as having a receiver for
/// [`has_receivers`](crate::Signal::has_receivers) and [`send_with`](crate::Signal::send_with).
///
/// # Errors
///
/// The process has an observer. Set a pair of observers to have two.
///
/// # Examples
///
/// ```standalone_crate
/// use std::sync::atomic::{AtomicUsize, Ordering};
///
/// use lback_signals::{Dispatch, Observer, Signal, set_observer, signal};
///
/// static DISPATCHES: AtomicUsize = AtomicUsize::new(0);
///
/// struct Counter;
///
/// impl Observer for Counter {
///     fn on_dispatch(&self, _: &Dispatch<'_>) {
///         DISPATCHES.fetch_add(1, Ordering::Relaxed);
///     }
/// }
///
/// #[signal]
/// struct Ticked;
///
/// set_observer(Counter)?;
/// Ticked.send();
/// assert_eq!(DISPATCHES.load(Ordering::Relaxed), 1);
/// assert!(set_observer(Counter).is_err());
/// # Ok::<(), lback_signals::ObserverAlreadySet>(())
/// ```
pub fn set_observer(observer: impl Observer) -> Result<(), ObserverAlreadySet> {
    observe::store(Box::new(observer)).map_err(|_| ObserverAlreadySet)?;
    for signal in signals() {
        signal.observe();
    }
    Ok(())
}

/// Error returned when the process has an observer already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ObserverAlreadySet;

impl fmt::Display for ObserverAlreadySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the process has an observer: set a pair of observers, once")
    }
}

impl Error for ObserverAlreadySet {}
