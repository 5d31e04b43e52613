//! Introspection of a receiver without a call. Not public API.

use std::marker::PhantomData;

use crate::extract::{FromSignal, Take};
use crate::info::Needs;
use crate::signal::Signal;

/// Stand-in for [`ReceiverArgs`](super::ReceiverArgs) that collects the needs of a receiver's
/// parameters.
///
/// Its type contains the type of the signal, so that the parameters are inferred as in a call. Generated code
/// holds it as `&mut`, which is the receiver type of its methods, so that no method of a user's trait takes
/// precedence.
#[derive(Debug)]
pub struct Probe<'n, S> {
    /// `None` if only the identity of the receiver is asked for.
    needs: Option<&'n mut Needs>,
    signal: PhantomData<fn() -> S>,
}

impl<'n, S: Signal> Probe<'n, S> {
    /// Returns a probe that adds to `needs`.
    #[must_use]
    pub fn new(needs: Option<&'n mut Needs>) -> Self {
        Self {
            needs,
            signal: PhantomData,
        }
    }

    /// Adds the needs of a parameter.
    pub fn get<'s, T: FromSignal<'s, S>>(&mut self) -> Parameter<T> {
        if let Some(needs) = &mut self.needs {
            T::needs(needs);
        }
        Parameter::new()
    }

    /// Adds the needs of a parameter whose type is not an extractor of this crate.
    pub fn take<'s, T: Take<'s, S>>(&mut self) -> Parameter<T> {
        self.get()
    }

    /// Returns a stand-in for the signal, for receivers that are generic over it.
    pub fn signal<'s>(&mut self) -> Parameter<&'s S>
    where
        S: 's,
    {
        Parameter::new()
    }
}

/// A parameter of a call that is never made. The call infers the type parameters of a generic function.
#[derive(Debug)]
pub struct Parameter<T>(PhantomData<fn() -> T>);

impl<T> Parameter<T> {
    pub(crate) fn new() -> Self {
        Self(PhantomData)
    }

    /// Returns the argument. Never called.
    #[must_use]
    pub fn value(self) -> T {
        unreachable!("a probe calls no receiver")
    }
}
