//! Scopes: resources, mutes and captures for one call or task.

mod captured;
#[cfg(feature = "durable")]
mod durable;

pub use self::captured::Captured;

use std::any::{TypeId, type_name};
use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;

use crate::context::{CurrentContext, Frame, Layer, WithContext};
use crate::info::item;
use crate::registry;
use crate::signal::Signal;

/// Resources, muted receivers and captures that apply while a closure or a future runs.
///
/// Use a scope in a test that replaces a mailer, in an import that sends no mail, or for the data of one
/// request.
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
/// A scope applies to the closure of [`run`](Self::run), on its thread, and to the future of
/// [`run_async`](Self::run_async), on every thread that polls it. Other code is not affected, so tests can run
/// in parallel. Spawned threads and tasks do not inherit the scope: see [`current`](Self::current).
///
/// Scopes nest. A resource comes from the innermost scope that provides its type. The innermost scope that
/// mutes a receiver, or that has a list of [`only`](Self::only) receivers, decides whether it is called. All
/// scopes capture. Leaving a scope, also by a panic, restores the outer one. A scope that is dropped while a
/// task runs in it applies until that task ends.
///
/// A receiver that runs later, after a [`Transaction`](crate::Transaction) or in the background, runs in the
/// scope in which its signal was sent.
///
/// Code outside a scope pays nothing for it.
#[derive(Default)]
pub struct Scope {
    pub(crate) layer: Arc<Layer>,
}

impl Scope {
    /// Creates an empty scope.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Provides a resource. It hides a resource of the same type that an outer scope or the process provides,
    /// and replaces an earlier one of this scope.
    #[must_use]
    pub fn provide<T: Send + Sync + 'static>(self, resource: T) -> Self {
        self.provide_dyn(Arc::new(resource))
    }

    /// Provides a shared resource, which may be a trait object.
    #[must_use]
    pub fn provide_dyn<T: ?Sized + Send + Sync + 'static>(self, resource: Arc<T>) -> Self {
        self.with(|layer| layer.provide(resource))
    }

    /// Mutes a receiver: it is not called, and the report counts it as skipped.
    ///
    /// Name the receiver by its function, as in `after(…)`: `scope.mute(send_receipt)`, and
    /// `scope.mute(count::<OrderPaid>)` for a generic one. A function pointer does not identify its function,
    /// so it is a compile error:
    ///
    /// ```compile_fail
    /// # use lback_signals::{Scope, receiver, signal};
    /// # #[signal] struct OrderPaid;
    /// # #[receiver(signal = OrderPaid)] fn send_receipt(_: &OrderPaid) {}
    /// let _ = Scope::new().mute(send_receipt as fn(&OrderPaid));
    /// ```
    ///
    /// Spawned threads and tasks do not inherit a scope: a scope around a server that spawns a task per
    /// connection mutes nothing in these tasks. To switch a receiver off for the whole process, call
    /// [`disable`](crate::disable).
    ///
    /// # Panics
    ///
    /// If the function is not a receiver, since nothing would be muted.
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

    /// Mutes all receivers of all signals, except this one and the receivers of other calls of `only`.
    /// Connected closures are muted, too.
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
    /// If the function is not a receiver, since every receiver would be muted.
    #[must_use]
    #[track_caller]
    pub fn only<F: Copy + 'static>(self, receiver: F) -> Self {
        let receiver = receiver_item(&receiver);
        self.with(|layer| layer.only(receiver))
    }

    /// Mutes all receivers of a signal.
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

    /// Records the signals of a type that are sent in this scope: calls `record` for each one and stores its
    /// result. Receivers run afterwards, as without the capture. Signals whose receivers are muted are
    /// recorded, too.
    ///
    /// The capture ends when the returned [`Captured`] is dropped. A panic of `record` is a failure of the
    /// dispatch, named by the location of this call.
    #[track_caller]
    pub fn capture<S: Signal, T: Send + 'static>(
        &self,
        record: impl for<'s, 'a> Fn(&'s S::Of<'a>) -> T + Send + Sync + 'static,
    ) -> Captured<T> {
        self.layer.capture::<S, T>(record)
    }

    /// Calls `call` in this scope, nested in the current one.
    pub fn run<T>(&self, call: impl FnOnce() -> T) -> T {
        let _entered = nested(&self.layer).enter();
        call()
    }

    /// Returns a future that polls `future` in this scope, nested in the scope that is current at the poll.
    /// Any executor can poll it, on any thread.
    ///
    /// The scope may be dropped before the future.
    pub fn run_async<F: Future>(&self, future: F) -> impl Future<Output = F::Output> + use<F> {
        let layer = Arc::clone(&self.layer);
        WithContext::new(future, move || nested(&layer))
    }

    /// Returns the current scopes and transaction, for use in a spawned thread or task.
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
        // Tasks that run in this scope keep the old layer.
        change(Arc::make_mut(&mut self.layer));
        self
    }
}

/// Returns the type of a receiver's function item.
#[track_caller]
pub(crate) fn receiver_item<F: Copy + 'static>(function: &F) -> TypeId {
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

// Tests catch panics around scopes. Their contents are shared by threads, so a panic breaks no invariant.
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

/// The nested scopes and the [`Transaction`](crate::Transaction) that were current when [`Scope::current`] was
/// called.
///
/// They replace the scopes and the transaction of the code that enters them. Receivers of signals that are
/// sent after the transaction has ended run or are discarded at once: see
/// [`Transaction`](crate::Transaction#the-end-of-a-transaction).
#[derive(Clone)]
pub struct CurrentScope {
    current: CurrentContext,
}

impl CurrentScope {
    /// Calls `call` in these scopes and this transaction, in a spawned thread or `spawn_blocking`.
    pub fn enter<T>(&self, call: impl FnOnce() -> T) -> T {
        let _entered = self.current.clone().inherited().enter();
        call()
    }

    /// Removes the transaction and keeps the scopes, for work that does not depend on how the transaction ends.
    #[must_use]
    pub fn without_transaction(self) -> Self {
        let current = CurrentContext {
            transaction: None,
            ..self.current
        };
        Self { current }
    }

    /// Returns a future that polls `future` in these scopes and this transaction, for a spawned task.
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
