//! The sender of a stored signal, which may be a snapshot. Nothing here is public API.

use std::marker::PhantomData;
use std::ops::Deref;

use super::{FromSignal, SentBy};
use crate::enqueue::SnapshotSender;
use crate::report::Exception;
use crate::signal::{ReceiverArgs, Signal};

/// A parameter that a durable receiver can take if the sender is stored as a snapshot of type `Sender`.
#[diagnostic::on_unimplemented(
    message = "a durable receiver cannot take `{Self}`, since the sender of its signal is stored as a snapshot",
    label = "the sender at delivery is a snapshot of `{Sender}`, and never the type that was sent",
    note = "take the signal, and look the sender up by the id that the snapshot shows"
)]
pub trait FromSnapshot<Sender: ?Sized> {}

#[diagnostic::do_not_recommend]
impl<T: ?Sized> FromSnapshot<T> for SentBy<'_, T> {}

/// The arguments of a durable receiver that takes `SentBy`.
///
/// If the sender is a [`SnapshotSender`], method resolution finds the methods of this type. Otherwise their bounds
/// do not hold, and it finds those of [`ReceiverArgs`] through `Deref`.
#[derive(Debug)]
pub struct StoredArgs<'d, S>(ReceiverArgs<'d, S>);

impl<'d, S: Signal<Sender: SnapshotSender>> StoredArgs<'d, S> {
    /// Returns the value of a parameter.
    ///
    /// # Errors
    ///
    /// Returns the rejection of the parameter's extractor.
    pub fn get<T: FromSignal<'d, S> + FromSnapshot<S::Sender>>(&self) -> Result<T, Exception> {
        self.0.get()
    }
}

impl<'d, S> Deref for StoredArgs<'d, S> {
    type Target = ReceiverArgs<'d, S>;

    fn deref(&self) -> &ReceiverArgs<'d, S> {
        &self.0
    }
}

impl<'d, S: Signal> ReceiverArgs<'d, S> {
    /// Returns the arguments of a durable receiver.
    #[must_use]
    pub fn stored(self) -> StoredArgs<'d, S> {
        StoredArgs(self)
    }
}

/// Compile-time test whether the sender's type `T` is a [`SnapshotSender`], in the same way.
#[derive(Debug)]
pub struct SenderSubject<T: ?Sized>(PhantomData<T>);

impl<T: ?Sized> SenderSubject<T> {
    /// Returns the value to call the method of.
    #[expect(clippy::new_without_default, reason = "only for generated code")]
    #[must_use]
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<T: SnapshotSender + ?Sized> SenderSubject<T> {
    /// Returns the subject of the sender.
    pub fn __lback_subject(&self, sender: &T) -> Option<String> {
        sender.subject()
    }
}

impl<T: ?Sized> Deref for SenderSubject<T> {
    type Target = NoSubject;

    fn deref(&self) -> &NoSubject {
        &NoSubject
    }
}

/// The method of [`SenderSubject`] for a sender that is not a snapshot.
#[derive(Debug)]
pub struct NoSubject;

impl NoSubject {
    #[expect(
        clippy::unused_self,
        reason = "called like the method of `SenderSubject`"
    )]
    pub fn __lback_subject<T: ?Sized>(&self, _: &T) -> Option<String> {
        None
    }
}
