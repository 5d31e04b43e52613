//! Async signals, whose receivers are awaited.

use super::Signal;
use super::args::{IntoReply, ReceiverArgs};
use super::started::{Started, Starting};
use crate::connection::{Connection, Connections, receiver_info};
use crate::report::{Answer, Exception, Failure, Mode, Report, Until};
use crate::unwind::PanicGuarded;
use std::panic::Location;
use std::sync::Arc;

/// A signal declared with `#[signal(async)]`, whose receivers are awaited.
///
/// Receivers are plain functions and `async fn`s. Closures are connected with [`Signal::connect`], and
/// async closures with [`connect_async`](Self::connect_async). The signal has the methods of [`Signal`],
/// except that the methods of this trait replace those that send.
///
/// # Examples
///
/// ```
/// use lback_signals::{AsyncSignal, receiver, signal};
/// # mod webhook {
/// #     pub async fn call(_: &str) -> Result<(), std::io::Error> { Ok(()) }
/// # }
/// # mod search {
/// #     pub async fn index(_: &str) -> Result<(), std::io::Error> { Ok(()) }
/// # }
///
/// #[signal(async)]
/// struct ArticlePublished<'a> {
///     slug: &'a str,
/// }
///
/// #[receiver(signal = ArticlePublished)]
/// fn count(event: &ArticlePublished<'_>) {
///     println!("{} is out", event.slug);
/// }
///
/// #[receiver(signal = ArticlePublished)]
/// async fn call_webhook(event: &ArticlePublished<'_>) -> Result<(), std::io::Error> {
///     webhook::call(event.slug).await
/// }
///
/// #[receiver(signal = ArticlePublished)]
/// async fn update_index(event: &ArticlePublished<'_>) -> Result<(), std::io::Error> {
///     search::index(event.slug).await
/// }
///
/// # pollster::block_on(async {
/// let report = ArticlePublished { slug: "on-signals" }.send_async().await;
/// assert_eq!(report.delivered(), 3);
/// # });
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an async signal",
    label = "not declared with `#[signal(async)]`",
    note = "declare the signal with `#[signal(async)]` to have its receivers awaited, or send it with `send()`"
)]
pub trait AsyncSignal: DeclaredAsync {
    /// Sends the signal: calls the receivers that are plain functions in order, and then awaits all
    /// `async fn` receivers concurrently.
    ///
    /// Failures are handled as by [`send`](Signal::send): an error or a panic in one receiver stops
    /// neither the others nor the sender. The report lists failures in the order of the receivers, and
    /// not in the order in which they ended.
    ///
    /// The `async fn` receivers run inside the returned future, on any runtime. Each of them takes one
    /// allocation. The [`Scope`](crate::Scope) and the [`Transaction`](crate::Transaction) of the first
    /// poll apply to the whole dispatch.
    ///
    /// # Cancellation
    ///
    /// The future does nothing until it is polled. Dropping it cancels the receivers that are still
    /// running, and the receivers that would run after them do not run.
    fn send_async(&self) -> impl Future<Output = Report<Self::Reply>> + Send {
        self.__dispatch_async(Mode::Robust, None)
    }

    /// Sends the signal like [`send_async`](AsyncSignal::send_async), but each receiver may veto, as with
    /// [`Signal::try_send`].
    ///
    /// The plain functions are called until one of them fails. If none fails, all `async fn` receivers
    /// are awaited to their end. If any receiver failed, those that would run later do not run.
    ///
    /// # Errors
    ///
    /// Returns the first failure in the order of the receivers. It is neither logged nor passed to the
    /// hook. Failures of further `async fn` receivers are.
    ///
    /// # Examples
    ///
    /// ```
    /// use lback_signals::{AsyncSignal, receiver, signal};
    ///
    /// #[signal(async)]
    /// struct Deleting<'a> {
    ///     name: &'a str,
    /// }
    ///
    /// #[receiver(signal = Deleting)]
    /// async fn keep_the_last_admin(event: &Deleting<'_>) -> Result<(), &'static str> {
    ///     if event.name == "admin" { Err("the last admin stays") } else { Ok(()) }
    /// }
    ///
    /// # pollster::block_on(async {
    /// assert!(Deleting { name: "ada" }.try_send_async().await.is_ok());
    /// assert!(Deleting { name: "admin" }.try_send_async().await.is_err());
    /// # });
    /// ```
    fn try_send_async(&self) -> impl Future<Output = Result<Report<Self::Reply>, Failure>> + Send {
        async move {
            let report = self.__dispatch_async(Mode::Strict, None).await;
            report.into_first_failure()
        }
    }

    /// Builds and sends the signal, if it [has receivers](Signal::has_receivers) when the future is first
    /// polled.
    ///
    /// Use it instead of [`send_async`](AsyncSignal::send_async) for a payload that is expensive to
    /// build. The future owns the signal, so the signal must be `Send`.
    ///
    /// # Examples
    ///
    /// ```
    /// use lback_signals::{AsyncSignal, signal};
    ///
    /// #[signal(async)]
    /// struct Rendered {
    ///     page: String,
    /// }
    ///
    /// # pollster::block_on(async {
    /// // The signal has no receivers, so the page is never rendered.
    /// let report = Rendered::send_async_with(|| unreachable!()).await;
    /// assert_eq!(report.delivered(), 0);
    /// # });
    /// ```
    fn send_async_with(
        build: impl FnOnce() -> Self + Send,
    ) -> impl Future<Output = Report<Self::Reply>> + Send
    where
        Self: Sized + Send,
    {
        async move {
            if Self::__has_receivers() {
                build().send_async().await
            } else {
                Report::of_delivered(0)
            }
        }
    }

    /// Asks the receivers in order until one answers, as [`Signal::ask`] does.
    ///
    /// The plain functions are asked first, then the `async fn` receivers. Each of these is awaited
    /// before the next one is started.
    ///
    /// # Examples
    ///
    /// ```
    /// use lback_signals::{AsyncSignal, receiver, signal};
    ///
    /// #[signal(async, reply = Option<u32>)]
    /// struct FindingPrice<'a> {
    ///     article: &'a str,
    /// }
    ///
    /// #[receiver(signal = FindingPrice)]
    /// async fn in_database(event: &FindingPrice<'_>) -> Option<u32> {
    ///     (event.article == "pencil").then_some(120)
    /// }
    ///
    /// # pollster::block_on(async {
    /// let answer = FindingPrice { article: "pencil" }.ask_async().await;
    /// assert_eq!(answer.into_value(), Some(120));
    /// # });
    /// ```
    fn ask_async<T>(&self) -> impl Future<Output = Answer<T>> + Send
    where
        Self: Signal<Reply = Option<T>>,
    {
        async move {
            let asked = self.__dispatch_async(Mode::Robust, Some(Option::is_some));
            Answer::of(asked.await)
        }
    }

    /// Connects an async closure as a receiver, as [`Signal::connect`] connects a closure.
    ///
    /// The closure is awaited concurrently with the `async fn` receivers, and reports list it after
    /// them. Its future must be `Send`.
    ///
    /// Each dispatch consumes a clone of the closure, so the closure must be `Clone`. Capture shared
    /// state in an `Arc`.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use lback_signals::{AsyncSignal, signal};
    /// # struct Client;
    /// # impl Client {
    /// #     async fn post(&self, _: &str) -> Result<(), std::io::Error> { Ok(()) }
    /// # }
    ///
    /// #[signal(async)]
    /// struct Uploaded<'a> {
    ///     path: &'a str,
    /// }
    ///
    /// # pollster::block_on(async {
    /// let client = Arc::new(Client);
    /// let connection = Uploaded::connect_async(async move |event| client.post(event.path).await);
    /// assert_eq!(Uploaded { path: "/a" }.send_async().await.delivered(), 1);
    ///
    /// drop(connection);
    /// assert_eq!(Uploaded { path: "/b" }.send_async().await.delivered(), 0);
    /// # });
    /// ```
    #[track_caller]
    fn connect_async<F, R>(closure: F) -> Connection
    where
        Self: Sized,
        F: for<'s, 'a> AsyncFnOnce(&'s Self::Of<'a>) -> R
            + for<'s, 'a> AsyncClosure<&'s Self::Of<'a>, R>
            + Clone
            + Send
            + Sync
            + 'static,
        R: IntoReply<Self::__Answer> + 'static,
    {
        let call_site = receiver_info(Self::info(), Location::caller(), true);
        let closure = PanicGuarded::new(closure);
        let handler = Self::__async_handler(move |args| {
            let returned = closure.get().clone().start(args.signal());
            Ok(Started::new(async move {
                let returned = returned.await;
                returned.into_reply().map_err(Exception::error)
            }))
        });
        Self::__async_connections().connect(call_site, handler)
    }
}

/// An async closure whose future is `Send`, as [`AsyncSignal::connect_async`] takes it.
// Not public API. Implemented for all such closures.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "this async closure cannot be connected: its future is not `Send`",
    label = "its future cannot be sent between threads",
    note = "an `Rc`, the guard of a `std::sync::Mutex` or another value that is not `Send` is held across an `.await`"
)]
pub trait AsyncClosure<Signal, R> {
    type Future: Future<Output = R> + Send;

    fn start(self, signal: Signal) -> Self::Future;
}

#[diagnostic::do_not_recommend]
impl<Signal, R, F, Fut> AsyncClosure<Signal, R> for F
where
    F: FnOnce(Signal) -> Fut,
    Fut: Future<Output = R> + Send,
{
    type Future = Fut;

    fn start(self, signal: Signal) -> Fut {
        self(signal)
    }
}

#[diagnostic::do_not_recommend]
impl<S: DeclaredAsync> AsyncSignal for S {}

/// The trait that `#[signal(async)]` implements. [`AsyncSignal`] has a blanket implementation for it, so
/// that the compiler reports this trait, with its message, for any other signal.
// Not public API. Implemented by generated code.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an async signal",
    label = "not declared with `#[signal(async)]`",
    note = "declare the signal with `#[signal(async)]` to have its receivers awaited, or send it with `send()`"
)]
pub trait DeclaredAsync: Signal + Sync {
    /// The bound always holds. Implementations repeat it, so that the compiler reports a signal that is not
    /// `Sync` once, and not for each future that shares it.
    fn __dispatch_async(
        &self,
        mode: Mode,
        until: Until<Self::Reply>,
    ) -> impl Future<Output = Report<Self::Reply>> + Send
    where
        for<'any> Self: Shared<'any>;

    /// The `dyn Fn` type of connected async closures.
    type __AsyncHandler: ?Sized + Send + Sync + 'static;

    fn __async_handler(
        closure: impl for<'d, 'a> Fn(ReceiverArgs<'d, Self::Of<'a>>) -> Starting<'d, Self::__Answer>
        + Send
        + Sync
        + 'static,
    ) -> Arc<Self::__AsyncHandler>;

    fn __async_connections() -> &'static Connections<Self::__AsyncHandler>;
}

/// `Sync` with a lifetime parameter. The compiler checks a higher-ranked bound only at its use.
// Not public API. Used by generated code.
#[doc(hidden)]
pub trait Shared<'any>: Sync {}

impl<T: ?Sized + Sync> Shared<'_> for T {}

/// A trait that no signal implements. Methods with this bound exist for the compiler's message. The
/// lifetime parameter makes the bound higher-ranked, so that it is checked only at its use.
// Not public API. Used by generated code.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an async signal: send it with `send()`, or `try_send()`",
    label = "its receivers are called, not awaited",
    note = "declare the signal with `#[signal(async)]` to have its receivers awaited"
)]
pub trait NeverSentAsync<'any> {}

/// A signal whose `async fn` receivers are awaited by the sender.
// Not public API. Used by generated code.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "an `async fn` cannot receive `{Self}`, which is not an async signal",
    label = "not declared with `#[signal(async)]`",
    note = "declare the signal with `#[signal(async)]`, and send it with `send_async().await`: `send` does not await",
    note = "or run the receiver in the background: `#[receiver(signal = …, background)]`, with `#[signal(owned)]`"
)]
pub trait AwaitedSignal {}

// A blanket implementation, and none by generated code: the compiler would list all implementing signals
// of the program in its message.
#[diagnostic::do_not_recommend]
impl<S: DeclaredAsync> AwaitedSignal for S {}
