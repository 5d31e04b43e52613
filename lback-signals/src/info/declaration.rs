//! The declaration of a receiver, as `#[receiver]` expands to it.

use super::durable::DurableReceiver;
use super::introspection::Introspection;
use super::order::{Order, Reference};
use super::phase::Phase;

/// The part of a receiver's metadata that is known in the receiver's crate.
///
/// Every program loads one declaration per receiver when it starts, so it is small. Options that few
/// receivers set are behind a reference.
// Not public API. Used by generated code.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Declaration {
    /// Path and source location: `shop::mail::send_receipt@src/mail.rs:12:1`. A `!` before the `@` marks
    /// a receiver of a program, as opposed to one of a library.
    pub(super) origin: &'static str,
    pub(super) introspection: Introspection,
    pub(super) options: &'static ReceiverOptions,
}

impl Declaration {
    #[must_use]
    pub const fn new(
        origin: &'static str,
        introspection: Introspection,
        options: &'static ReceiverOptions,
    ) -> Self {
        Self {
            origin,
            introspection,
            options,
        }
    }
}

/// Options of `#[receiver]` that few receivers set.
// Not public API. Used by generated code.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct ReceiverOptions {
    pub(crate) order: Order,
    phase: Phase,
    pub(crate) is_background: bool,
    pub(crate) fulfills: bool,
    pub(crate) durable: Option<&'static DurableReceiver>,
}

impl ReceiverOptions {
    /// No options, as for most receivers.
    pub const NONE: &'static Self = &Self::new();

    #[expect(
        clippy::new_without_default,
        reason = "the start of a chain of const setters"
    )]
    #[must_use]
    pub const fn new() -> Self {
        Self {
            order: Order::DEFAULT,
            phase: Phase::Now,
            is_background: false,
            fulfills: false,
            durable: None,
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

    /// `E` is [`BackgroundRuntime`]. Its bound fails without the feature `tokio`.
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

    /// `E` is [`DurableRuntime`]. Its bound fails without the feature `durable`.
    #[must_use]
    pub const fn durable<E: DurableEnabled>(mut self, receiver: &'static DurableReceiver) -> Self {
        self.phase = Phase::Durable;
        self.durable = Some(receiver);
        self
    }

    /// Returns the phase of a `fn` or of an `async fn` with these options.
    pub(crate) const fn phase(&self, is_async: bool) -> Phase {
        match self.phase {
            Phase::Now if self.is_background => Phase::Background,
            Phase::Now if is_async => Phase::Concurrent,
            phase => phase,
        }
    }
}

/// The runtime of background receivers, as a type that the bound of `background` names.
// Not public API. Used by generated code.
#[doc(hidden)]
#[derive(Debug)]
pub struct BackgroundRuntime;

/// Implemented for [`BackgroundRuntime`] with the feature `tokio`.
// Not public API. Used by generated code.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "background receivers need the feature `tokio` of `lback-signals`",
    label = "there is no background runtime without the feature `tokio`",
    note = "enable it in Cargo.toml: `lback-signals = {{ features = [\"tokio\"], … }}`"
)]
pub trait BackgroundEnabled {}

#[cfg(feature = "tokio")]
impl BackgroundEnabled for BackgroundRuntime {}

/// The runtime of durable receivers, as a type that the bound of `durable` names.
// Not public API. Used by generated code.
#[doc(hidden)]
#[derive(Debug)]
pub struct DurableRuntime;

/// Implemented for [`DurableRuntime`] with the feature `durable`.
// Not public API. Used by generated code.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "durable signals and receivers need the feature `durable` of `lback-signals`",
    label = "there are no durable receivers without the feature `durable`",
    note = "enable it in Cargo.toml: `lback-signals = {{ features = [\"durable\"], … }}`"
)]
pub trait DurableEnabled {}

#[cfg(feature = "durable")]
impl DurableEnabled for DurableRuntime {}
