//! Extractors: the parameters of receivers.

/// Implements the methods and traits of [`SentBy`] and [`Res`], which are newtypes of a reference.
macro_rules! implement_reference {
    ($name:ident) => {
        impl<'s, T: ?Sized> $name<'s, T> {
            /// Wraps a reference, for a direct call of the receiver's function.
            #[must_use]
            pub fn new(value: &'s T) -> Self {
                Self(value)
            }

            /// Returns the reference, which lives as long as the call of the receiver.
            #[must_use]
            pub fn get(self) -> &'s T {
                self.0
            }
        }

        impl<T: ?Sized> Copy for $name<'_, T> {}

        impl<T: ?Sized> Clone for $name<'_, T> {
            fn clone(&self) -> Self {
                *self
            }
        }

        impl<T: ?Sized> std::ops::Deref for $name<'_, T> {
            type Target = T;

            fn deref(&self) -> &T {
                self.0
            }
        }

        impl<T: ?Sized + std::fmt::Debug> std::fmt::Debug for $name<'_, T> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_tuple(stringify!($name)).field(&self.0).finish()
            }
        }
    };
}

#[cfg(feature = "durable")]
mod delivery;
mod resource;
mod sender;
#[cfg(feature = "durable")]
mod stored_sender;

#[cfg(feature = "durable")]
pub use self::delivery::Delivery;
pub use self::resource::Res;
pub use self::sender::{SenderAs, SentBy};
#[cfg(feature = "durable")]
pub use self::stored_sender::SenderSubject;

use crate::context::Context;
use crate::info::Needs;
use crate::report::{Exception, Rejection};
use crate::signal::{ReceiverArgs, Signal};

/// A type that a receiver of the signal `S` can take as a parameter.
///
/// | parameter | value |
/// |---|---|
/// | `&S` | the signal |
/// | [`SentBy<'_, T>`](SentBy) | the sender, if it is a `T`; otherwise the receiver is skipped |
/// | [`Res<'_, T>`](Res) | a resource; without one the receiver fails |
/// | `Option<Res<'_, T>>` | the same resource, or `None` |
///
/// Implement this trait for a type of your own to share the code that derives a value from a signal, or
/// that filters signals. The value may borrow from `signal` and `context`, which outlive the call of the
/// receiver.
///
/// # Examples
///
/// ```
/// use lback_signals::{Context, FromSignal, Rejection, Signal, receiver, signal};
///
/// #[signal]
/// struct PageViewed<'a> {
///     path: &'a str,
/// }
///
/// /// The first segment of the path. Receivers that take it are skipped for a page without one.
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
///
/// An extractor that takes resources declares them in [`needs`](Self::needs):
///
/// ```
/// use lback_signals::{Context, FromSignal, Needs, Rejection, Signal, provide, receiver, signal};
///
/// struct Clock(fn() -> u64);
///
/// /// The second in which a receiver is called.
/// struct Now(u64);
///
/// impl<S: Signal> FromSignal<'_, S> for Now {
///     fn from_signal(_: &S, context: &Context) -> Result<Self, Rejection> {
///         let clock: &Clock = context.resource()?;
///         Ok(Now((clock.0)()))
///     }
///
///     fn needs(needs: &mut Needs) {
///         needs.resource::<Clock>();
///     }
/// }
///
/// #[signal]
/// struct Started;
///
/// #[receiver(signal = Started)]
/// #[allow(clippy::needless_pass_by_value)]
/// fn note(now: Now) {
///     println!("started at {}", now.0);
/// }
///
/// let needed = Started::info().receivers()[0].resources();
/// assert!(needed[0].type_name().ends_with("Clock") && !needed[0].is_provided());
///
/// provide(Clock(|| 1_767_225_600))?;
/// assert!(Started.send().is_ok());
/// # Ok::<(), lback_signals::AlreadyProvided>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "a receiver of `{S}` cannot take `{Self}`: write `&{S}` to take the signal",
    label = "neither `&{S}` nor an extractor for it",
    note = "a receiver takes the signal as `&{S}`, its sender as `SentBy<'_, T>`, a resource as `Res<'_, T>` or `Option<Res<'_, T>>`",
    note = "implement `FromSignal<'_, {S}>` to take a type of your own"
)]
pub trait FromSignal<'s, S: Signal>: Sized {
    /// Creates the value of the parameter.
    ///
    /// # Errors
    ///
    /// Returns [`Rejection::skip`] to skip the receiver, [`Rejection::fail`] to make it fail, or the
    /// rejection of [`Context::resource`]. The receiver is not called.
    fn from_signal(signal: &'s S, context: &'s Context) -> Result<Self, Rejection>;

    /// Declares the resources that [`from_signal`](Self::from_signal) takes from the context.
    ///
    /// The wiring lists them, and [`Wiring::check`](crate::Wiring::check) reports one that is not
    /// provided. The default implementation declares none.
    fn needs(needs: &mut Needs) {
        let _ = needs;
    }
}

impl Needs {
    /// Declares that the receiver sends this signal and relies on its receivers. Without a linked one,
    /// [`Wiring::check`](crate::Wiring::check) returns a
    /// [`WiringProblem::NoReceiver`](crate::WiringProblem::NoReceiver), and workers leave the durable deliveries of the
    /// sending receiver waiting.
    ///
    /// Receivers that are connected at run time are not counted.
    ///
    /// ```standalone_crate
    /// use lback_signals::{Context, FromSignal, Needs, Rejection, Signal, receiver, signal, wiring};
    ///
    /// #[signal]
    /// struct LetterDue<'a> {
    ///     to: &'a str,
    /// }
    ///
    /// /// Relies on receivers that write letters.
    /// struct Letters;
    ///
    /// impl<S: Signal> FromSignal<'_, S> for Letters {
    ///     fn from_signal(_: &S, _: &Context) -> Result<Self, Rejection> {
    ///         Ok(Letters)
    ///     }
    ///
    ///     fn needs(needs: &mut Needs) {
    ///         needs.receivers_of::<LetterDue<'_>>();
    ///     }
    /// }
    ///
    /// #[signal]
    /// struct Invited<'a> {
    ///     to: &'a str,
    /// }
    ///
    /// #[receiver(signal = Invited)]
    /// #[allow(clippy::needless_pass_by_value)]
    /// fn invite(event: &Invited<'_>, _: Letters) {
    ///     LetterDue { to: event.to }.send();
    /// }
    ///
    /// let problems = wiring().check().unwrap_err();
    /// assert!(problems[0].to_string().contains("`letter_due`, which has no receiver"));
    /// ```
    pub fn receivers_of<S: Signal>(&mut self) {
        self.add_signal(S::info());
    }
}

#[diagnostic::do_not_recommend]
impl<'s, S: Signal> FromSignal<'s, S> for &'s S {
    #[inline]
    fn from_signal(signal: &'s S, _: &'s Context) -> Result<Self, Rejection> {
        Ok(signal)
    }
}

/// [`FromSignal`] for a parameter whose type is not an extractor of this crate.
///
/// The compiler reports a missing implementation of this trait without a list of the existing ones. For
/// the extractors of this crate generated code uses `FromSignal`, so that the compiler reports their
/// unsatisfied bounds.
// Not public API. Used by generated code.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a receiver of `{S}` cannot take `{Self}`: write `&{S}` to take the signal",
    label = "neither `&{S}` nor an extractor for it",
    note = "a receiver takes the signal as `&{S}`, its sender as `SentBy<'_, T>`, a resource as `Res<'_, T>` or `Option<Res<'_, T>>`",
    note = "implement `FromSignal<'_, {S}>` to take a type of your own"
)]
pub trait Take<'s, S: Signal>: FromSignal<'s, S> {}

#[diagnostic::do_not_recommend]
impl<'s, S: Signal, T: FromSignal<'s, S>> Take<'s, S> for T {}

impl<'d, S: Signal> ReceiverArgs<'d, S> {
    /// Returns the value of a parameter.
    ///
    /// # Errors
    ///
    /// Returns the rejection of the parameter's extractor.
    #[inline]
    pub fn get<T: FromSignal<'d, S>>(self) -> Result<T, Exception> {
        T::from_signal(self.signal, self.context).map_err(|Rejection(failure)| match failure {
            None => Exception::Skipped,
            Some(kind) => Exception::failed(kind),
        })
    }

    /// Without the feature the compiler reports the missing feature alone.
    #[cfg(not(feature = "durable"))]
    #[must_use]
    pub fn stored(self) -> Self {
        self
    }

    /// Returns the value of a parameter whose type is not an extractor of this crate.
    ///
    /// # Errors
    ///
    /// Returns the rejection of the parameter's extractor.
    #[inline]
    pub fn take<T: Take<'d, S>>(self) -> Result<T, Exception> {
        self.get()
    }
}
