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
pub struct Rejection(pub(crate) Option<FailureKind>);

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
