//! An observed dispatch.

use std::fmt;

use super::show::ShowField;
use crate::context::Context;
use crate::info::{ReceiverInfo, SignalInfo};
use crate::report::DispatchId;
use crate::unwind::catch_panic;

/// A signal that is being sent, as an [`Observer`](super::Observer) gets it.
pub struct Dispatch<'d> {
    pub(super) id: DispatchId,
    pub(super) signal: &'static SignalInfo,
    pub(super) sent_by: Option<SendingReceiver>,
    pub(super) context: &'d Context,
    pub(super) show: &'d dyn Fn(ShowField<'_>),
}

impl Dispatch<'_> {
    /// Returns the number of the dispatch, which the runs of its receivers have too.
    #[must_use]
    pub fn id(&self) -> DispatchId {
        self.id
    }

    /// Returns the metadata of the signal, with the names of its fields.
    #[must_use]
    pub fn signal(&self) -> &'static SignalInfo {
        self.signal
    }

    /// Returns the receiver that has sent the signal. `None` if other code has sent it, such as a task that a receiver
    /// has spawned.
    #[must_use]
    pub fn sent_by(&self) -> Option<SendingReceiver> {
        self.sent_by
    }

    /// Returns the names and values of the fields that are marked `#[field(show)]`, in the order of the declaration.
    /// A value whose `Display` panics is left out.
    #[must_use]
    pub fn shown_fields(&self) -> Vec<(&'static str, String)> {
        let mut fields = Vec::new();
        (self.show)(&mut |name, value| {
            fields.extend(catch_panic(|| value.to_string()).map(|value| (name, value)));
        });
        fields
    }

    /// Returns a resource of the sender's scope or of the process, such as the context of its request.
    #[must_use]
    pub fn resource<T: ?Sized + Send + Sync + 'static>(&self) -> Option<&T> {
        self.context.provided()
    }
}

impl fmt::Debug for Dispatch<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dispatch")
            .field("id", &self.id)
            .field("signal", &self.signal.name())
            .field("sent_by", &self.sent_by)
            .finish_non_exhaustive()
    }
}

/// A running receiver that sends a signal.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SendingReceiver {
    pub(super) dispatch: DispatchId,
    pub(super) receiver: &'static ReceiverInfo,
}

impl SendingReceiver {
    /// Returns the dispatch that the receiver runs for, or the attempt of a durable receiver.
    #[must_use]
    pub fn dispatch(self) -> DispatchId {
        self.dispatch
    }

    /// Returns the receiver.
    #[must_use]
    pub fn receiver(self) -> &'static ReceiverInfo {
        self.receiver
    }
}

impl fmt::Debug for SendingReceiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendingReceiver")
            .field("dispatch", &self.dispatch)
            .field("receiver", &self.receiver.id())
            .finish()
    }
}
