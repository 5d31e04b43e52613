//! The receivers of each signal: collected by the linker, sorted at the first use.
//!
//! Each `#[signal]` declares a local type that implements [`Registered`], and a static [`Table`] of it. The
//! type is local because of the orphan rule, and because `inventory` has one list per type. Each `#[receiver]`
//! submits one value of that type. No type is erased: the function pointers name the type of the signal.

mod disable;
#[cfg(feature = "durable")]
mod durable;
mod observed;
pub(crate) mod order;
mod owned_signal;

pub(crate) use self::disable::by_environment;
use self::disable::is_off_at_start;
pub use self::disable::{DisableError, disable, disable_by_id, enable, enable_by_id};
#[cfg(feature = "durable")]
pub use self::durable::{DurableEntry, RetiredEntry};
#[cfg(feature = "durable")]
pub(crate) use self::durable::{
    DurableRegistration, durable_receiver, durable_receivers, retired_receivers,
};
pub use self::observed::{ObserverAlreadySet, set_observer};
pub(crate) use self::owned_signal::BorrowedSignal;
pub use self::owned_signal::{Copied, OwnedSignal};

use std::any::TypeId;
use std::collections::HashSet;
use std::mem::ManuallyDrop;
use std::sync::OnceLock;
use std::sync::atomic::AtomicUsize;

use crate::connection::Connections;
use crate::context::{Context, CurrentContext};
use crate::info::{Declaration, Phase, ReceiverInfo, SignalInfo, set_observed};
use crate::recursion;
use crate::report::Outcome;

/// The registration of one receiver for one signal: its declaration and its shim.
// Not public API. Used by generated code.
#[doc(hidden)]
#[derive(Debug)]
pub struct Registration<Shim, AsyncShim> {
    declaration: Declaration,
    shim: AnyShim<Shim, AsyncShim>,
}

impl<Shim, AsyncShim> Registration<Shim, AsyncShim> {
    /// Returns the registration of a `fn`.
    #[must_use]
    pub const fn new(declaration: Declaration, shim: Shim) -> Self {
        let shim = AnyShim::Sync(shim);
        Self { declaration, shim }
    }

    /// Returns the registration of an `async fn`.
    #[must_use]
    pub const fn new_async(declaration: Declaration, shim: AsyncShim) -> Self {
        let shim = AnyShim::Async(shim);
        Self { declaration, shim }
    }
}

/// The generated function that calls a `fn` or starts an `async fn`.
#[derive(Clone, Copy, Debug)]
pub(crate) enum AnyShim<Shim, AsyncShim> {
    Sync(Shim),
    Async(AsyncShim),
}

/// The registration type that `#[signal]` generates.
// Not public API. Used by generated code.
#[doc(hidden)]
pub trait Registered: inventory::Collect {
    /// `for<'d, …> fn(ReceiverArgs<'d, TheSignal<…>>) -> Outcome`, which generic code cannot name.
    type Shim: Copy + Send + Sync + 'static;

    /// `for<'d, …> fn(ReceiverArgs<'d, TheSignal<…>>) -> Starting<'d>`, or `Infallible` if no
    /// receiver can be an `async fn`.
    type AsyncShim: Copy + Send + Sync + 'static;

    /// `dyn for<'d, …> Fn(ReceiverArgs<'d, TheSignal<…>>) -> Outcome`: a connected closure.
    type Handler: ?Sized + Send + Sync + 'static;

    /// `dyn for<'d, …> Fn(ReceiverArgs<'d, TheSignal<…>>) -> Starting<'d>`: a connected async
    /// closure. `Infallible` if the signal is not async.
    type AsyncHandler: ?Sized + Send + Sync + 'static;

    /// The metadata of the signal.
    const SIGNAL: &'static SignalInfo;

    fn registration(&'static self) -> &'static Registration<Self::Shim, Self::AsyncShim>;
}

/// A receiver with its shim and its metadata.
#[derive(Debug)]
pub(crate) struct Receiver<Shim> {
    pub(crate) shim: Shim,
    pub(crate) info: &'static ReceiverInfo,
}

/// The receivers of a signal in order. Sorted at the first use, and immutable.
#[derive(Debug)]
pub(crate) struct Receivers<Shim, AsyncShim> {
    /// The receivers that `send` calls in order.
    pub(crate) now: Box<[Receiver<Shim>]>,
    /// The receivers that `send_async` awaits concurrently.
    pub(crate) concurrent: Box<[Receiver<AsyncShim>]>,
    /// The receivers that run in the background or at the end of a transaction.
    pub(crate) deferred: DeferredReceivers,
    /// The shims of the deferred receivers, in the same order.
    pub(crate) deferred_shims: Box<[AnyShim<Shim, AsyncShim>]>,
}

impl<Shim: Copy, AsyncShim> Receivers<Shim, AsyncShim> {
    /// Returns a function that calls a deferred receiver by its number.
    pub(crate) fn caller(
        &self,
        call: impl Fn(Shim, &Context) -> Outcome,
    ) -> impl Fn(usize, &Context) -> Outcome {
        move |number, context| match self.deferred_shims[number] {
            AnyShim::Sync(shim) => call(shim, context),
            AnyShim::Async(_) => unreachable!("an `async fn` is started, not called"),
        }
    }
}

/// Deferred receivers, ordered by phase. Within a phase, background receivers come first.
#[derive(Debug)]
pub(crate) struct DeferredReceivers {
    receivers: &'static [&'static ReceiverInfo],
    /// The receivers before the durable ones, which get no copy of the signal.
    copied: &'static [&'static ReceiverInfo],
    /// The end of the receivers that `send` always hands to the background.
    #[cfg(feature = "tokio")]
    background: usize,
    /// The end of the receivers that `send` hands to the background if there is no transaction.
    handed_over: usize,
    /// The end of the receivers that run after the commit.
    committed: usize,
}

impl DeferredReceivers {
    fn new(receivers: Vec<&'static ReceiverInfo>) -> Self {
        // Leaked, since the table is a static.
        let receivers: &'static [_] = receivers.leak();
        let end = |is_before: fn(&ReceiverInfo) -> bool| {
            receivers.partition_point(|receiver| is_before(receiver))
        };
        Self {
            #[cfg(feature = "tokio")]
            background: end(|receiver| receiver.phase() <= Phase::Background),
            handed_over: end(|receiver| {
                receiver.phase() <= Phase::AfterCommit && receiver.is_background()
            }),
            committed: end(|receiver| receiver.phase() <= Phase::AfterCommit),
            copied: &receivers[..end(|receiver| receiver.phase() < Phase::Durable)],
            receivers,
        }
    }

    #[inline]
    pub(crate) fn all(&self) -> &'static [&'static ReceiverInfo] {
        self.receivers
    }

    /// Returns the durable receivers, which a worker calls.
    #[cfg(feature = "durable")]
    pub(crate) fn durable(&self) -> &'static [&'static ReceiverInfo] {
        &self.receivers[self.copied.len()..]
    }

    /// Returns the receivers that get an owned copy of the signal.
    pub(crate) fn needing_copy(&self, is_in_transaction: bool) -> &[&'static ReceiverInfo] {
        if is_in_transaction {
            self.copied
        } else {
            &self.copied[..self.handed_over]
        }
    }

    /// Returns the number of these receivers, from the first, that `send` hands to the background.
    #[cfg(feature = "tokio")]
    pub(crate) fn handed_over(&self, is_in_transaction: bool) -> usize {
        if is_in_transaction {
            self.background
        } else {
            self.handed_over
        }
    }

    /// Returns the receivers that `send` calls at its end if there is no transaction, with their numbers.
    pub(crate) fn called(&self) -> impl ExactSizeIterator<Item = (&'static ReceiverInfo, usize)> {
        let called = self.handed_over..self.committed;
        called.map(|number| (self.receivers[number], number))
    }
}

/// The receivers of a signal: linked functions and connected closures.
// `ManuallyDrop`, since the compiler emits code that drops a static, although none is ever dropped.
//
// Not public API. Used by generated code.
#[doc(hidden)]
#[derive(Debug)]
pub struct Table<Entry: Registered> {
    receivers: ManuallyDrop<OnceLock<Receivers<Entry::Shim, Entry::AsyncShim>>>,
    connections: ManuallyDrop<Connections<Entry::Handler>>,
    async_connections: ManuallyDrop<Connections<Entry::AsyncHandler>>,
}

impl<Entry: Registered> Table<Entry> {
    #[expect(
        clippy::new_without_default,
        reason = "only used as the initial value of a static"
    )]
    #[must_use]
    pub const fn new() -> Self {
        Self {
            receivers: ManuallyDrop::new(OnceLock::new()),
            connections: ManuallyDrop::new(Connections::new()),
            async_connections: ManuallyDrop::new(Connections::new()),
        }
    }

    #[inline]
    pub(crate) fn receivers(&'static self) -> &'static Receivers<Entry::Shim, Entry::AsyncShim> {
        match self.receivers.get() {
            Some(receivers) => receivers,
            None => self.first_receivers(),
        }
    }

    #[cold]
    fn first_receivers(&'static self) -> &'static Receivers<Entry::Shim, Entry::AsyncShim> {
        // Called before `get_or_init`, since it collects the receivers of all signals, including this one.
        by_environment();
        let blockers = self.connections.counter();
        self.receivers.get_or_init(|| Self::collect(blockers))
    }

    #[inline]
    pub fn connections(&self) -> &Connections<Entry::Handler> {
        &self.connections
    }

    #[inline]
    pub fn async_connections(&self) -> &Connections<Entry::AsyncHandler> {
        &self.async_connections
    }

    /// Returns whether a receiver, a connected closure, the capture of a scope or the observer would get the signal.
    ///
    /// A disabled receiver is a receiver, so `blocks_fast_path` may count it, too.
    #[inline]
    pub fn has_receivers(&'static self) -> bool {
        let Receivers {
            now,
            concurrent,
            deferred,
            ..
        } = self.receivers();
        let is_received = !now.is_empty() || !concurrent.is_empty() || !deferred.all().is_empty();
        is_received
            || self.connections.blocks_fast_path()
            || Entry::SIGNAL.is_async() && self.async_connections.blocks_fast_path()
            || Self::is_recorded()
    }

    #[inline]
    fn is_recorded() -> bool {
        recursion::is_in_scope()
            && CurrentContext::scope()
                .is_some_and(|scope| !scope.captures(Entry::SIGNAL).is_empty())
    }

    /// Makes each further dispatch an observed one.
    pub fn observe(&'static self) {
        set_observed(self.connections.counter());
    }

    pub fn infos(&'static self) -> Vec<&'static ReceiverInfo> {
        let Receivers {
            now,
            concurrent,
            deferred,
            ..
        } = self.receivers();
        let mut infos = Vec::new();
        for receiver in now {
            infos.push(receiver.info);
        }
        for receiver in concurrent {
            infos.push(receiver.info);
        }
        infos.extend_from_slice(deferred.all());
        infos
    }

    fn collect(
        fast_path_blockers: &'static AtomicUsize,
    ) -> Receivers<Entry::Shim, Entry::AsyncShim> {
        let mut declarations = Vec::new();
        let mut shims = Vec::new();
        for entry in inventory::iter::<Entry> {
            let Registration { declaration, shim } = entry.registration();
            declarations.push((declaration, matches!(shim, AnyShim::Async(_))));
            shims.push(*shim);
        }
        let mut now = Vec::new();
        let mut concurrent = Vec::new();
        let mut deferred = Vec::new();
        let mut deferred_shims = Vec::new();
        for (info, index) in in_order(Entry::SIGNAL, &declarations, fast_path_blockers) {
            match shims[index] {
                shim if !info.phase().is_awaited() => {
                    deferred.push(info);
                    deferred_shims.push(shim);
                }
                AnyShim::Sync(shim) => now.push(Receiver { shim, info }),
                AnyShim::Async(shim) => concurrent.push(Receiver { shim, info }),
            }
        }
        Receivers {
            now: now.into(),
            concurrent: concurrent.into(),
            deferred: DeferredReceivers::new(deferred),
            deferred_shims: deferred_shims.into(),
        }
    }
}

/// Returns the metadata of a signal's receivers in their order, each with the index of its declaration.
///
/// A declaration comes with whether its receiver is an `async fn`.
// Not generic, since generic code is compiled again for each signal.
fn in_order(
    signal: &'static SignalInfo,
    declarations: &[(&'static Declaration, bool)],
    fast_path_blockers: &'static AtomicUsize,
) -> Vec<(&'static ReceiverInfo, usize)> {
    let mut receivers: Vec<_> = declarations
        .iter()
        .enumerate()
        .map(|(index, &(declaration, is_async))| {
            let info = ReceiverInfo::new(signal, declaration, is_async);
            (info.with_switch(fast_path_blockers), index)
        })
        .collect();
    // The order of the linker differs between build profiles.
    receivers.sort_unstable_by_key(|(info, _)| info.order_key());
    // Leaked, since the table is a static.
    let receivers: &'static [_] = receivers.leak();
    let infos: Vec<_> = receivers.iter().map(|(info, _)| info).collect();
    for info in infos.iter().filter(|info| is_off_at_start(info)) {
        info.switch().set_off(true);
    }
    let sequence = order::arrange(&infos).sequence.into_iter();
    sequence
        .map(|index| (infos[index], receivers[index].1))
        .collect()
}

/// The entry of a signal in the list of all signals.
// Not public API. Used by generated code.
#[doc(hidden)]
#[derive(Debug)]
pub struct SignalEntry(pub &'static SignalInfo);

inventory::collect!(SignalEntry);

/// Returns all signals linked into this binary, ordered by [`SignalInfo::type_path`].
pub(crate) fn signals() -> Vec<&'static SignalInfo> {
    let mut signals: Vec<_> = inventory::iter::<SignalEntry>
        .into_iter()
        .map(|entry| entry.0)
        .collect();
    signals.sort_unstable_by_key(|signal| (signal.type_path(), signal.file(), signal.line()));
    signals
}

/// Returns whether the type is the function item of a receiver linked into this binary.
pub(crate) fn is_receiver(item: TypeId) -> bool {
    static ITEMS: OnceLock<HashSet<TypeId>> = OnceLock::new();

    let items = ITEMS.get_or_init(|| {
        let receivers = signals().into_iter().flat_map(SignalInfo::receivers);
        receivers.map(ReceiverInfo::item).collect()
    });
    items.contains(&item)
}
