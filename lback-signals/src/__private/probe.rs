//! What a receiver says of itself without being called. Nothing here is public API.

use std::marker::PhantomData;

use crate::extract::{FromSignal, Take};
use crate::info::Needs;
use crate::signal::Signal;

/// A signal that is not there: what the description of a receiver goes through its parameters
/// with.
///
/// Like [`ReceiverArgs`](super::ReceiverArgs) it carries the signal's type, for the same reason.
/// It is used by `&mut`, as its methods take it, so that none of a user's trait comes before them.
#[derive(Debug)]
pub struct Probe<'n, S> {
    /// None, if nobody asks for them.
    needs: Option<&'n mut Needs>,
    signal: PhantomData<fn() -> S>,
}

impl<'n, S: Signal> Probe<'n, S> {
    /// A probe that notes what the parameters need.
    #[must_use]
    pub fn new(needs: Option<&'n mut Needs>) -> Self {
        Self {
            needs,
            signal: PhantomData,
        }
    }

    /// A parameter by its type, whose needs are noted.
    pub fn parameter<'s, T: FromSignal<'s, S>>(&mut self) -> Parameter<T> {
        if let Some(needs) = &mut self.needs {
            T::needs(needs);
        }
        Parameter::new()
    }

    /// The same for a type that is no extractor of this crate.
    pub fn taken<'s, T: Take<'s, S>>(&mut self) -> Parameter<T> {
        self.parameter()
    }

    /// The signal itself, in a call that is never made.
    pub fn signal<'s>(&mut self) -> Parameter<&'s S>
    where
        S: 's,
    {
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
