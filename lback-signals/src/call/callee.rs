//! The receivers of one dispatch.

use crate::connection::Connected;
use crate::info::ReceiverInfo;
use crate::registry::Receiver;

/// A linked receiver or a connected closure.
pub(crate) enum Callee<'t, Shim, Handler: ?Sized> {
    Linked(&'t Receiver<Shim>),
    Connected(&'t Connected<Handler>),
}

impl<Shim, Handler: ?Sized> Callee<'_, Shim, Handler> {
    pub(crate) fn info(&self) -> &'static ReceiverInfo {
        match self {
            Self::Linked(receiver) => receiver.info,
            Self::Connected(connected) => connected.info,
        }
    }
}

/// The receivers of one dispatch, in call order: linked functions, then connected closures.
pub(crate) struct Callees<'t, Shim, Handler: ?Sized> {
    pub(crate) linked: &'t [Receiver<Shim>],
    pub(crate) connected: &'t [Connected<Handler>],
}

// Implemented by hand: a derive would require `Shim: Copy` and `Handler: Copy`.
impl<Shim, Handler: ?Sized> Copy for Callees<'_, Shim, Handler> {}

impl<Shim, Handler: ?Sized> Clone for Callees<'_, Shim, Handler> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<'t, Shim, Handler: ?Sized> Callees<'t, Shim, Handler> {
    #[inline]
    pub(crate) fn len(self) -> usize {
        self.linked.len() + self.connected.len()
    }

    pub(crate) fn first(self) -> Option<&'static ReceiverInfo> {
        self.iter().next().map(|callee| callee.info())
    }

    /// Returns the position of a receiver, or `None` if it is not among these.
    pub(crate) fn position(self, info: &'static ReceiverInfo) -> Option<usize> {
        self.iter().position(|callee| callee.info() == info)
    }

    pub(crate) fn iter(
        self,
    ) -> impl Iterator<Item = Callee<'t, Shim, Handler>> + use<'t, Shim, Handler> {
        let linked = self.linked.iter().map(Callee::Linked);
        linked.chain(self.connected.iter().map(Callee::Connected))
    }
}
