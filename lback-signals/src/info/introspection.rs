//! The identity and the needs of a receiver, obtained without a call.

use super::needs::Needs;
use crate::unwind::discard_panic;
use std::any::TypeId;

/// Source of a receiver's identity and of its parameters' needs.
#[derive(Clone, Copy, Debug)]
pub enum Introspection {
    /// The receiver takes only its signal, as most do. This variant is the fastest to compile.
    Plain(TypeId),
    /// Generated function that collects the needs of each parameter, and returns the identity.
    Probed(fn(Option<&mut Needs>) -> TypeId),
}

impl Introspection {
    /// Returns the type of the function item, by which `after(…)` and `before(…)` identify the receiver.
    pub(crate) fn item(self) -> TypeId {
        match self {
            Self::Plain(item) => item,
            Self::Probed(probe) => probe(None),
        }
    }

    pub(crate) fn needs(self) -> Needs {
        let mut needs = Needs::default();
        if let Self::Probed(probe) = self {
            // A user's `needs` may panic: keep what was collected before.
            discard_panic(|| {
                probe(Some(&mut needs));
            });
        }
        needs
    }
}

/// Returns the type of a function item.
#[must_use]
pub const fn item<F: 'static>(_: &F) -> TypeId {
    TypeId::of::<F>()
}
