//! What holds for a stretch of execution, and for nobody else.

mod captured;

pub use self::captured::Captured;

use std::any::{TypeId, type_name};
use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;

use crate::context::{CurrentContext, Frame, Layer, WithContext};
use crate::info::item;
use crate::registry;
use crate::signal::Signal;

/// Values, mutes and records that hold while some code runs: for tests that replace a mailer, for
/// imports that send no mail, for a request's own data.
///
/// ```
/// use std::sync::{Arc, Mutex};
///
/// use lback_signals::{Res, Scope, Signal, receiver, signal};
///
/// trait Mailer: Send + Sync {
///     fn send(&self, to: &str);
/// }
///
/// #[derive(Default)]
/// struct FakeMailer(Mutex<Vec<String>>);
///
/// impl Mailer for FakeMailer {
///     fn send(&self, to: &str) {
///         self.0.lock().unwrap().push(to.to_owned());
///     }
/// }
///
/// #[signal]
/// struct Invited<'a> {
///     email: &'a str,
/// }
///
/// #[receiver(signal = Invited)]
/// fn send_invitation(event: &Invited<'_>, mailer: Res<'_, dyn Mailer>) {
///     mailer.send(event.email);
/// }
///
/// let mailer = Arc::new(FakeMailer::default());
/// let scope = Scope::new().provide_dyn::<dyn Mailer>(mailer.clone());
/// let invited = scope.capture::<Invited<'_>, _>(|event| event.email.to_owned());
///
/// scope.run(|| Invited { email: "ada@example.org" }.send());
///
/// assert_eq!(invited.take(), ["ada@example.org"]);
/// assert_eq!(*mailer.0.lock().unwrap(), ["ada@example.org"]);
/// ```
///
/// It holds for what [`run`](Self::run) calls on this thread and for the task of
/// [`run_async`](Self::run_async), on whichever thread that is polled, and for nobody else: tests
/// that run in parallel never see each other's. It ends where a thread or a task is spawned, unless
/// it is taken along: see [`current`](Self::current).
///
/// Scopes nest. Resources are those of the innermost scope that has one of the type, and what the
/// innermost scope says of a receiver holds; all of them record. Leaving one, by a panic too,
/// restores what held before. A scope that is dropped while a task still runs in it holds until
/// that task ends.
///
/// A receiver that runs later ([`Transaction`](crate::Transaction)) runs in the scope in which its
/// signal was sent.
///
/// While no scope holds on a thread, a dispatch there costs what it would if there were none.
#[derive(Default)]
pub struct Scope {
    pub(crate) layer: Arc<Layer>,
}

impl Scope {
    /// A scope in which nothing is different yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives receivers a value of a type, which hides the one that an outer scope or the process
    /// has of it, or this scope until now.
    #[must_use]
    pub fn provide<T: Send + Sync + 'static>(self, resource: T) -> Self {
        self.provide_dyn(Arc::new(resource))
    }

    /// The same for a value behind a trait, or one that is shared already.
    #[must_use]
    pub fn provide_dyn<T: ?Sized + Send + Sync + 'static>(self, resource: Arc<T>) -> Self {
        self.with(|layer| layer.provide(resource))
    }

    /// Keeps a receiver from being called. It counts as skipped.
    ///
    /// It is named by its function, as in `after(…)`: `scope.mute(send_receipt)`, and
    /// `scope.mute(count::<OrderPaid>)` for a generic one. A function pointer does not say which
    /// function it points to, so it does not compile:
    ///
    /// ```compile_fail
    /// # use lback_signals::{Scope, receiver, signal};
    /// # #[signal] struct OrderPaid;
    /// # #[receiver(signal = OrderPaid)] fn send_receipt(_: &OrderPaid) {}
    /// let _ = Scope::new().mute(send_receipt as fn(&OrderPaid));
    /// ```
    ///
    /// A scope ends where a thread or a task is spawned: around a server that spawns a task per
    /// connection it mutes nothing there. To switch a receiver off for the whole process, call
    /// [`disable`](crate::disable).
    ///
    /// # Panics
    ///
    /// If the function is not a receiver: nothing would be muted.
    ///
    /// ```should_panic
    /// # use lback_signals::Scope;
    /// fn send_receipt() {} // `#[receiver(…)]` is missing
    ///
    /// let _ = Scope::new().mute(send_receipt);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn mute<F: Copy + 'static>(self, receiver: F) -> Self {
        let receiver = receiver_item(&receiver);
        self.with(|layer| layer.mute(receiver))
    }

    /// Keeps all receivers of all signals from being called, except this one and others that are
    /// named the same way. Closures that are connected have no name: they are not called either.
    ///
    /// ```
    /// # use lback_signals::{Scope, Signal, receiver, signal};
    /// # #[signal] struct OrderPaid;
    /// # #[receiver(signal = OrderPaid)] fn send_receipt(_: &OrderPaid) {}
    /// # #[receiver(signal = OrderPaid)] fn count(_: &OrderPaid) {}
    /// let report = Scope::new().only(count).run(|| OrderPaid.send());
    /// assert_eq!((report.delivered(), report.skipped()), (1, 1));
    /// ```
    ///
    /// # Panics
    ///
    /// If the function is not a receiver, as [`mute`](Self::mute) does: every receiver would be
    /// muted.
    #[must_use]
    #[track_caller]
    pub fn only<F: Copy + 'static>(self, receiver: F) -> Self {
        let receiver = receiver_item(&receiver);
        self.with(|layer| layer.only(receiver))
    }

    /// Keeps all receivers of a signal from being called.
    ///
    /// ```
    /// use lback_signals::{Scope, Signal, receiver, signal};
    ///
    /// #[signal]
    /// struct Saved<'a> {
    ///     title: &'a str,
    /// }
    ///
    /// #[receiver(signal = Saved)]
    /// fn index(event: &Saved<'_>) {
    ///     println!("indexing {}", event.title);
    /// }
    ///
    /// let import = Scope::new().mute_signal::<Saved<'_>>();
    /// let report = import.run(|| Saved { title: "one of a million" }.send());
    /// assert_eq!((report.delivered(), report.skipped()), (0, 1));
    /// ```
    #[must_use]
    pub fn mute_signal<S: Signal>(self) -> Self {
        self.with(|layer| layer.mute_signal(S::info()))
    }

    /// Records what is sent in this scope: `record` says what to keep of a signal. Receivers run all
    /// the same, after it, and what they do not hear since they are muted is recorded, too.
    ///
    /// It records until what it returns is dropped. A panic of `record` is a failure of the dispatch,
    /// known by the place of this call.
    #[track_caller]
    pub fn capture<S: Signal, T: Send + 'static>(
        &self,
        record: impl for<'s, 'a> Fn(&'s S::Of<'a>) -> T + Send + Sync + 'static,
    ) -> Captured<T> {
        self.layer.capture::<S, T>(record)
    }

    /// Calls `call` in this scope, which is inside the current one.
    pub fn run<T>(&self, call: impl FnOnce() -> T) -> T {
        let _entered = nested(&self.layer).enter();
        call()
    }

    /// The future in this scope, by any executor and on any thread: inside what holds where it is
    /// polled.
    ///
    /// The scope may be dropped before the future, and need not outlive it.
    pub fn run_async<F: Future>(&self, future: F) -> impl Future<Output = F::Output> + use<F> {
        let layer = Arc::clone(&self.layer);
        WithContext::new(future, move || nested(&layer))
    }

    /// All that holds here, to take along to where it would not hold.
    ///
    /// ```
    /// use std::thread;
    ///
    /// use lback_signals::{Res, Scope, Signal, receiver, signal};
    ///
    /// struct Tenant(u32);
    ///
    /// #[signal]
    /// struct Uploaded;
    ///
    /// #[receiver(signal = Uploaded)]
    /// fn charge(_: &Uploaded, tenant: Res<'_, Tenant>) {
    ///     println!("one more for {}", tenant.0);
    /// }
    ///
    /// let report = Scope::new().provide(Tenant(7)).run(|| {
    ///     let here = Scope::current();
    ///     thread::spawn(move || here.enter(|| Uploaded.send())).join().unwrap()
    /// });
    /// assert!(report.is_ok());
    /// ```
    #[must_use]
    pub fn current() -> CurrentScope {
        CurrentScope {
            current: CurrentContext::get(),
        }
    }

    fn with(mut self, change: impl FnOnce(&mut Layer)) -> Self {
        // A task that runs in it keeps what it has.
        change(Arc::make_mut(&mut self.layer));
        self
    }
}

/// The type of a receiver's function item.
#[track_caller]
fn receiver_item<F: Copy + 'static>(function: &F) -> TypeId {
    const { assert!(size_of::<F>() == 0, "name the receiver's function itself") };
    let item = item(function);
    assert!(
        registry::is_receiver(item),
        "`{}` is not a receiver of any signal: name a function that has `#[receiver(signal = …)]`, \
         and a generic one with the signal that it receives, `count::<OrderPaid>`",
        type_name::<F>(),
    );
    item
}

// Tests catch panics around scopes, which hold what many threads share anyway.
impl UnwindSafe for Scope {}
impl RefUnwindSafe for Scope {}
impl UnwindSafe for CurrentScope {}
impl RefUnwindSafe for CurrentScope {}

fn nested(layer: &Arc<Layer>) -> CurrentContext {
    let current = CurrentContext::get();
    CurrentContext {
        scope: Some(Arc::new(Frame::new(Arc::clone(layer), current.scope))),
        ..current
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").finish_non_exhaustive()
    }
}

/// What held where [`Scope::current`] was called: the scopes, one inside the other, and the
/// [`Transaction`](crate::Transaction).
///
/// Where it is entered, nothing else holds. Signals that are sent in the transaction after it has
/// ended share its fate.
#[derive(Clone)]
pub struct CurrentScope {
    current: CurrentContext,
}

impl CurrentScope {
    /// Calls `call` as if it were called there: for a thread, or `spawn_blocking`.
    pub fn enter<T>(&self, call: impl FnOnce() -> T) -> T {
        let _entered = self.current.clone().inherited().enter();
        call()
    }

    /// The same scopes, and no transaction: for what is to go on however that ends.
    #[must_use]
    pub fn without_transaction(self) -> Self {
        let current = CurrentContext {
            transaction: None,
            ..self.current
        };
        Self { current }
    }

    /// The future as if it were polled there: for a task that is spawned.
    ///
    /// ```
    /// # use lback_signals::Scope;
    /// # async fn work() {}
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// tokio::spawn(Scope::current().wrap(work()));
    /// # }
    /// ```
    pub fn wrap<F: Future>(&self, future: F) -> impl Future<Output = F::Output> + use<F> {
        let current = self.current.clone();
        WithContext::new(future, move || current.clone().inherited())
    }
}

impl fmt::Debug for CurrentScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CurrentScope").finish_non_exhaustive()
    }
}
