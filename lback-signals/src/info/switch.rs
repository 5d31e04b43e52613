//! The process-wide switch that disables one receiver.

use std::sync::atomic::Ordering;

use crate::sync::{AtomicBool, AtomicUsize};

/// The amount that a disabled receiver adds to the counter of its signal.
///
/// The counter holds what keeps a dispatch off the fast path: the number of connected closures in its lower half, the
/// number of disabled receivers in its upper half, and in the highest bit whether the signal is observed.
const OFF: usize = 1 << (usize::BITS / 2);

/// The flag in the counter of a signal that is observed.
const OBSERVED: usize = 1 << (usize::BITS - 1);

/// The switch of one receiver.
///
/// A dispatch reads the counter of its signal anyway, and reads the switches of receivers only if the
/// counter is not zero. An enabled receiver therefore costs nothing.
#[derive(Debug, Default)]
pub(crate) struct Switch {
    is_off: AtomicBool,
    /// The counter of the receiver's signal. `None` for closures, which cannot be disabled.
    fast_path_blockers: Option<&'static AtomicUsize>,
}

impl Switch {
    pub(crate) fn new(fast_path_blockers: &'static AtomicUsize) -> Self {
        Self {
            is_off: AtomicBool::new(false),
            fast_path_blockers: Some(fast_path_blockers),
        }
    }

    pub(crate) fn is_off(&self) -> bool {
        self.is_off.load(Ordering::Relaxed)
    }

    /// Disables or enables the receiver, and returns whether that changed the switch.
    pub(crate) fn set_off(&self, is_off: bool) -> bool {
        let Some(fast_path_blockers) = self.fast_path_blockers else {
            return false;
        };
        // The counter includes each receiver before it is off and until after it is on again, so that no
        // dispatch takes the fast path while a receiver is off.
        if is_off {
            fast_path_blockers.fetch_add(OFF, Ordering::Relaxed);
        }
        let was_off = self.is_off.swap(is_off, Ordering::AcqRel);
        if was_off {
            fast_path_blockers.fetch_sub(OFF, Ordering::Relaxed);
        }
        was_off != is_off
    }
}

/// Keeps each further dispatch off the fast path, since it is observed.
pub(crate) fn set_observed(fast_path_blockers: &AtomicUsize) {
    fast_path_blockers.fetch_or(OBSERVED, Ordering::Relaxed);
}

/// Returns whether the counter includes a disabled receiver or an observer, so that each receiver is called under its
/// own guard.
#[inline]
pub(crate) fn guards_each_call(fast_path_blockers: usize) -> bool {
    fast_path_blockers >= OFF
}
