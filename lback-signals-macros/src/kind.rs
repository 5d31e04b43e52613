//! The kinds of receivers. A signal has a constructor for each kind that it accepts.

use proc_macro2::{Ident, Span};

/// The kind of a receiver: when it runs, and whether it is an `async fn`.
#[derive(Clone, Copy)]
pub(crate) struct Kind {
    /// Whether it runs in the background or at the end of a transaction.
    pub(crate) is_deferred: bool,
    /// Whether it is an `async fn`.
    pub(crate) is_async: bool,
}

impl Kind {
    pub(crate) const ALL: [Self; 4] = [
        Self::new(false, false),
        Self::new(false, true),
        Self::new(true, false),
        Self::new(true, true),
    ];

    pub(crate) const fn new(is_deferred: bool, is_async: bool) -> Self {
        Self {
            is_deferred,
            is_async,
        }
    }

    /// Returns the name of the constructor.
    pub(crate) fn constructor(self, span: Span) -> Ident {
        let name = match (self.is_deferred, self.is_async) {
            (false, false) => "__receiver",
            (false, true) => "__receiver_async",
            (true, false) => "__receiver_deferred",
            (true, true) => "__receiver_deferred_async",
        };
        Ident::new(name, span)
    }
}
