//! The switch of one receiver, for the whole process.

use std::sync::atomic::Ordering;

use crate::sync::{AtomicBool, AtomicUsize};

/// What a receiver that is off adds to its signal's counter of detours.
///
/// The lower half of the counter counts closures that are connected.
const OFF: usize = 1 << (usize::BITS / 2);

/// Whether a receiver is off.
///
/// A dispatch does not look at each switch: it reads its signal's counter in any case, and looks
/// closer only if that is not zero. So a switch that is on costs nothing.
#[derive(Debug, Default)]
pub(crate) struct Switch {
    is_off: AtomicBool,
    /// The counter of the receiver's signal. `None` for closures, which have no switch.
    detours: Option<&'static AtomicUsize>,
}

impl Switch {
    pub(crate) fn new(detours: &'static AtomicUsize) -> Self {
        Self {
            is_off: AtomicBool::new(false),
            detours: Some(detours),
        }
    }

    pub(crate) fn is_off(&self) -> bool {
        self.is_off.load(Ordering::Relaxed)
    }

    /// Switches it, and returns whether it was switched the other way before.
    pub(crate) fn set_off(&self, is_off: bool) -> bool {
        let Some(detours) = self.detours else {
            return false;
        };
        // The counter is never below the number of receivers that are off, so that no dispatch takes the
        // fast path past one of them.
        if is_off {
            detours.fetch_add(OFF, Ordering::Relaxed);
        }
        let was_off = self.is_off.swap(is_off, Ordering::AcqRel);
        if was_off {
            detours.fetch_sub(OFF, Ordering::Relaxed);
        }
        was_off != is_off
    }
}

/// Whether the counter counts a receiver that is off.
pub(crate) fn any_is_off(detours: &AtomicUsize) -> bool {
    detours.load(Ordering::Relaxed) >= OFF
}
