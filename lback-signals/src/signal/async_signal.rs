//! Signals that are awaited.

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
/// Its receivers are `fn`s and `async fn`s, and closures of both kinds: [`Signal::connect`] takes those
/// that are called, and [`connect_async`](Self::connect_async) those that are awaited. It has the methods
/// of [`Signal`], except those that send: it has these instead.
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
    note = "a signal with receivers that are awaited is declared with `#[signal(async)]`; any other is sent with `send()`"
)]
pub trait AsyncSignal: DeclaredAsync {
    /// Calls the receivers that are `fn`s, in order, and then awaits those that are `async fn`s, all
    /// at the same time, on whatever polls the future.
    ///
    /// A receiver's error or panic stops neither the others nor the sender; all is as with
    /// [`send`](Signal::send). The failures are in the order of the receivers, whichever ended first.
    ///
    /// Nothing happens before the future is polled. When it is dropped before its end, those that are
    /// still running are cancelled where they are, and what was to run after them does not run. What
    /// holds where it is polled first, such as a [`Scope`](crate::Scope) or a
    /// [`Transaction`](crate::Transaction), holds for all of it.
    ///
    /// It needs no runtime of its own, and one allocation for each `async fn`.
    fn send_async(&self) -> impl Future<Output = Report<Self::Reply>> + Send {
        self.__dispatch_async(Mode::Robust, None)
    }

    /// The same, but each receiver may veto.
    ///
    /// The `fn`s are called until one of them fails. If none has, the `async fn`s are awaited, all
    /// of them to their end; receivers that run later run only if none of those has failed.
    ///
    /// # Errors
    ///
    /// The first failure, in the order of the receivers, which is neither logged nor given to the
    /// hook. Those of other `async fn`s are.
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

    /// Sends like [`send_async`](AsyncSignal::send_async), for a payload that is expensive to build:
    /// the future calls `build` only if the signal [has receivers](Signal::has_receivers) when it is
    /// first polled.
    ///
    /// The future owns the signal, so the signal is `Send`.
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
    /// // No receiver: the page is never rendered.
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

    /// Asks the receivers in order until one answers, as [`Signal::ask`] does: first the `fn`s, then the
    /// `async fn`s, each of which is awaited before the next one is started.
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

    /// Adds an async closure as a receiver at run time, as [`Signal::connect`] adds one that is called.
    ///
    /// It is awaited at the same time as the `async fn`s, and reports list it behind them. Its future is
    /// `Send`. Each dispatch calls a clone of the closure, which keeps what it captures until it is done,
    /// so the closure is `Clone`: capture what is shared in an `Arc`.
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
        let call_site = receiver_info(Self::info(), Location::caller());
        let closure = PanicGuarded::new(closure);
        let handler = Self::__async_handler(move |delivery| {
            let returned = closure.get().clone().begin(delivery.signal());
            Ok(Started::new(async move {
                let returned = returned.await;
                returned.into_reply().map_err(Exception::error)
            }))
        });
        Self::__async_connections().connect(call_site, handler)
    }
}

/// An async closure whose future is `Send`: what [`AsyncSignal::connect_async`] takes.
// Not public API. Implemented for all of them.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "this async closure cannot be connected: its future is not `Send`",
    label = "its future cannot be sent between threads",
    note = "hold nothing across an `.await` that is not `Send`, such as an `Rc` or the guard of a `std::sync::Mutex`"
)]
pub trait AsyncClosure<Signal, R> {
    type JoinList: Future<Output = R> + Send;

    fn begin(self, signal: Signal) -> Self::JoinList;
}

#[diagnostic::do_not_recommend]
impl<Signal, R, F, JoinList> AsyncClosure<Signal, R> for F
where
    F: FnOnce(Signal) -> JoinList,
    JoinList: Future<Output = R> + Send,
{
    type JoinList = JoinList;

    fn begin(self, signal: Signal) -> JoinList {
        self(signal)
    }
}

#[diagnostic::do_not_recommend]
impl<S: DeclaredAsync> AsyncSignal for S {}

/// What `#[signal(async)]` implements. [`AsyncSignal`] comes with it, so that the compiler has this to
/// say of a signal that has none.
// Not public API. Implemented by generated code.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an async signal",
    label = "not declared with `#[signal(async)]`",
    note = "a signal with receivers that are awaited is declared with `#[signal(async)]`; any other is sent with `send()`"
)]
pub trait DeclaredAsync: Signal + Sync {
    /// Its bound always holds. It is there to be repeated where this is implemented, so that a signal
    /// that is not `Sync` is told once, and not of each future that shares it.
    fn __dispatch_async(
        &self,
        mode: Mode,
        until: Until<Self::Reply>,
    ) -> impl Future<Output = Report<Self::Reply>> + Send
    where
        for<'any> Self: Shared<'any>;

    // An async closure that is connected, as `dyn Fn`.
    type __AsyncHandler: ?Sized + Send + Sync + 'static;

    fn __async_handler(
        closure: impl for<'d, 'a> Fn(ReceiverArgs<'d, Self::Of<'a>>) -> Starting<'d, Self::__Answer>
        + Send
        + Sync
        + 'static,
    ) -> Arc<Self::__AsyncHandler>;

    fn __async_connections() -> &'static Connections<Self::__AsyncHandler>;
}

/// `Sync`, with a lifetime: what holds for any is not looked into before it is used.
// Not public API. Used by generated code.
#[doc(hidden)]
pub trait Shared<'any>: Sync {}

impl<T: ?Sized + Sync> Shared<'_> for T {}

/// What a signal that is not async is not. For any lifetime, so that it is not looked into before it is
/// used.
// Not public API. Used by generated code.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an async signal: send it with `send()`, or `try_send()`",
    label = "its receivers are called, not awaited",
    note = "a signal with receivers that are awaited is declared with `#[signal(async)]`"
)]
pub trait SentAsync<'any> {}

/// A signal whose receivers may be `async fn`s, which its sender awaits.
// Not public API. Used by generated code.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "an `async fn` cannot receive `{Self}`, which is not an async signal",
    label = "not declared with `#[signal(async)]`",
    note = "declare the signal with `#[signal(async)]`, and send it with `send_async().await`: `send` does not wait",
    note = "or take the receiver off the sender's path: `#[receiver(signal = …, background)]`, with `#[signal(owned)]`"
)]
pub trait AwaitedSignal {}

// Not implemented by generated code, which could not keep the compiler from listing each such signal
// of the program in its message.
#[diagnostic::do_not_recommend]
impl<S: DeclaredAsync> AwaitedSignal for S {}
