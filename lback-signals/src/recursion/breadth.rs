//! Dispatches that are awaited do not only nest: a receiver that sends twice what it receives, and is
//! polled in turns with others, has 2ⁿ dispatches running before they are n deep. So those that run
//! inside of others are counted.
//!
//! The count is the outermost dispatch's own, and on its thread while it is polled.

use std::cell::Cell;

use super::{Level, exhaust};

/// How many may run inside one dispatch, but for those that its own receivers send: these may well be
/// as many as there are users to tell.
pub(super) const BREADTH_LIMIT: usize = 16_384;

thread_local! {
    static RUNNING: Cell<usize> = const { Cell::new(0) };
}

/// A dispatch that is awaited, as one of them.
#[derive(Debug, Default)]
pub(crate) struct Breadth {
    is_counted: bool,
    /// How many run inside it, if it is the outermost, while it is not polled.
    running: usize,
}

/// It is being polled.
pub(crate) struct Polled<'b> {
    /// If it is the outermost: itself, and what the thread counted before.
    outermost: Option<(&'b mut Breadth, usize)>,
}

impl Breadth {
    /// Before each poll; `None` if it is one too many.
    pub(crate) fn enter(&mut self, level: Level) -> Option<Polled<'_>> {
        if level.is_outermost() {
            let before = RUNNING.replace(self.running);
            return Some(Polled {
                outermost: Some((self, before)),
            });
        }
        if !self.is_counted && level.depth() > 1 {
            let running = RUNNING.get();
            if running >= BREADTH_LIMIT {
                exhaust();
                return None;
            }
            RUNNING.set(running + 1);
            self.is_counted = true;
        }
        Some(Polled { outermost: None })
    }
}

impl Drop for Polled<'_> {
    fn drop(&mut self) {
        if let Some((breadth, before)) = &mut self.outermost {
            breadth.running = RUNNING.replace(*before);
        }
    }
}

impl Drop for Breadth {
    fn drop(&mut self) {
        if self.is_counted {
            // It may have been taken elsewhere meanwhile.
            RUNNING.set(RUNNING.get().saturating_sub(1));
        }
    }
}
