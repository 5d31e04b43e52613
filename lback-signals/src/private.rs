//! What generated code uses. Not public API.

pub use inventory;

pub use crate::delivery::{Delivery, Outcome, ReceiverReturn, Undelivered};
pub use crate::dispatch::Mode;
pub use crate::info::ReceiverPlace;
pub use crate::registry::{Registered, Registration, SignalEntry, Table};

use crate::signal::Signal;

/// Found by `TheType::__receiver(…)` where the type has no function of that name of its own, since
/// it is no signal: its bound says so in one clear error.
pub trait NotASignal {
    fn __receiver(place: ReceiverPlace, shim: fn(NoDelivery) -> Outcome) -> Unregistered
    where
        Self: Signal;
}

impl<T: ?Sized> NotASignal for T {
    fn __receiver(_: ReceiverPlace, _: fn(NoDelivery) -> Outcome) -> Unregistered
    where
        Self: Signal,
    {
        Unregistered
    }
}

/// Stands in for [`Delivery`] where there is no signal, and finds fault with nothing: one mistake
/// gives one message.
#[derive(Clone, Copy, Debug)]
pub struct NoDelivery;

impl NoDelivery {
    #[must_use]
    pub fn signal<T>(self) -> T {
        unreachable!("only in code that does not compile")
    }

    pub fn get<T>(self) -> Result<T, Undelivered> {
        Err(Undelivered::Skipped)
    }

    pub fn finish<T>(self, _: T) -> Outcome {
        Ok(())
    }
}

/// Stands in for a signal's registration type where there is no signal.
#[derive(Debug)]
pub struct Unregistered;

inventory::collect!(Unregistered);
