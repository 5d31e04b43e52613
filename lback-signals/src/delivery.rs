//! What the function that `#[receiver]` generates gets, and what it returns.
//!
//! It is `|delivery| delivery.finish(the_function(delivery.get()?, …))`, with `start` for `finish` where
//! the function is an `async fn`. Nothing here is public API.

use crate::extract::{Context, FromSignal, Rejection, Take};
use crate::failure::{BoxError, FailureKind};
use crate::running::{Started, Starting};
use crate::signal::Signal;

/// What a call of a receiver came to. It is returned in two registers, of which the good path
/// looks at one.
///
/// `R` is what the receiver answers, of which the dispatch itself knows nothing.
pub type Outcome<R = ()> = Result<R, Undelivered>;

/// Why a receiver did not do its work.
#[derive(Debug)]
pub enum Undelivered {
    /// One of its parameters asked to pass it over.
    Skipped,
    /// It has done its work, and has no answer to give: a closure whose signal's reply borrows.
    Unanswered,
    /// It was asked and has answered: no other receiver is asked.
    Answered,
    /// It, or one of its parameters, failed.
    Failed(Box<FailureKind>),
}

impl Undelivered {
    #[cold]
    fn failed(kind: FailureKind) -> Self {
        Self::Failed(Box::new(kind))
    }

    #[cold]
    pub(crate) fn error(error: BoxError) -> Self {
        Self::failed(FailureKind::Error(error))
    }
}

/// A signal on its way to one receiver: the argument of the function that `#[receiver]`
/// generates.
///
/// It carries the signal's type, so that inference never has to choose between signals.
#[derive(Debug)]
pub struct Delivery<'d, S> {
    signal: &'d S,
    context: &'d Context,
}

// So that its methods take it by value, and no method of a user's trait comes before them.
impl<S> Copy for Delivery<'_, S> {}

impl<S> Clone for Delivery<'_, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<'d, S: Signal> Delivery<'d, S> {
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

    /// A parameter's value.
    ///
    /// # Errors
    ///
    /// What the parameter's type made of the signal instead of a value.
    #[inline]
    pub fn get<T: FromSignal<'d, S>>(self) -> Result<T, Undelivered> {
        T::from_signal(self.signal, self.context).map_err(|Rejection(failure)| match failure {
            None => Undelivered::Skipped,
            Some(kind) => Undelivered::failed(kind),
        })
    }

    /// The value of a parameter whose type is no extractor of this crate.
    ///
    /// # Errors
    ///
    /// Those of [`get`](Self::get).
    #[inline]
    pub fn take<T: Take<'d, S>>(self) -> Result<T, Undelivered> {
        self.get()
    }

    /// What the receiver's return value comes to.
    ///
    /// # Errors
    ///
    /// The receiver's own.
    #[inline]
    pub fn finish<R: ReceiverReturn<S::Reply>>(self, returned: R) -> Outcome<S::Reply> {
        returned.into_reply().map_err(Undelivered::error)
    }

    /// The same for a receiver that is an `async fn`, from its start on.
    ///
    /// # Errors
    ///
    /// None: what its parameters did not allow to be started has ended before.
    #[inline]
    pub fn start<R, F>(self, receiver: F) -> Starting<'d, S::Reply>
    where
        R: ReceiverReturn<S::Reply>,
        F: Future<Output = R> + Send + 'd,
    {
        Ok(Started::new(async move {
            let returned = receiver.await;
            returned.into_reply().map_err(Undelivered::error)
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
        Err(Undelivered::Unanswered)
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
pub trait ReceiverReturn<R> {
    /// The answer, or the error as one type.
    ///
    /// # Errors
    ///
    /// The receiver's own error.
    fn into_reply(self) -> Result<R, BoxError>;
}

impl<R> ReceiverReturn<R> for R {
    #[inline]
    fn into_reply(self) -> Result<R, BoxError> {
        Ok(self)
    }
}

#[diagnostic::do_not_recommend]
impl<R, E: Into<BoxError>> ReceiverReturn<R> for Result<R, E> {
    #[inline]
    fn into_reply(self) -> Result<R, BoxError> {
        self.map_err(Into::into)
    }
}
