//! The signals and return types of durable receivers. Nothing here is public API.

use super::Signal;
use super::args::ReceiverArgs;
use super::started::{Started, Starting};
use crate::report::{BoxError, Exception, Outcome};
#[cfg(feature = "durable")]
use crate::report::{DeliveryError, DispatchId, Report};

/// A signal that is declared with `durable(…)`.
#[diagnostic::on_unimplemented(
    message = "durable receivers need a `durable` signal, which `{Self}` is not",
    label = "not declared with `#[signal(durable(…))]`",
    note = "the signal of a durable receiver is stored: declare the signal with a name and a version, as in `#[signal(durable(name = \"order.paid\", version = 1))]`"
)]
pub trait IsDurable {}

#[diagnostic::do_not_recommend]
impl<S: DeclaredDurable> IsDurable for S {}

/// The trait that `#[signal(durable(…))]` implements. [`IsDurable`] has a blanket implementation for it, so that
/// the compiler does not list all such signals of the program in its message.
pub trait DeclaredDurable {}

/// Never implemented: the bound of the constructors that a signal without a key lacks.
#[diagnostic::on_unimplemented(
    message = "receivers with `order = key` need a signal with a key, and `{Self}` has none",
    label = "no field of it is marked `#[key]`",
    note = "mark the field by which deliveries are ordered, as in `#[signal(durable(name = \"order.paid\", version = 1))] struct OrderPaid {{ #[key] order: u64 }}`"
)]
pub trait HasKey {}

/// A durable signal that can be sent in two steps, as `lback-auth` does: for its durable receivers in the transaction
/// of a database, and for the other receivers after the commit.
#[cfg(feature = "durable")]
pub trait SendInSteps {
    /// Enqueues the signal for its durable receivers. Returns the id of the dispatch if it is observed and the signal
    /// has durable receivers.
    fn __enqueue(&self) -> Option<DispatchId>;

    /// Sends the signal to its other receivers. `dispatch` is the return value of [`__enqueue`](Self::__enqueue).
    fn __send_enqueued(&self, dispatch: Option<DispatchId>) -> Report;
}

/// A return type of durable receivers.
#[diagnostic::on_unimplemented(
    message = "a durable receiver cannot return `{Self}`",
    label = "not `()` and not a `Result<(), E>` whose error converts into a `DeliveryError`",
    note = "durable receivers return `()` or `Result<(), E>`, where `E: Into<Box<dyn Error + Send + Sync>>` or `E` is `lback_signals::durable::DeliveryError`",
    note = "errors can be sent to other threads: use `Box<dyn Error + Send + Sync>` instead of `Box<dyn Error>`"
)]
pub trait IntoDelivery {
    /// # Errors
    ///
    /// Returns the receiver's error, which says whether the delivery is attempted again.
    fn into_delivery(self) -> Result<(), BoxError>;
}

#[diagnostic::do_not_recommend]
impl IntoDelivery for () {
    fn into_delivery(self) -> Result<(), BoxError> {
        Ok(())
    }
}

#[cfg(feature = "durable")]
#[diagnostic::do_not_recommend]
impl<E: Into<DeliveryError>> IntoDelivery for Result<(), E> {
    fn into_delivery(self) -> Result<(), BoxError> {
        self.map_err(|error| error.into().into_failure())
    }
}

/// Without the feature the compiler reports the missing feature alone.
#[cfg(not(feature = "durable"))]
impl<E> IntoDelivery for Result<(), E> {
    fn into_delivery(self) -> Result<(), BoxError> {
        Ok(())
    }
}

impl<'d, S: Signal<Reply = ()>> ReceiverArgs<'d, S> {
    /// Converts the return value of a durable receiver.
    ///
    /// # Errors
    ///
    /// Returns the receiver's error.
    pub fn finish_durable<R: IntoDelivery>(self, returned: R) -> Outcome {
        returned.into_delivery().map_err(Exception::error)
    }

    /// Starts a durable receiver that is an `async fn`, and converts its return value when it ends.
    ///
    /// # Errors
    ///
    /// Never returns one. A rejected parameter has already ended the shim.
    pub fn start_durable<R, F>(self, receiver: F) -> Starting<'d>
    where
        R: IntoDelivery,
        F: Future<Output = R> + Send + 'd,
    {
        Ok(Started::new(async move {
            let returned = receiver.await;
            returned.into_delivery().map_err(Exception::error)
        }))
    }
}
