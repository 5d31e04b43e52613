//! The argument and the return value of a receiver's shim, the function that `#[receiver]` generates.
//!
//! A shim is `|args| args.finish(the_function(args.get()?, …))`, with `start` instead of `finish` for an
//! `async fn`. Nothing here is public API.

use super::Signal;
use super::started::{Started, Starting};
use crate::context::Context;
use crate::report::{BoxError, Exception, Outcome};

/// The argument of a receiver's shim: the signal and the context of the dispatch.
///
/// It carries the signal's type, so that inference never chooses between signals.
#[derive(Debug)]
pub struct ReceiverArgs<'d, S> {
    pub(crate) signal: &'d S,
    pub(crate) context: &'d Context,
}

// `Copy` lets the methods take `self` by value, so that no method of a user's trait takes precedence.
impl<S> Copy for ReceiverArgs<'_, S> {}

impl<S> Clone for ReceiverArgs<'_, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<'d, S: Signal> ReceiverArgs<'d, S> {
    /// Creates the argument for one dispatch of `signal`.
    #[inline]
    #[must_use]
    pub fn new(signal: &'d S, context: &'d Context) -> Self {
        Self { signal, context }
    }

    /// Returns the signal, for receivers that are generic over it.
    #[inline]
    #[must_use]
    pub fn signal(self) -> &'d S {
        self.signal
    }

    /// Converts the receiver's return value.
    ///
    /// # Errors
    ///
    /// Returns the receiver's error.
    #[inline]
    pub fn finish<R: IntoReply<S::Reply>>(self, returned: R) -> Outcome<S::Reply> {
        returned.into_reply().map_err(Exception::error)
    }

    /// Starts a receiver that is an `async fn`, and converts its return value when it ends.
    ///
    /// # Errors
    ///
    /// Never returns one. A rejected parameter has already ended the shim.
    #[inline]
    pub fn start<R, F>(self, receiver: F) -> Starting<'d, S::Reply>
    where
        R: IntoReply<S::Reply>,
        F: Future<Output = R> + Send + 'd,
    {
        Ok(Started::new(async move {
            let returned = receiver.await;
            returned.into_reply().map_err(Exception::error)
        }))
    }
}

/// Wraps a started async closure that has no reply, because the signal's reply type borrows from the
/// signal.
///
/// # Errors
///
/// Returns the closure's exception.
pub fn unanswered<'d, R: 'd>(starting: Starting<'d>) -> Starting<'d, R> {
    let started = starting?;
    Ok(Started::new(async move {
        started.await?;
        Err(Exception::Unanswered)
    }))
}

/// A return type of receivers of a signal whose reply type is `R`.
#[diagnostic::on_unimplemented(
    message = "a receiver cannot return `{Self}` here",
    label = "not `{R}` and not a `Result<{R}, E>` whose error converts into a `BoxError`",
    note = "this signal's receivers return `{R}`, or `Result<{R}, E>` where `E: Into<Box<dyn Error + Send + Sync>>`",
    note = "errors can be sent to other threads: use `Box<dyn Error + Send + Sync>` instead of `Box<dyn Error>`",
    note = "`#[signal(reply = T)]` sets the type that a signal's receivers return; without it they return `()`"
)]
pub trait IntoReply<R> {
    /// Converts the return value into a reply, or the error into a `BoxError`.
    ///
    /// # Errors
    ///
    /// Returns the receiver's error.
    fn into_reply(self) -> Result<R, BoxError>;
}

impl<R> IntoReply<R> for R {
    #[inline]
    fn into_reply(self) -> Result<R, BoxError> {
        Ok(self)
    }
}

#[diagnostic::do_not_recommend]
impl<R, E: Into<BoxError>> IntoReply<R> for Result<R, E> {
    #[inline]
    fn into_reply(self) -> Result<R, BoxError> {
        self.map_err(Into::into)
    }
}
