//! Whom a dispatch calls, and how.

use std::cell::RefCell;

use crate::connection::Connected;
use crate::context::Context;
use crate::info::ReceiverInfo;
use crate::recursion;
use crate::registry::{Receiver, Registered};
use crate::report::{Exception, Outcome, Until};
use crate::signal::Starting;

/// A receiver, of either kind.
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

/// All of them, in order.
pub(crate) fn callees<'t, Shim, Handler: ?Sized>(
    linked: &'t [Receiver<Shim>],
    connected: &'t [Connected<Handler>],
) -> impl Iterator<Item = Callee<'t, Shim, Handler>> {
    let linked = linked.iter().map(Callee::Linked);
    linked.chain(connected.iter().map(Callee::Connected))
}

/// How a signal is handed to whatever receives it: to a function, or to a closure that is known by
/// the info. A signal's own macro makes it, since nothing else can name what it calls.
pub(crate) trait Invoke<Entry: Registered>: Copy {
    fn function(self, receiver: &Receiver<Entry::Shim>, context: &Context) -> Outcome;

    fn closure(
        self,
        info: &'static ReceiverInfo,
        handler: &Entry::Handler,
        context: &Context,
    ) -> Outcome;

    fn any(self, callee: &Callee<'_, Entry::Shim, Entry::Handler>, context: &Context) -> Outcome {
        match callee {
            Callee::Linked(receiver) => self.function(receiver, context),
            Callee::Connected(connected) => {
                self.closure(connected.info, &connected.handler, context)
            }
        }
    }
}

/// How a signal is handed to a receiver that is awaited, a function or a closure.
pub(crate) trait InvokeAsync<Entry: Registered, S, R>: Copy {
    fn start<'c>(
        self,
        callee: &Callee<'c, Entry::AsyncShim, Entry::AsyncHandler>,
        signal: &'c S,
        context: &'c Context,
    ) -> Starting<'c, R>;
}

#[derive(Clone, Copy)]
pub(crate) struct InvokeAsyncBy<F, C> {
    pub(crate) function: F,
    pub(crate) closure: C,
}

impl<Entry: Registered, S, R, F, C> InvokeAsync<Entry, S, R> for InvokeAsyncBy<F, C>
where
    F: for<'c> Fn(Entry::AsyncShim, &'c S, &'c Context) -> Starting<'c, R> + Copy,
    C: for<'c> Fn(&'c Entry::AsyncHandler, &'c S, &'c Context) -> Starting<'c, R> + Copy,
{
    fn start<'c>(
        self,
        callee: &Callee<'c, Entry::AsyncShim, Entry::AsyncHandler>,
        signal: &'c S,
        context: &'c Context,
    ) -> Starting<'c, R> {
        match callee {
            Callee::Linked(receiver) => (self.function)(receiver.shim, signal, context),
            Callee::Connected(connected) => (self.closure)(&connected.handler, signal, context),
        }
    }
}

/// To those who answer nothing.
#[derive(Clone, Copy)]
pub(crate) struct InvokeUnit<F, C> {
    pub(crate) function: F,
    pub(crate) closure: C,
}

impl<Entry: Registered, F, C> Invoke<Entry> for InvokeUnit<F, C>
where
    F: Fn(Entry::Shim, &Context) -> Outcome + Copy,
    C: Fn(&Entry::Handler, &Context) -> Outcome + Copy,
{
    #[inline]
    fn function(self, receiver: &Receiver<Entry::Shim>, context: &Context) -> Outcome {
        (self.function)(receiver.shim, context)
    }

    #[inline]
    fn closure(
        self,
        _: &'static ReceiverInfo,
        handler: &Entry::Handler,
        context: &Context,
    ) -> Outcome {
        (self.closure)(handler, context)
    }
}

/// To those who answer.
pub(crate) struct InvokeForReply<'r, R, F, C> {
    pub(crate) function: F,
    pub(crate) closure: C,
    pub(crate) until: Until<R>,
    pub(crate) replies: &'r RefCell<Vec<(&'static ReceiverInfo, R)>>,
}

impl<R, F: Copy, C: Copy> Copy for InvokeForReply<'_, R, F, C> {}

impl<R, F: Copy, C: Copy> Clone for InvokeForReply<'_, R, F, C> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R, F, C> InvokeForReply<'_, R, F, C> {
    fn note(&self, info: &'static ReceiverInfo, reply: R) -> Outcome {
        // One that is being stopped has failed, whatever it returns.
        if recursion::is_stopped() || self.until.is_some_and(|is_answer| !is_answer(&reply)) {
            return Ok(());
        }
        self.replies.borrow_mut().push((info, reply));
        match self.until {
            None => Ok(()),
            Some(_) => Err(Exception::Answered),
        }
    }
}

impl<Entry: Registered, R, F, C> Invoke<Entry> for InvokeForReply<'_, R, F, C>
where
    F: Fn(Entry::Shim, &Context) -> Outcome<R> + Copy,
    C: Fn(&Entry::Handler, &Context) -> Outcome<Option<R>> + Copy,
{
    fn function(self, receiver: &Receiver<Entry::Shim>, context: &Context) -> Outcome {
        let reply = (self.function)(receiver.shim, context)?;
        self.note(receiver.info, reply)
    }

    fn closure(
        self,
        info: &'static ReceiverInfo,
        handler: &Entry::Handler,
        context: &Context,
    ) -> Outcome {
        match (self.closure)(handler, context)? {
            Some(reply) => self.note(info, reply),
            None => Ok(()),
        }
    }
}
