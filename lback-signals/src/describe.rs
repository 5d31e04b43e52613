//! What a receiver says of itself without being called. Nothing here is public API.

use std::any::TypeId;
use std::marker::PhantomData;

use crate::extract::FromSignal;
use crate::resources::Needs;
use crate::signal::Signal;

/// Tells the resources that a receiver's parameters need, and the type of its function item.
pub type Describe = fn(&mut Needs) -> TypeId;

/// The description of a receiver that takes nothing but its signal.
#[must_use]
pub const fn describe<F: 'static>(_: &F) -> Describe {
    |_| TypeId::of::<F>()
}

/// The type of a function item.
pub fn item<F: 'static>(_: &F) -> TypeId {
    TypeId::of::<F>()
}

/// A signal that is not there: what the description of a receiver goes through its parameters
/// with.
///
/// Like [`Delivery`](crate::delivery::Delivery) it carries the signal's type, for the same reason.
#[derive(Debug)]
pub struct Probe<'n, S> {
    needs: &'n mut Needs,
    signal: PhantomData<fn() -> S>,
}

impl<'n, S: Signal + 'static> Probe<'n, S> {
    /// A probe that notes what the parameters need.
    pub fn new(needs: &'n mut Needs) -> Self {
        Self {
            needs,
            signal: PhantomData,
        }
    }

    /// A parameter by its type, whose needs are noted.
    pub fn parameter<'s, T: FromSignal<'s, S>>(&mut self) -> Parameter<T> {
        T::needs(self.needs);
        Parameter::new()
    }

    /// The signal itself, in a call that is never made.
    pub fn signal<'s>(&self) -> Parameter<&'s S> {
        Parameter::new()
    }
}

/// A parameter of a call that is never made, but which tells a generic function's own types.
#[derive(Debug)]
pub struct Parameter<T>(PhantomData<fn() -> T>);

impl<T> Parameter<T> {
    pub(crate) fn new() -> Self {
        Self(PhantomData)
    }

    /// The argument.
    #[must_use]
    pub fn value(self) -> T {
        unreachable!("a description calls no receiver")
    }
}
