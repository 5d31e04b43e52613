//! How a receiver is known, and how its parameters are asked for their needs.

use super::needs::Needs;
use crate::unwind::discard_panic;
use std::any::TypeId;

/// What a receiver is known by, and what its parameters need.
#[derive(Clone, Copy, Debug)]
pub enum Introspection {
    /// It takes nothing but its signal. By far the most do, and this is the least to compile.
    Plain(TypeId),
    /// It goes through its parameters to say so.
    Probed(fn(Option<&mut Needs>) -> TypeId),
}

impl Introspection {
    /// The type of the function item, which `after(…)` and `before(…)` know the receiver by.
    pub(crate) fn item(self) -> TypeId {
        match self {
            Self::Plain(item) => item,
            Self::Probed(describe) => describe(None),
        }
    }

    pub(crate) fn needs(self) -> Needs {
        let mut needs = Needs::default();
        if let Self::Probed(describe) = self {
            // The user's own `needs` may panic: what it has said until then holds.
            discard_panic(|| {
                describe(Some(&mut needs));
            });
        }
        needs
    }
}

/// The type of a function item.
#[must_use]
pub const fn item<F: 'static>(_: &F) -> TypeId {
    TypeId::of::<F>()
}
