//! The strategies of a dispatch to invoke one receiver and to handle its reply.

use std::cell::RefCell;

use super::callee::Callee;
use super::deliver::Deliver;
use crate::context::Context;
use crate::info::ReceiverInfo;
use crate::observe::ShowField;
use crate::recursion;
use crate::registry::{Receiver, Registered};
use crate::report::{Exception, Outcome, ReplyOf, Until};

/// A strategy that invokes receivers with one signal.
pub(crate) trait Invoke<Entry: Registered>: Copy {
    /// Invokes a linked function.
    fn function(self, receiver: &Receiver<Entry::Shim>, context: &Context) -> Outcome;

    /// Invokes a connected closure. `info` represents it in reports.
    fn closure(
        self,
        info: &'static ReceiverInfo,
        closure: &Entry::Handler,
        context: &Context,
    ) -> Outcome;

    /// Returns the name and the id of the model that sends the signal.
    fn sender(self) -> Option<String>;

    /// Shows the fields that an observer may get.
    fn show(self, show: ShowField<'_>);

    /// Invokes a linked function or a connected closure.
    fn any(self, callee: &Callee<'_, Entry::Shim, Entry::Handler>, context: &Context) -> Outcome {
        match callee {
            Callee::Linked(receiver) => self.function(receiver, context),
            Callee::Connected(connected) => {
                self.closure(connected.info, &connected.handler, context)
            }
        }
    }
}

/// Invokes receivers of a signal without replies.
pub(crate) struct InvokeUnit<'s, S>(pub(crate) &'s S);

// Implemented by hand: a derive would require `S: Copy`.
impl<S> Copy for InvokeUnit<'_, S> {}

impl<S> Clone for InvokeUnit<'_, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<Entry: Registered, S: Deliver<Entry, Reply = ()>> Invoke<Entry> for InvokeUnit<'_, S> {
    #[inline]
    fn function(self, receiver: &Receiver<Entry::Shim>, context: &Context) -> Outcome {
        self.0.__call(receiver.shim, context)
    }

    #[inline]
    fn closure(
        self,
        _: &'static ReceiverInfo,
        closure: &Entry::Handler,
        context: &Context,
    ) -> Outcome {
        self.0.__call_closure(closure, context).map(drop)
    }

    fn sender(self) -> Option<String> {
        self.0.__sender_model()
    }

    fn show(self, show: ShowField<'_>) {
        self.0.__show(show);
    }
}

/// Invokes receivers and collects their replies. With `until`, collects only the first answer.
pub(crate) struct InvokeForReply<'s, S, R> {
    pub(crate) signal: &'s S,
    pub(crate) until: Until<R>,
    pub(crate) replies: &'s RefCell<Vec<ReplyOf<R>>>,
}

impl<S, R> Copy for InvokeForReply<'_, S, R> {}

impl<S, R> Clone for InvokeForReply<'_, S, R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S, R> InvokeForReply<'_, S, R> {
    fn note(&self, info: &'static ReceiverInfo, reply: R) -> Outcome {
        // A receiver in a stopped chain has failed, regardless of what it returns.
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

impl<Entry: Registered, S: Deliver<Entry>> Invoke<Entry> for InvokeForReply<'_, S, S::Reply> {
    fn function(self, receiver: &Receiver<Entry::Shim>, context: &Context) -> Outcome {
        let reply = self.signal.__call(receiver.shim, context)?;
        self.note(receiver.info, reply)
    }

    fn closure(
        self,
        info: &'static ReceiverInfo,
        closure: &Entry::Handler,
        context: &Context,
    ) -> Outcome {
        match self.signal.__call_closure(closure, context)? {
            Some(reply) => self.note(info, reply),
            None => Ok(()),
        }
    }

    fn sender(self) -> Option<String> {
        self.signal.__sender_model()
    }

    fn show(self, show: ShowField<'_>) {
        self.signal.__show(show);
    }
}
