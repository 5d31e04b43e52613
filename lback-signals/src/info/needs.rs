//! The resources that a receiver takes.

use std::any::{TypeId, type_name};

/// The resources that the parameters of a receiver take: what
/// [`FromSignal::needs`](crate::FromSignal::needs) adds to.
#[derive(Debug, Default)]
pub struct Needs {
    resources: Vec<ResourceInfo>,
}

impl Needs {
    /// Adds a resource, which is optional only if each parameter that takes it says so.
    pub(crate) fn add(&mut self, resource: ResourceInfo) {
        let mut noted = self.resources.iter_mut();
        match noted.find(|noted| noted.type_id == resource.type_id) {
            Some(noted) => noted.is_optional &= resource.is_optional,
            None => self.resources.push(resource),
        }
    }

    pub(crate) fn into_resources(self) -> Vec<ResourceInfo> {
        self.resources
    }
}

/// A resource that a receiver takes.
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

    /// The type's path, as the compiler names it.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        self.type_name
    }

    pub(crate) fn how_to_provide(&self) -> &'static str {
        how_to_provide(self.is_sized)
    }

    /// Whether the receiver does without it, as with `Option<Res<'_, T>>`.
    #[must_use]
    pub fn is_optional(&self) -> bool {
        self.is_optional
    }

    /// Whether there is one here and now: in the process, or in the current
    /// [`Scope`](crate::Scope).
    #[must_use]
    pub fn is_provided(&self) -> bool {
        (self.is_provided)()
    }
}

/// Whether `provide` can take it, which has it by value.
pub(crate) fn is_sized<T: ?Sized>() -> bool {
    size_of::<&T>() == size_of::<usize>()
}

pub(crate) fn how_to_provide(is_sized: bool) -> &'static str {
    if is_sized {
        "call `lback_signals::provide` before signals are sent"
    } else {
        "call `lback_signals::provide_dyn` before signals are sent"
    }
}
