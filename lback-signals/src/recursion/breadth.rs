//! A limit on the number of async dispatches that run inside one outermost dispatch.
//!
//! The depth limit does not stop a recursion of awaited dispatches. If a receiver sends its signal twice
//! and both sends are polled in turns, 2ⁿ dispatches run before the depth reaches n.
//!
//! The count belongs to the outermost dispatch. It is moved to a thread-local while that is polled.

use std::cell::Cell;

use super::{Level, refuse_all};

/// The maximum number of dispatches inside one outermost dispatch.
///
/// Dispatches that are sent by the outermost dispatch's receivers are not counted, since a receiver may
/// send one signal per user.
pub(super) const BREADTH_LIMIT: usize = 16_384;

thread_local! {
    /// The count of the outermost dispatch while it is polled, and 0 otherwise.
    static RUNNING: Cell<usize> = const { Cell::new(0) };
}

/// An awaited dispatch, which is counted while it runs.
#[derive(Debug, Default)]
pub(crate) struct Breadth {
    is_counted: bool,
    /// The number of dispatches inside this one, if it is the outermost and is not being polled.
    running: usize,
}

/// Guard for one poll of a dispatch.
pub(crate) struct BreadthGuard<'b> {
    /// The dispatch, if it is the outermost.
    outermost: Option<&'b mut Breadth>,
}

impl Breadth {
    /// Called before each poll. Returns `None` if the dispatch exceeds the limit.
    pub(crate) fn enter(&mut self, level: Level) -> Option<BreadthGuard<'_>> {
        if level.is_outermost() {
            RUNNING.set(self.running);
            return Some(BreadthGuard {
                outermost: Some(self),
            });
        }
        if !self.is_counted && level.depth() > 1 {
            let running = RUNNING.get();
            if running >= BREADTH_LIMIT {
                refuse_all();
                return None;
            }
            RUNNING.set(running + 1);
            self.is_counted = true;
        }
        Some(BreadthGuard { outermost: None })
    }
}

impl Drop for BreadthGuard<'_> {
    fn drop(&mut self) {
        if let Some(breadth) = &mut self.outermost {
            breadth.running = RUNNING.take();
        }
    }
}

impl Drop for Breadth {
    fn drop(&mut self) {
        if self.is_counted {
            // The future may have been moved to an outermost dispatch that did not count it.
            RUNNING.set(RUNNING.get().saturating_sub(1));
        }
    }
}
