//! The traits that `#[signal]` implements.

mod args;
mod async_signal;
mod durable_receiver;
mod owned_fields;
mod started;

pub use self::args::{IntoReply, ReceiverArgs, unanswered};
pub use self::async_signal::{AsyncSignal, AwaitedSignal, DeclaredAsync, NeverSentAsync, Shared};
#[cfg(feature = "durable")]
pub use self::durable_receiver::SendInSteps;
pub use self::durable_receiver::{DeclaredDurable, HasKey, IntoDelivery, IsDurable};
pub use self::owned_fields::{DeclaredOwned, IsOwned, borrow_field, own_field, restore_field};
pub(crate) use self::started::Link;
#[cfg(feature = "tokio")]
pub(crate) use self::started::Started;
pub use self::started::Starting;

use crate::connection::{Connection, Connections, receiver_info};
use crate::info::SignalInfo;
use crate::observe::ShowField;
use crate::report::{Answer, Exception, Failure, Mode, Outcome, Report, Until};
use crate::unwind::PanicGuarded;
use std::panic::Location;
use std::sync::Arc;

/// An in-process event, declared as a struct with [`#[signal]`](macro@crate::signal).
///
/// Only the macro implements this trait. These methods send a signal:
///
/// | method | if a receiver fails |
/// |---|---|
/// | [`send`](Signal::send), [`send_with`](Signal::send_with) | the other receivers still run, and the [`Report`] lists the failures |
/// | [`try_send`](Signal::try_send) | the remaining receivers do not run, and the sender gets the [`Failure`] |
/// | [`ask`](Signal::ask) | the next receiver is asked, and the [`Answer`] lists the failures |
///
/// A signal declared with `#[signal(async)]` is sent with the methods of
/// [`AsyncSignal`](crate::AsyncSignal) instead.
///
/// # Examples
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
    /// The type of the field marked `#[sender]`, without its reference or [`Draft`](crate::Draft). `()` if no field is marked.
    type Sender: ?Sized;

    /// The type that receivers reply with, as set by `reply = T`. `()` without `reply`.
    type Reply;

    /// The signal with another lifetime: `OrderPaid<'a>` for each `OrderPaid<'_>`.
    ///
    /// It replaces all lifetimes of a signal that has several. A signal without lifetimes is unchanged.
    type Of<'a>: Signal;

    /// Returns the signal's metadata.
    fn info() -> &'static SignalInfo;

    /// Returns the value of the field marked `#[sender]`.
    fn sender(&self) -> &Self::Sender;

    /// Sends the signal: calls all receivers in order on the current thread, and then returns.
    ///
    /// `background` receivers are queued. `after_commit` and `after_rollback` receivers wait for the end of
    /// the [`Transaction`](crate::Transaction); without one, `after_commit` receivers run at the end of this
    /// method, and `after_rollback` receivers do not run.
    ///
    /// An error or a panic in one receiver stops neither the others nor the sender. The report contains
    /// the failure. It is also logged once (feature `tracing`) and passed to the
    /// [`on_failure`](crate::on_failure) hook, so the report may be dropped.
    ///
    /// With `panic = "abort"`, a panic in a receiver ends the process.
    ///
    /// # Examples
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

    /// Sends the signal, and stops at the first receiver that fails: each receiver may veto.
    ///
    /// A veto also cancels the receivers that would run later. Receivers that run later cannot veto. Without
    /// a [`Transaction`](crate::Transaction), an `after_commit` receiver runs at the end of this method,
    /// and the report contains its failure.
    ///
    /// # Errors
    ///
    /// Returns the first [`Failure`]. It is neither logged nor passed to the hook, since the caller handles
    /// it.
    ///
    /// # Examples
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
    /// A receiver that returns `Some` answers, and the receivers after it are not called. After `None`,
    /// an error or a panic, the next receiver is asked. Failures are logged and passed to the hook, as
    /// with [`send`](Signal::send). The [`Answer`] names the receiver that answered and those that were
    /// not asked.
    ///
    /// # Examples
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

    /// Builds and sends the signal, if it [has receivers](Signal::has_receivers).
    ///
    /// Use it instead of [`send`](Signal::send) for a payload that is expensive to build.
    ///
    /// # Examples
    ///
    /// ```
    /// # use lback_signals::{Signal, signal};
    /// #[signal]
    /// struct Rendered {
    ///     page: String,
    /// }
    ///
    /// // The signal has no receivers, so the page is never rendered.
    /// Rendered::send_with(|| unreachable!());
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

    /// Returns whether the signal has a linked receiver, a connected closure, or a surrounding
    /// [`Scope`](crate::Scope) that captures it.
    ///
    /// Receivers of all phases count, even if they are muted or disabled. If this returns `false`,
    /// sending the signal has no effect.
    ///
    /// # Examples
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

    /// Connects a closure as a receiver for the whole process, until the [`Connection`] is dropped.
    ///
    /// The closure takes only the signal and captures everything else. It returns what a receiver
    /// returns. Closures are called after the linked receivers, in the order of connection. Reports
    /// identify a closure by the source location of this call.
    ///
    /// If the signal's reply type borrows from the signal, the closure returns `()` or `Result<(), E>`
    /// and has no reply.
    ///
    /// A dispatch calls the closures that are connected when it begins. Connecting or disconnecting a
    /// closure therefore affects the next dispatch: one that is running on another thread may still
    /// call a closure whose `Connection` has been dropped.
    ///
    /// # Examples
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
        let call_site = receiver_info(Self::info(), Location::caller(), false);
        let closure = PanicGuarded::new(closure);
        let handler = Self::__handler(move |args| {
            let returned = closure.get()(args.signal());
            returned.into_reply().map_err(Exception::error)
        });
        Self::__connections().connect(call_site, handler)
    }

    // Not public API. The reply type of connected closures: that of receivers, or `()` if it borrows
    // from the signal.
    #[doc(hidden)]
    type __Answer;

    // Not public API. The `dyn Fn` type of connected closures.
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

    // Not public API. Implemented by generated code for signals with fields that are marked `#[field(show)]`.
    #[doc(hidden)]
    fn __show(&self, _: ShowField<'_>) {}

    // Not public API. Implemented by generated code. Name and id of the sender, if it is a model.
    #[doc(hidden)]
    fn __sender_model(&self) -> Option<String>;
}

/// A signal that is sent with [`send`](Signal::send): any signal that is not declared with
/// `#[signal(async)]`.
///
/// It is the bound for generic code that sends a signal:
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
    note = "generic code needs the bound `SyncSignal` or `AsyncSignal` to send a signal"
)]
pub trait SyncSignal: Signal {
    // Not public API. Implemented by generated code.
    #[doc(hidden)]
    fn __dispatch(&self, mode: Mode, until: Until<Self::Reply>) -> Report<Self::Reply>;

    // Not public API. Implemented by generated code. It uses the inherent methods that the macro only
    // declares for better compiler messages, so that the lint about dead code does not report them.
    #[doc(hidden)]
    fn __use_stand_ins()
    where
        for<'any> Self: NeverSentAsync<'any>,
    {
    }
}
