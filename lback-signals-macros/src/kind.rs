//! The kinds of receivers. A signal has a constructor for each kind that it accepts.

use proc_macro2::{Ident, Span};

/// The kind of a receiver: when it runs, and whether it is an `async fn`.
#[derive(Clone, Copy)]
pub(crate) struct Kind {
    pub(crate) timing: Timing,
    /// Whether it is an `async fn`.
    pub(crate) is_async: bool,
}

/// When a receiver runs.
#[derive(Clone, Copy)]
pub(crate) enum Timing {
    /// During `send`.
    Now,
    /// In the background or at the end of a transaction.
    Deferred,
    /// By a worker, with a signal that was stored.
    Durable,
    /// As `Durable`, in the order of the signal's key.
    Ordered,
}

impl Kind {
    pub(crate) const ALL: [Self; 8] = [
        Self::new(Timing::Now, false),
        Self::new(Timing::Now, true),
        Self::new(Timing::Deferred, false),
        Self::new(Timing::Deferred, true),
        Self::new(Timing::Durable, false),
        Self::new(Timing::Durable, true),
        Self::new(Timing::Ordered, false),
        Self::new(Timing::Ordered, true),
    ];

    pub(crate) const fn new(timing: Timing, is_async: bool) -> Self {
        Self { timing, is_async }
    }

    /// Returns the name of the constructor.
    pub(crate) fn constructor(self, span: Span) -> Ident {
        let name = match (self.timing, self.is_async) {
            (Timing::Now, false) => "__receiver",
            (Timing::Now, true) => "__receiver_async",
            (Timing::Deferred, false) => "__receiver_deferred",
            (Timing::Deferred, true) => "__receiver_deferred_async",
            (Timing::Durable, false) => "__receiver_durable",
            (Timing::Durable, true) => "__receiver_durable_async",
            (Timing::Ordered, false) => "__receiver_ordered",
            (Timing::Ordered, true) => "__receiver_ordered_async",
        };
        Ident::new(name, span)
    }
}
