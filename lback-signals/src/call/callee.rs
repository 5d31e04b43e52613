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

/// Returns the receivers in call order.
pub(crate) fn callees<'t, Shim, Handler: ?Sized>(
    linked: &'t [Receiver<Shim>],
    connected: &'t [Connected<Handler>],
) -> impl Iterator<Item = Callee<'t, Shim, Handler>> {
    let linked = linked.iter().map(Callee::Linked);
    linked.chain(connected.iter().map(Callee::Connected))
}
