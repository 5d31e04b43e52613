//! What the function that `#[receiver]` generates gets, and what it returns.
//!
//! It is `|delivery| delivery.finish(the_function(delivery.get()?, …))`, with `start` for `finish` where
//! the function is an `async fn`. Nothing here is public API.

use super::Signal;
use super::started::{Started, Starting};
use crate::context::Context;
use crate::report::{BoxError, Exception, Outcome};

/// A signal on its way to one receiver: the argument of the function that `#[receiver]`
/// generates.
///
/// It carries the signal's type, so that inference never has to choose between signals.
#[derive(Debug)]
pub struct ReceiverArgs<'d, S> {
    pub(crate) signal: &'d S,
    pub(crate) context: &'d Context,
}

// So that its methods take it by value, and no method of a user's trait comes before them.
impl<S> Copy for ReceiverArgs<'_, S> {}

impl<S> Clone for ReceiverArgs<'_, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<'d, S: Signal> ReceiverArgs<'d, S> {
    /// The delivery of `signal` in one dispatch.
    #[inline]
    #[must_use]
    pub fn new(signal: &'d S, context: &'d Context) -> Self {
        Self { signal, context }
    }

    /// The signal itself, for receivers that are generic over it.
    #[inline]
    #[must_use]
    pub fn signal(self) -> &'d S {
        self.signal
    }

    /// What the receiver's return value comes to.
    ///
    /// # Errors
    ///
    /// The receiver's own.
    #[inline]
    pub fn finish<R: IntoReply<S::Reply>>(self, returned: R) -> Outcome<S::Reply> {
        returned.into_reply().map_err(Exception::error)
    }

    /// The same for a receiver that is an `async fn`, from its start on.
    ///
    /// # Errors
    ///
    /// None: what its parameters did not allow to be started has ended before.
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

/// The start of an async closure whose signal's reply borrows from the signal, so that the closure has no
/// answer to give.
///
/// # Errors
///
/// The closure's own.
pub fn unanswered<'d, R: 'd>(starting: Starting<'d>) -> Starting<'d, R> {
    let started = starting?;
    Ok(Started::new(async move {
        started.await?;
        Err(Exception::Unanswered)
    }))
}

/// What a receiver may return, where its signal asks for an `R`.
#[diagnostic::on_unimplemented(
    message = "a receiver cannot return `{Self}` here",
    label = "not `{R}` and not a `Result<{R}, E>` whose error converts into a `BoxError`",
    note = "this signal's receivers return `{R}`, or `Result<{R}, E>` where `E: Into<Box<dyn Error + Send + Sync>>`",
    note = "an error may cross threads: `Box<dyn Error + Send + Sync>` does, `Box<dyn Error>` does not",
    note = "`#[signal(reply = T)]` says what a signal's receivers answer; without it they return `()`"
)]
pub trait IntoReply<R> {
    /// The answer, or the error as one type.
    ///
    /// # Errors
    ///
    /// The receiver's own error.
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
