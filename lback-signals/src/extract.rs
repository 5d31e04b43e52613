//! What a receiver's parameters may be, and how they get their values.

/// What [`SentBy`] and [`Res`] can do, since they are references and nothing more.
macro_rules! implement_reference {
    ($name:ident) => {
        impl<'s, T: ?Sized> $name<'s, T> {
            /// One of the caller's own, to call a receiver as the ordinary function that it is.
            #[must_use]
            pub fn new(value: &'s T) -> Self {
                Self(value)
            }

            /// The reference itself, which holds as long as the receiver's call lasts.
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

mod resource;
mod sender;

pub use self::resource::Res;
pub use self::sender::{SenderAs, SentBy};

use crate::context::Context;
use crate::info::Needs;
use crate::report::{Exception, Rejection};
use crate::signal::{ReceiverArgs, Signal};

/// Something that a receiver of `S` can take as a parameter.
///
/// | parameter | what it is |
/// |---|---|
/// | `&S` | the signal itself |
/// | [`SentBy<'_, T>`](SentBy) | its sender, where that is a `T`; else the receiver is skipped |
/// | [`Res<'_, T>`](Res) | a resource; without one the receiver fails |
/// | `Option<Res<'_, T>>` | a resource, if there is one |
///
/// Implement it for a type of your own to give receivers
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
///
/// One that takes resources says so in [`needs`](Self::needs):
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
    note = "a type of your own can be taken if it implements `FromSignal<'_, {S}>`"
)]
pub trait FromSignal<'s, S: Signal>: Sized {
    /// Makes the parameter's value, or says why the receiver cannot be called.
    ///
    /// # Errors
    ///
    /// [`Rejection::skip`] to pass the receiver over, [`Rejection::fail`] to make it fail, or what
    /// [`Context::resource`] gave.
    fn from_signal(signal: &'s S, context: &'s Context) -> Result<Self, Rejection>;

    /// Names the resources that `from_signal` takes from the context, so that the wiring shows
    /// them and finds out beforehand that one is missing. None, if it is not implemented.
    fn needs(needs: &mut Needs) {
        let _ = needs;
    }
}

#[diagnostic::do_not_recommend]
impl<'s, S: Signal> FromSignal<'s, S> for &'s S {
    #[inline]
    fn from_signal(signal: &'s S, _: &'s Context) -> Result<Self, Rejection> {
        Ok(signal)
    }
}

/// `FromSignal`, for a parameter whose type is no extractor of this crate.
///
/// The compiler reports a missing implementation of this trait without a list of those that exist.
/// The extractors of this crate are asked for by `FromSignal` itself, so that a bound of theirs that
/// does not hold is reported as such.
// Not public API. Used by generated code.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a receiver of `{S}` cannot take `{Self}`: write `&{S}` to take the signal",
    label = "neither `&{S}` nor an extractor for it",
    note = "a receiver takes the signal as `&{S}`, its sender as `SentBy<'_, T>`, a resource as `Res<'_, T>` or `Option<Res<'_, T>>`",
    note = "a type of your own can be taken if it implements `FromSignal<'_, {S}>`"
)]
pub trait Take<'s, S: Signal>: FromSignal<'s, S> {}

#[diagnostic::do_not_recommend]
impl<'s, S: Signal, T: FromSignal<'s, S>> Take<'s, S> for T {}

impl<'d, S: Signal> ReceiverArgs<'d, S> {
    /// A parameter's value.
    ///
    /// # Errors
    ///
    /// What the parameter's type made of the signal instead of a value.
    #[inline]
    pub fn get<T: FromSignal<'d, S>>(self) -> Result<T, Exception> {
        T::from_signal(self.signal, self.context).map_err(|Rejection(failure)| match failure {
            None => Exception::Skipped,
            Some(kind) => Exception::failed(kind),
        })
    }

    /// The value of a parameter whose type is no extractor of this crate.
    ///
    /// # Errors
    ///
    /// Those of [`get`](Self::get).
    #[inline]
    pub fn take<T: Take<'d, S>>(self) -> Result<T, Exception> {
        self.get()
    }
}
