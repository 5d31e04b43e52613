//! The trait that `#[signal]` implements.

use crate::dispatch::Mode;
use crate::failure::Failure;
use crate::report::Report;
use crate::signal_info::SignalInfo;

/// Something that happens, declared as a plain struct with [`#[signal]`](macro@crate::signal).
///
/// The trait is implemented by the macro only. Its methods send:
///
/// | method | when a receiver fails |
/// |---|---|
/// | [`send`](Signal::send), [`send_with`](Signal::send_with) | the others still run; the [`Report`] says which failed |
/// | [`try_send`](Signal::try_send) | the others do not run; the sender gets the [`Failure`] |
///
/// ```
/// use lback_signals::{Signal, receiver, signal};
///
/// #[signal]
/// struct DoorOpened<'a> {
///     #[sender]
///     house: &'a str,
/// }
///
/// #[receiver(signal = DoorOpened)]
/// fn greet(event: &DoorOpened<'_>) {
///     println!("welcome to {}", event.house);
/// }
///
/// let report = DoorOpened { house: "number 7" }.send();
/// assert_eq!(report.delivered(), 1);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a signal",
    label = "not declared with `#[signal]`",
    note = "a signal is a struct: `#[signal] struct OrderPaid<'a> {{ #[sender] order: &'a Order }}`"
)]
pub trait Signal {
    /// The type of the field marked `#[sender]`, without its reference; `()` where none is.
    type Sender: ?Sized;

    /// What its receivers answer, as `reply = T` says; `()` where they answer nothing.
    type Reply;

    /// The signal's metadata.
    fn info() -> &'static SignalInfo;

    /// The value of the field marked `#[sender]`.
    fn sender(&self) -> &Self::Sender;

    /// Calls every receiver, in order, on this thread, before it returns.
    ///
    /// A receiver's error or panic stops neither the others nor the sender. It is in the
    /// report, and it is also logged once (feature `tracing`) and given to the hook of
    /// [`on_failure`](crate::on_failure), so a report may be dropped.
    ///
    /// With `panic = "abort"` a panic ends the process, here as anywhere.
    ///
    /// ```
    /// # use lback_signals::{Signal, receiver, signal};
    /// #[signal]
    /// struct Saved {
    ///     bytes: usize,
    /// }
    ///
    /// #[receiver(signal = Saved)]
    /// fn index(_: &Saved) -> Result<(), std::fmt::Error> {
    ///     Err(std::fmt::Error)
    /// }
    ///
    /// let report = Saved { bytes: 12 }.send();
    /// assert_eq!(report.failures()[0].receiver().name(), "index");
    /// ```
    #[inline]
    fn send(&self) -> Report<Self::Reply> {
        self.__dispatch(Mode::Robust)
    }

    /// Calls the receivers in order until one fails: each of them may veto.
    ///
    /// # Errors
    ///
    /// The first receiver's failure, an error or a panic. The receivers after it have not run.
    /// It is the caller's to deal with, so it is neither logged nor given to the hook.
    ///
    /// ```
    /// # use lback_signals::{Signal, receiver, signal};
    /// #[signal]
    /// struct Deleting<'a> {
    ///     name: &'a str,
    /// }
    ///
    /// #[receiver(signal = Deleting)]
    /// fn keep_the_last_admin(event: &Deleting<'_>) -> Result<(), &'static str> {
    ///     if event.name == "admin" { Err("the last admin stays") } else { Ok(()) }
    /// }
    ///
    /// assert!(Deleting { name: "ada" }.try_send().is_ok());
    /// let veto = Deleting { name: "admin" }.try_send().unwrap_err();
    /// assert!(veto.to_string().ends_with("the last admin stays"));
    /// ```
    #[inline]
    fn try_send(&self) -> Result<Report<Self::Reply>, Failure> {
        self.__dispatch(Mode::Strict).into_first_failure()
    }

    /// Like [`send`](Signal::send), for a payload that costs something to build: `build` is
    /// called only if the signal has receivers.
    ///
    /// ```
    /// # use lback_signals::{Signal, signal};
    /// #[signal]
    /// struct Rendered {
    ///     page: String,
    /// }
    ///
    /// // Nothing here receives it.
    /// Rendered::send_with(|| unreachable!("so the page is never rendered"));
    /// ```
    #[inline]
    fn send_with(build: impl FnOnce() -> Self) -> Report<Self::Reply>
    where
        Self: Sized,
    {
        if Self::__has_receivers() {
            build().send()
        } else {
            Report::of_delivered(0)
        }
    }

    // Not public API. Implemented by generated code.
    #[doc(hidden)]
    fn __dispatch(&self, mode: Mode) -> Report<Self::Reply>;

    // Not public API. Implemented by generated code.
    #[doc(hidden)]
    fn __has_receivers() -> bool;

    // Not public API. Implemented by generated code. Which model the sender is, if it is one.
    #[doc(hidden)]
    fn __sender_model(&self) -> Option<String>;
}
