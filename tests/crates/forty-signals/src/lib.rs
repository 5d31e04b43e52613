//! The signal of the forty receivers, and one that no code refers to.

use std::cell::Cell;

use lback_signals::signal;

/// The receivers are counted.
#[signal]
pub struct Counting<'a> {
    /// How many were called.
    pub called: &'a Cell<u32>,
}

mod unheard {
    /// No receiver receives it, and the wiring lists it.
    #[lback_signals::signal]
    struct Unheard;
}
