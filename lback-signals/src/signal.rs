//! The trait that `#[signal]` implements.

mod args;
mod async_signal;
mod owned;
mod started;

pub use self::args::{IntoReply, ReceiverArgs, unanswered};
pub use self::async_signal::{AsyncSignal, AwaitedSignal, DeclaredAsync, SentAsync, Shared};
pub use self::owned::{DeclaredOwned, IsOwned, keep, lend, restore};
pub(crate) use self::started::Link;
#[cfg(feature = "tokio")]
pub(crate) use self::started::Started;
pub use self::started::Starting;

use crate::connection::{Connection, Connections, receiver_info};
use crate::info::SignalInfo;
use crate::report::{Answer, Exception, Failure, Mode, Outcome, Report, Until};
use crate::unwind::PanicGuarded;
use std::panic::Location;
use std::sync::Arc;

/// Something that happens, declared as a plain struct with [`#[signal]`](macro@crate::signal).
///
/// The trait is implemented by the macro only. Its methods send:
///
/// | method | when a receiver fails |
/// |---|---|
/// | [`send`](Signal::send), [`send_with`](Signal::send_with) | the others still run; the [`Report`] says which failed |
/// | [`try_send`](Signal::try_send) | the others do not run; the sender gets the [`Failure`] |
/// | [`ask`](Signal::ask) | the next is asked, until one answers; the [`Answer`] says which failed |
///
/// One that is declared with `#[signal(async)]` is sent with the methods of
/// [`AsyncSignal`](crate::AsyncSignal) instead.
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

    /// The signal with any lifetime: `OrderPaid<'a>` for each `OrderPaid<'_>`, and the signal itself
    /// where it has none. Of several lifetimes all are this one.
    type Of<'a>: Signal;

    /// The signal's metadata.
    fn info() -> &'static SignalInfo;

    /// The value of the field marked `#[sender]`.
    fn sender(&self) -> &Self::Sender;

    /// Calls every receiver, in order, on this thread, before it returns; but for those that run in
    /// the background, or wait for the end of the [`Transaction`](crate::Transaction) around it.
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
    fn send(&self) -> Report<Self::Reply>
    where
        Self: SyncSignal,
    {
        self.__dispatch(Mode::Robust, None)
    }

    /// Calls the receivers in order until one fails: each of them may veto.
    ///
    /// # Errors
    ///
    /// The first receiver's failure, an error or a panic. The receivers after it have not run.
    /// It is the caller's to deal with, so it is neither logged nor given to the hook. Nothing of
    /// this dispatch runs later either. What does run later vetoes nothing: where there is no
    /// [`Transaction`](crate::Transaction), the report says how an `after_commit` receiver failed.
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
    fn try_send(&self) -> Result<Report<Self::Reply>, Failure>
    where
        Self: SyncSignal,
    {
        self.__dispatch(Mode::Strict, None).into_first_failure()
    }

    /// Asks the receivers in order until one answers, for a signal with `reply = Option<T>`.
    ///
    /// A receiver answers with `Some`, and passes the question on with `None`. Its error or panic also
    /// passes the question on, and is announced as with [`send`](Signal::send). The receivers after the
    /// answer are not called. The [`Answer`] says which receiver answered and which were not asked.
    ///
    /// ```
    /// use lback_signals::{Signal, receiver, signal};
    ///
    /// #[signal(reply = Option<String>)]
    /// struct Translating<'a> {
    ///     text: &'a str,
    /// }
    ///
    /// #[receiver(signal = Translating)]
    /// fn into_german(event: &Translating<'_>) -> Option<String> {
    ///     (event.text == "signal").then(|| "Signal".to_owned())
    /// }
    ///
    /// let answer = Translating { text: "signal" }.ask();
    /// assert_eq!(answer.into_value().as_deref(), Some("Signal"));
    /// assert_eq!(Translating { text: "receiver" }.ask().value(), None);
    /// ```
    fn ask<T>(&self) -> Answer<T>
    where
        Self: SyncSignal + Signal<Reply = Option<T>>,
    {
        Answer::of(self.__dispatch(Mode::Robust, Some(Option::is_some)))
    }

    /// Sends like [`send`](Signal::send), for a payload that is expensive to build: calls `build`
    /// only if the signal [has receivers](Signal::has_receivers).
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
        Self: SyncSignal + Sized,
    {
        if Self::__has_receivers() {
            build().send()
        } else {
            Report::of_delivered(0)
        }
    }

    /// Returns whether a dispatch from here would reach any receiver, any closure that is
    /// connected, or a [`Scope`](crate::Scope) that records the signal.
    ///
    /// Receivers of every phase count, and so do receivers that are muted or disabled. `false`
    /// therefore means that sending has no effect.
    ///
    /// ```
    /// use lback_signals::{Scope, Signal, signal};
    ///
    /// #[signal]
    /// struct Rendered<'a> {
    ///     page: &'a str,
    /// }
    ///
    /// assert!(!Rendered::has_receivers());
    ///
    /// let connection = Rendered::connect(|event| println!("{}", event.page));
    /// assert!(Rendered::has_receivers());
    /// drop(connection);
    ///
    /// let scope = Scope::new();
    /// let _pages = scope.capture::<Rendered<'_>, _>(|event| event.page.len());
    /// assert!(scope.run(Rendered::has_receivers));
    /// assert!(!Rendered::has_receivers());
    /// ```
    #[must_use]
    #[inline]
    fn has_receivers() -> bool
    where
        Self: Sized,
    {
        Self::__has_receivers()
    }

    /// Adds a receiver at run time, for the whole process and until the [`Connection`] is dropped:
    /// a closure, which captures what it needs and takes the signal alone.
    ///
    /// It returns what a receiver returns, and is called after the receivers that were linked, in
    /// order of connection. Reports know it by the place of this call. Where the signal's `reply`
    /// borrows from it, it returns nothing or `Result<(), E>`, and is heard without an answer.
    ///
    /// A dispatch calls those that are connected when it begins; who connects or disconnects
    /// meanwhile counts from the next one. A dispatch that runs at the time, on another thread, may
    /// still call the closure after the `Connection` has been dropped.
    ///
    /// ```
    /// use std::sync::mpsc;
    ///
    /// use lback_signals::{Signal, signal};
    ///
    /// #[signal]
    /// struct Uploaded<'a> {
    ///     path: &'a str,
    /// }
    ///
    /// let (paths, received) = mpsc::channel();
    /// let connection = Uploaded::connect(move |event| paths.send(event.path.to_owned()));
    /// assert_eq!(Uploaded { path: "/a" }.send().delivered(), 1);
    ///
    /// drop(connection);
    /// assert_eq!(Uploaded { path: "/b" }.send().delivered(), 0);
    /// assert_eq!(received.iter().collect::<Vec<_>>(), ["/a"]);
    /// ```
    #[track_caller]
    fn connect<F, R>(closure: F) -> Connection
    where
        Self: Sized,
        F: for<'s, 'a> Fn(&'s Self::Of<'a>) -> R + Send + Sync + 'static,
        R: IntoReply<Self::__Answer>,
    {
        let call_site = receiver_info(Self::info(), Location::caller());
        let closure = PanicGuarded::new(closure);
        let handler = Self::__handler(move |delivery| {
            let returned = closure.get()(delivery.signal());
            returned.into_reply().map_err(Exception::error)
        });
        Self::__connections().connect(call_site, handler)
    }

    // Not public API. What a closure that is connected answers: what receivers do, or `()` where
    // that borrows from the signal.
    #[doc(hidden)]
    type __Answer;

    // Not public API. A closure that is connected, as `dyn Fn`.
    #[doc(hidden)]
    type __Handler: ?Sized + Send + Sync + 'static;

    // Not public API. Implemented by generated code, which can name the `dyn Fn`.
    #[doc(hidden)]
    fn __handler(
        closure: impl for<'d, 'a> Fn(ReceiverArgs<'d, Self::Of<'a>>) -> Outcome<Self::__Answer>
        + Send
        + Sync
        + 'static,
    ) -> Arc<Self::__Handler>;

    // Not public API. Implemented by generated code.
    #[doc(hidden)]
    fn __connections() -> &'static Connections<Self::__Handler>;

    // Not public API. Implemented by generated code.
    #[doc(hidden)]
    fn __has_receivers() -> bool;

    // Not public API. Implemented by generated code. Which model the sender is, if it is one.
    #[doc(hidden)]
    fn __sender_model(&self) -> Option<String>;
}

/// A signal that is sent with [`send`](Signal::send): any that is not declared with
/// `#[signal(async)]`.
///
/// It is what to ask for where any signal is sent:
///
/// ```
/// use lback_signals::{SyncSignal, signal};
///
/// fn send_twice(signal: &impl SyncSignal) {
///     signal.send();
///     signal.send();
/// }
///
/// #[signal]
/// struct Knocked;
///
/// send_twice(&Knocked);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not sent with `send()`: send an async signal with `send_async().await`",
    label = "its receivers may be `async fn`s, which are awaited",
    note = "`use lback_signals::AsyncSignal` brings `send_async`, `try_send_async`, `send_async_with` and `ask_async`",
    note = "code that sends whichever signal it is given asks for a `SyncSignal` or an `AsyncSignal`"
)]
pub trait SyncSignal: Signal {
    // Not public API. Implemented by generated code.
    #[doc(hidden)]
    fn __dispatch(&self, mode: Mode, until: Until<Self::Reply>) -> Report<Self::Reply>;

    // Not public API. Implemented by generated code, for the sake of the lint about dead code: it
    // names the methods that the signal only has so that the compiler says what to call instead.
    #[doc(hidden)]
    fn __names_what_is_not_async()
    where
        for<'any> Self: SentAsync<'any>,
    {
    }
}
