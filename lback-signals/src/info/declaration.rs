//! What the attribute of a receiver says.

use super::order::{Order, Reference};
use super::phase::Phase;
use super::probe::Introspection;

/// What `#[receiver]` says of its function: the half of the metadata that its own crate knows.
///
/// Every byte and every pointer of it is loaded when the program starts, for every receiver: so it
/// is small, and what few receivers say is elsewhere.
// Not public API. Used by generated code.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Declaration {
    /// Who it is and where it stands: `shop::mail::send_receipt@src/mail.rs:12:1`. A receiver of a
    /// program, and not of a library, has a `!` before the `@`.
    pub(super) origin: &'static str,
    pub(super) description: Introspection,
    pub(super) options: &'static ReceiverOptions,
}

impl Declaration {
    #[must_use]
    pub const fn new(
        origin: &'static str,
        description: Introspection,
        options: &'static ReceiverOptions,
    ) -> Self {
        Self {
            origin,
            description,
            options,
        }
    }
}

/// What a receiver's attribute asks for.
// Not public API. Used by generated code.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct ReceiverOptions {
    pub(super) order: Order,
    pub(super) phase: Phase,
    pub(super) is_background: bool,
    pub(super) fulfills: bool,
}

impl ReceiverOptions {
    /// Those of most receivers.
    pub const NONE: &'static Self = &Self::new();

    #[expect(clippy::new_without_default, reason = "the beginning of a constant")]
    #[must_use]
    pub const fn new() -> Self {
        Self {
            order: Order::UNSAID,
            phase: Phase::Now,
            is_background: false,
            fulfills: false,
        }
    }

    #[must_use]
    pub const fn first(mut self) -> Self {
        self.order = self.order.first();
        self
    }

    #[must_use]
    pub const fn last(mut self) -> Self {
        self.order = self.order.last();
        self
    }

    #[must_use]
    pub const fn before(mut self, receivers: &'static [Reference]) -> Self {
        self.order = self.order.before(receivers);
        self
    }

    #[must_use]
    pub const fn after(mut self, receivers: &'static [Reference]) -> Self {
        self.order = self.order.after(receivers);
        self
    }

    #[must_use]
    pub const fn after_commit(mut self) -> Self {
        self.phase = Phase::AfterCommit;
        self
    }

    #[must_use]
    pub const fn after_rollback(mut self) -> Self {
        self.phase = Phase::AfterRollback;
        self
    }

    /// `E` is where it runs, if there is such a thing.
    #[must_use]
    pub const fn background<E: BackgroundEnabled>(mut self) -> Self {
        self.is_background = true;
        self
    }

    #[must_use]
    pub const fn fulfills(mut self) -> Self {
        self.fulfills = true;
        self
    }
}

/// What runs receivers in the background.
// Not public API. Used by generated code.
#[doc(hidden)]
#[derive(Debug)]
pub struct BackgroundRuntime;

/// That there is one.
// Not public API. Used by generated code.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "receivers in the background need the feature `tokio` of `lback-signals`",
    label = "nothing runs receivers in the background",
    note = "add it: `lback-signals = {{ features = [\"tokio\"], … }}`"
)]
pub trait BackgroundEnabled {}

#[cfg(feature = "tokio")]
impl BackgroundEnabled for BackgroundRuntime {}
