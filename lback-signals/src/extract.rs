//! What a receiver's parameters may be, and how they get their values.

use crate::failure::{BoxError, FailureKind};
use crate::signal::Signal;

/// Something that a receiver of `S` can take as a parameter.
///
/// The signal itself, as `&S`, is one. Implement it for a type of your own to give receivers
/// what they would else compute again and again; `signal` and `context` live as long as the
/// receiver's call.
///
/// ```
/// use lback_signals::{Context, FromSignal, Rejection, Signal, receiver, signal};
///
/// #[signal]
/// struct PageViewed<'a> {
///     path: &'a str,
/// }
///
/// /// The first part of the path; receivers that ask for it never see a page without one.
/// #[derive(Clone, Copy)]
/// struct Section<'s>(&'s str);
///
/// impl<'s> FromSignal<'s, PageViewed<'_>> for Section<'s> {
///     fn from_signal(page: &'s PageViewed<'_>, _: &'s Context) -> Result<Self, Rejection> {
///         match page.path.split('/').nth(1) {
///             Some("") | None => Err(Rejection::skip()),
///             Some(section) => Ok(Section(section)),
///         }
///     }
/// }
///
/// #[receiver(signal = PageViewed)]
/// fn count(section: Section<'_>) {
///     println!("one more in {}", section.0);
/// }
///
/// assert_eq!(PageViewed { path: "/blog/signals" }.send().delivered(), 1);
/// assert_eq!(PageViewed { path: "/" }.send().skipped(), 1);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not something a receiver of `{S}` can take",
    label = "neither the signal by reference nor an extractor for it",
    note = "a receiver takes the signal as `&{S}`, or types that implement `FromSignal<'_, {S}>`"
)]
pub trait FromSignal<'s, S: Signal>: Sized {
    /// Makes the parameter's value, or says why the receiver cannot be called.
    ///
    /// # Errors
    ///
    /// [`Rejection::skip`] to pass the receiver over, [`Rejection::fail`] to make it fail.
    fn from_signal(signal: &'s S, context: &'s Context) -> Result<Self, Rejection>;
}

impl<'s, S: Signal> FromSignal<'s, S> for &'s S {
    #[inline]
    fn from_signal(signal: &'s S, _: &'s Context) -> Result<Self, Rejection> {
        Ok(signal)
    }
}

/// Why a parameter has no value, so that its receiver is not called.
#[derive(Debug)]
pub struct Rejection(Option<FailureKind>);

impl Rejection {
    /// The receiver does not want this one: it counts as skipped, which is no failure.
    #[must_use]
    pub fn skip() -> Self {
        Self(None)
    }

    /// The receiver cannot do its work: it counts as failed, for this reason.
    #[must_use]
    pub fn fail(reason: impl Into<BoxError>) -> Self {
        Self(Some(FailureKind::Error(reason.into())))
    }
}

/// What the parameters of one dispatch share.
///
/// It is handed to [`FromSignal::from_signal`].
#[derive(Debug)]
pub struct Context(());

impl Context {
    #[inline]
    pub(crate) const fn new() -> Self {
        Self(())
    }
}

/// What a call of a receiver came to. It is returned in two registers, of which the good path
/// looks at one.
// Not public API. Used by generated code.
#[doc(hidden)]
pub type Outcome = Result<(), Undelivered>;

/// Why a receiver did not do its work.
// Not public API. Used by generated code.
#[doc(hidden)]
#[derive(Debug)]
pub enum Undelivered {
    Skipped,
    Failed(Box<FailureKind>),
}

impl Undelivered {
    #[cold]
    fn failed(kind: FailureKind) -> Self {
        Self::Failed(Box::new(kind))
    }
}

/// A signal on its way to one receiver: the argument of the function that `#[receiver]`
/// generates.
///
/// It carries the signal's type, so that inference never has to choose between signals.
// Not public API. Used by generated code.
#[doc(hidden)]
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
    #[inline]
    #[must_use]
    pub fn new(signal: &'d S, context: &'d Context) -> Self {
        Self { signal, context }
    }

    #[inline]
    #[must_use]
    pub fn signal(self) -> &'d S {
        self.signal
    }

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

    /// # Errors
    ///
    /// The receiver's own.
    #[inline]
    pub fn finish<R: ReceiverReturn>(self, returned: R) -> Outcome {
        returned
            .into_result()
            .map_err(|error| Undelivered::failed(FailureKind::Error(error)))
    }
}

/// What a receiver may return.
// Not public API. Used by generated code.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a receiver cannot return `{Self}`",
    label = "not `()` and not a `Result<(), E>` whose error converts into a `BoxError`",
    note = "return nothing, or `Result<(), E>` where `E: Into<Box<dyn Error + Send + Sync>>`",
    note = "an error may cross threads: `Box<dyn Error + Send + Sync>` does, `Box<dyn Error>` does not"
)]
pub trait ReceiverReturn {
    /// # Errors
    ///
    /// The receiver's own error.
    fn into_result(self) -> Result<(), BoxError>;
}

impl ReceiverReturn for () {
    #[inline]
    fn into_result(self) -> Result<(), BoxError> {
        Ok(())
    }
}

#[diagnostic::do_not_recommend]
impl<E: Into<BoxError>> ReceiverReturn for Result<(), E> {
    #[inline]
    fn into_result(self) -> Result<(), BoxError> {
        self.map_err(Into::into)
    }
}
