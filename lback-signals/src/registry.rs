//! From what the linker collected to one ordered table a signal.
//!
//! Each `#[signal]` declares a local type that implements [`Registered`] (the orphan rule wants it
//! local, and `inventory` keeps one list a type) and a static [`Table`] of it. Each `#[receiver]`
//! submits one value of that type. Nothing is erased on the way: the function pointers keep the
//! signal's own type.

mod disable;
pub(crate) mod order;
mod owned_signal;

pub(crate) use self::disable::by_environment;
use self::disable::is_off_at_start;
pub use self::disable::{DisableError, disable, disable_by_id, enable, enable_by_id};
pub(crate) use self::owned_signal::BorrowedSignal;
pub use self::owned_signal::{Copied, OwnedSignal};

use std::any::TypeId;
use std::collections::HashSet;
use std::sync::OnceLock;
use std::sync::atomic::AtomicUsize;

use crate::connection::Connections;
use crate::context::{Context, CurrentContext};
use crate::info::{Declaration, Phase, ReceiverInfo, SignalInfo};
use crate::recursion;
use crate::report::Outcome;

/// What one `#[receiver]` leaves for one signal: what it says of itself and the function to call.
// Not public API. Used by generated code.
#[doc(hidden)]
#[derive(Debug)]
pub struct Registration<Shim, AsyncShim> {
    declaration: Declaration,
    shim: AnyShim<Shim, AsyncShim>,
}

impl<Shim, AsyncShim> Registration<Shim, AsyncShim> {
    /// That of a `fn`.
    #[must_use]
    pub const fn new(declaration: Declaration, shim: Shim) -> Self {
        let shim = AnyShim::Sync(shim);
        Self { declaration, shim }
    }

    /// That of an `async fn`.
    #[must_use]
    pub const fn new_async(declaration: Declaration, shim: AsyncShim) -> Self {
        let shim = AnyShim::Async(shim);
        Self { declaration, shim }
    }
}

/// What calls a receiver that is a `fn`, or starts one that is an `async fn`.
#[derive(Clone, Copy, Debug)]
pub(crate) enum AnyShim<Shim, AsyncShim> {
    Sync(Shim),
    Async(AsyncShim),
}

/// The registration type that `#[signal]` generates.
// Not public API. Used by generated code.
#[doc(hidden)]
pub trait Registered: inventory::Collect {
    /// `for<'d, …> fn(ReceiverArgs<'d, TheSignal<…>>) -> Outcome`, which no generic code can spell.
    type Shim: Copy + Send + Sync + 'static;

    /// `for<'d, …> fn(ReceiverArgs<'d, TheSignal<…>>) -> Starting<'d>`, or `Infallible` where no
    /// receiver can be an `async fn`.
    type AsyncShim: Copy + Send + Sync + 'static;

    /// `dyn for<'d, …> Fn(ReceiverArgs<'d, TheSignal<…>>) -> Outcome`: a closure that is connected.
    type Handler: ?Sized + Send + Sync + 'static;

    /// `dyn for<'d, …> Fn(ReceiverArgs<'d, TheSignal<…>>) -> Starting<'d>`: an async closure that is
    /// connected; or `Infallible` where the signal is not async.
    type AsyncHandler: ?Sized + Send + Sync + 'static;

    /// Its own static.
    const SIGNAL: &'static SignalInfo;

    fn registration(&'static self) -> &'static Registration<Self::Shim, Self::AsyncShim>;
}

/// A receiver ready to be called.
#[derive(Debug)]
pub(crate) struct Receiver<Shim> {
    pub(crate) shim: Shim,
    pub(crate) info: &'static ReceiverInfo,
}

/// A signal's receivers in order, sorted at the first use and never changed after.
#[derive(Debug)]
pub(crate) struct Receivers<Shim, AsyncShim> {
    /// Those that run inside `send`, one after the other.
    pub(crate) now: Box<[Receiver<Shim>]>,
    /// Those that run inside `send_async`, at the same time.
    pub(crate) concurrent: Box<[Receiver<AsyncShim>]>,
    /// Those that run in the background, or when a transaction has ended.
    pub(crate) deferred: DeferredReceivers,
    /// What they are called or started by, in the same order.
    pub(crate) deferred_shims: Box<[AnyShim<Shim, AsyncShim>]>,
}

impl<Shim: Copy, AsyncShim> Receivers<Shim, AsyncShim> {
    /// What calls one of those that run deferred, by its number.
    pub(crate) fn caller(
        &self,
        call: impl Fn(Shim, &Context) -> Outcome,
    ) -> impl Fn(usize, &Context) -> Outcome {
        move |number, context| match self.deferred_shims[number] {
            AnyShim::Sync(shim) => call(shim, context),
            AnyShim::Async(_) => unreachable!("it is started and not called"),
        }
    }
}

/// Receivers that run deferred, by phase; of a phase, those in the background come first.
#[derive(Debug)]
pub(crate) struct DeferredReceivers {
    receivers: Box<[&'static ReceiverInfo]>,
    /// Where those end that are handed over by `send` in any case.
    #[cfg(feature = "tokio")]
    background: usize,
    /// Where those end that it hands over if there is no transaction.
    handed_over: usize,
    /// Where those end that run after the commit.
    committed: usize,
}

impl DeferredReceivers {
    fn new(receivers: Vec<&'static ReceiverInfo>) -> Self {
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
            receivers: receivers.into(),
        }
    }

    #[inline]
    pub(crate) fn all(&self) -> &[&'static ReceiverInfo] {
        &self.receivers
    }

    /// Those that get a copy of what is sent.
    pub(crate) fn kept(&self, is_in_transaction: bool) -> &[&'static ReceiverInfo] {
        if is_in_transaction {
            &self.receivers
        } else {
            &self.receivers[..self.handed_over]
        }
    }

    /// How many of those, from the first, are handed to the background at once.
    #[cfg(feature = "tokio")]
    pub(crate) fn handed_over(&self, is_in_transaction: bool) -> usize {
        if is_in_transaction {
            self.background
        } else {
            self.handed_over
        }
    }

    /// Those that `send` calls at its end, where there is no transaction, with their numbers.
    pub(crate) fn called(&self) -> impl ExactSizeIterator<Item = (&'static ReceiverInfo, usize)> {
        let called = self.handed_over..self.committed;
        called.map(|number| (self.receivers[number], number))
    }
}

/// A signal's receivers: those that were linked, and those that are connected.
// Not public API. Used by generated code.
#[doc(hidden)]
#[derive(Debug)]
pub struct Table<Entry: Registered> {
    receivers: OnceLock<Receivers<Entry::Shim, Entry::AsyncShim>>,
    connections: Connections<Entry::Handler>,
    async_connections: Connections<Entry::AsyncHandler>,
}

impl<Entry: Registered> Table<Entry> {
    #[expect(
        clippy::new_without_default,
        reason = "only ever the initial value of a static"
    )]
    #[must_use]
    pub const fn new() -> Self {
        Self {
            receivers: OnceLock::new(),
            connections: Connections::new(),
            async_connections: Connections::new(),
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
        // Before the table is locked: it collects the receivers of all signals, these too.
        by_environment();
        let blockers = self.connections.fast_path_blockers();
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

    /// Whether anybody would hear the signal: a receiver, a closure or a scope that records it.
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
            || self.connections.exist()
            || Entry::SIGNAL.is_async() && self.async_connections.exist()
            || Self::is_recorded()
    }

    #[inline]
    fn is_recorded() -> bool {
        recursion::is_in_scope()
            && CurrentContext::get()
                .scope
                .is_some_and(|scope| !scope.captures(Entry::SIGNAL).is_empty())
    }

    pub fn infos(&'static self) -> Vec<&'static ReceiverInfo> {
        let Receivers {
            now,
            concurrent,
            deferred,
            ..
        } = self.receivers();
        let now = now.iter().map(|receiver| receiver.info);
        let concurrent = concurrent.iter().map(|receiver| receiver.info);
        now.chain(concurrent)
            .chain(deferred.all().iter().copied())
            .collect()
    }

    fn collect(
        fast_path_blockers: &'static AtomicUsize,
    ) -> Receivers<Entry::Shim, Entry::AsyncShim> {
        let mut registrations: Vec<_> = inventory::iter::<Entry>
            .into_iter()
            .map(Entry::registration)
            .map(|entry| {
                let is_async = matches!(entry.shim, AnyShim::Async(_));
                let info = ReceiverInfo::new(Entry::SIGNAL, &entry.declaration, is_async);
                (info.with_switch(fast_path_blockers), entry.shim)
            })
            .collect();
        // The linker's order differs between build profiles; this one does not.
        registrations.sort_unstable_by_key(|(info, _)| info.order_key());
        // They are kept as long as the table, which is a static.
        let registrations: &'static [_] = registrations.leak();
        let infos: Vec<_> = registrations.iter().map(|(info, _)| info).collect();
        for info in infos.iter().filter(|info| is_off_at_start(info)) {
            info.switch().set_off(true);
        }
        let sequence = order::arrange(&infos).sequence.into_iter();
        let mut now = Vec::new();
        let mut concurrent = Vec::new();
        let mut deferred = Vec::new();
        let mut deferred_shims = Vec::new();
        for (info, shim) in sequence.map(|index| (infos[index], registrations[index].1)) {
            match shim {
                _ if !info.phase().is_awaited() => {
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

/// A signal's entry in the list of all signals, which holds metadata only.
// Not public API. Used by generated code.
#[doc(hidden)]
#[derive(Debug)]
pub struct SignalEntry(pub &'static SignalInfo);

inventory::collect!(SignalEntry);

/// Every signal linked into this binary, ordered by [`SignalInfo::type_path`].
pub(crate) fn signals() -> Vec<&'static SignalInfo> {
    let mut signals: Vec<_> = inventory::iter::<SignalEntry>
        .into_iter()
        .map(|entry| entry.0)
        .collect();
    signals.sort_unstable_by_key(|signal| (signal.type_path(), signal.file(), signal.line()));
    signals
}

/// Whether the type is that of the function item of a receiver linked into this binary.
pub(crate) fn is_receiver(item: TypeId) -> bool {
    static ITEMS: OnceLock<HashSet<TypeId>> = OnceLock::new();

    let items = ITEMS.get_or_init(|| {
        let receivers = signals().into_iter().flat_map(SignalInfo::receivers);
        receivers.map(ReceiverInfo::item).collect()
    });
    items.contains(&item)
}
