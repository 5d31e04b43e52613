//! The resources and signals that a receiver needs.

use std::any::{TypeId, type_name};
use std::hash::{Hash, Hasher};

use super::signal::SignalInfo;

/// The resources that the parameters of a receiver need, and the signals that it relies on.
///
/// Implementations of [`FromSignal::needs`](crate::FromSignal::needs) add to it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Needs {
    resources: Vec<ResourceInfo>,
    signals: Vec<&'static SignalInfo>,
    #[cfg(feature = "durable")]
    durable: Vec<DurableNeed>,
}

impl Needs {
    /// Adds a resource. It is optional only if it is optional for each parameter that takes it.
    pub(crate) fn add(&mut self, resource: ResourceInfo) {
        let mut known = self.resources.iter_mut();
        match known.find(|known| known.type_id == resource.type_id) {
            Some(known) => known.is_optional &= resource.is_optional,
            None => self.resources.push(resource),
        }
    }

    /// Adds a signal whose receivers the receiver relies on.
    pub(crate) fn add_signal(&mut self, signal: &'static SignalInfo) {
        self.signals.push(signal);
    }

    /// Returns the signals whose receivers the receiver relies on.
    pub(crate) fn into_signals(self) -> Vec<&'static SignalInfo> {
        self.signals
    }

    /// Adds a parameter that only a durable receiver can take.
    #[cfg(feature = "durable")]
    pub(crate) fn add_durable(&mut self, need: DurableNeed) {
        self.durable.push(need);
    }

    pub(crate) fn into_resources(self) -> Vec<ResourceInfo> {
        self.resources
    }

    /// Returns the parameters that only a durable receiver can take, in their order.
    #[cfg(feature = "durable")]
    pub(crate) fn into_durable(self) -> Vec<DurableNeed> {
        self.durable
    }
}

/// A parameter that only a durable receiver can take.
#[cfg(feature = "durable")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum DurableNeed {
    /// `Delivery<'_>`.
    Delivery,
    /// `DurableTx<'_, DB>`.
    #[cfg_attr(
        not(any(feature = "durable-postgres", feature = "durable-sqlite", test)),
        expect(dead_code, reason = "the parameter comes with an outbox in a database")
    )]
    Transaction {
        /// The databases that the parameter accepts, each by its `sqlx::Database::NAME`.
        databases: &'static [&'static str],
    },
}

/// Metadata of a resource that a receiver needs.
///
/// Two values are equal if their types and [`is_optional`](Self::is_optional) are.
#[derive(Clone, Copy, Debug)]
pub struct ResourceInfo {
    type_id: TypeId,
    type_name: &'static str,
    is_sized: bool,
    is_optional: bool,
    is_provided: fn() -> bool,
}

impl ResourceInfo {
    pub(crate) fn new<T: ?Sized + 'static>(is_optional: bool, is_provided: fn() -> bool) -> Self {
        Self {
            type_id: TypeId::of::<T>(),
            type_name: type_name::<T>(),
            is_sized: is_sized::<T>(),
            is_optional,
            is_provided,
        }
    }

    /// Returns the path of the resource's type, as the compiler prints it.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        self.type_name
    }

    pub(crate) fn how_to_provide(&self) -> String {
        how_to_provide(self.is_sized, self.type_name)
    }

    /// Returns whether the receiver also runs without the resource, as with `Option<Res<'_, T>>`.
    #[must_use]
    pub fn is_optional(&self) -> bool {
        self.is_optional
    }

    /// Returns whether the process or the current [`Scope`](crate::Scope) provides the resource now.
    #[must_use]
    pub fn is_provided(&self) -> bool {
        (self.is_provided)()
    }
}

impl PartialEq for ResourceInfo {
    fn eq(&self, other: &Self) -> bool {
        self.type_id == other.type_id && self.is_optional == other.is_optional
    }
}

impl Eq for ResourceInfo {}

impl Hash for ResourceInfo {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.type_id.hash(state);
        self.is_optional.hash(state);
    }
}

/// Returns whether `provide` accepts the type, which it takes by value.
pub(crate) fn is_sized<T: ?Sized>() -> bool {
    size_of::<&T>() == size_of::<usize>()
}

pub(crate) fn how_to_provide(is_sized: bool, type_name: &str) -> String {
    let function = if is_sized { "provide" } else { "provide_dyn" };
    format!("call `lback_signals::{function}::<{type_name}>(…)` before the first send")
}
