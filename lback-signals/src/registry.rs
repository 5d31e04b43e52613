//! From what the linker collected to one ordered table a signal.
//!
//! Each `#[signal]` declares a local type that implements [`Registered`] (the orphan rule wants it
//! local, and `inventory` keeps one list a type) and a static [`Table`] of it. Each `#[receiver]`
//! submits one value of that type. Nothing is erased on the way: the function pointers keep the
//! signal's own type.

use std::sync::OnceLock;

use crate::ambient::Ambient;
use crate::connection::Connections;
use crate::order;
use crate::phase::Phase;
use crate::receiver_info::{Declaration, ReceiverInfo};
use crate::recursion;
use crate::signal_info::SignalInfo;

/// What one `#[receiver]` leaves for one signal: what it says of itself and the function to call.
// Not public API. Used by generated code.
#[doc(hidden)]
#[derive(Debug)]
pub struct Registration<Shim> {
    declaration: Declaration,
    shim: Shim,
}

impl<Shim> Registration<Shim> {
    #[must_use]
    pub const fn new(declaration: Declaration, shim: Shim) -> Self {
        Self { declaration, shim }
    }
}

/// The registration type that `#[signal]` generates.
// Not public API. Used by generated code.
#[doc(hidden)]
pub trait Registered: inventory::Collect {
    /// `for<'d, …> fn(Delivery<'d, TheSignal<…>>) -> Outcome`, which no generic code can spell.
    type Shim: Copy + Send + Sync + 'static;

    /// `dyn for<'d, …> Fn(Delivery<'d, TheSignal<…>>) -> Outcome`: a closure that is connected.
    type Handler: ?Sized + Send + Sync + 'static;

    /// Its own static.
    const SIGNAL: &'static SignalInfo;

    fn registration(&'static self) -> &'static Registration<Self::Shim>;
}

/// A receiver ready to be called.
#[derive(Debug)]
pub(crate) struct Receiver<Shim> {
    pub(crate) shim: Shim,
    pub(crate) info: &'static ReceiverInfo,
}

/// A signal's receivers in order, sorted at the first use and never changed after.
#[derive(Debug)]
pub(crate) struct Receivers<Shim> {
    /// Those that run inside `send`.
    pub(crate) now: Box<[Receiver<Shim>]>,
    /// Those that run when a transaction has ended, by phase.
    pub(crate) later: Box<[Receiver<Shim>]>,
}

/// A signal's receivers: those that were linked, and those that are connected.
// Not public API. Used by generated code.
#[doc(hidden)]
#[derive(Debug)]
pub struct Table<Entry: Registered> {
    receivers: OnceLock<Receivers<Entry::Shim>>,
    connections: Connections<Entry::Handler>,
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
        }
    }

    #[inline]
    pub(crate) fn receivers(&self) -> &Receivers<Entry::Shim> {
        self.receivers.get_or_init(Self::collect)
    }

    #[inline]
    pub fn connections(&self) -> &Connections<Entry::Handler> {
        &self.connections
    }

    /// Whether anybody would hear the signal: a receiver, a closure or a scope that records it.
    #[inline]
    pub fn is_heard(&self) -> bool {
        let Receivers { now, later } = self.receivers();
        let is_received = !now.is_empty() || !later.is_empty();
        is_received || self.connections.exist() || Self::is_recorded()
    }

    #[inline]
    fn is_recorded() -> bool {
        recursion::is_in_scope()
            && Ambient::current()
                .scope
                .is_some_and(|scope| !scope.captures(Entry::SIGNAL).is_empty())
    }

    pub fn infos(&self) -> Vec<&'static ReceiverInfo> {
        let Receivers { now, later } = self.receivers();
        let receivers = now.iter().chain(later);
        receivers.map(|receiver| receiver.info).collect()
    }

    #[cold]
    fn collect() -> Receivers<Entry::Shim> {
        let mut registrations: Vec<_> = inventory::iter::<Entry>
            .into_iter()
            .map(Entry::registration)
            .map(|entry| {
                (
                    ReceiverInfo::new(Entry::SIGNAL, &entry.declaration),
                    entry.shim,
                )
            })
            .collect();
        // The linker's order differs between build profiles; this one does not.
        registrations.sort_unstable_by_key(|(info, _)| info.order_key());
        // They are kept as long as the table, which is a static.
        let registrations: &'static [_] = registrations.leak();
        let infos: Vec<_> = registrations.iter().map(|(info, _)| info).collect();
        let sequence = order::arrange(&infos).sequence.into_iter();
        let all = sequence.map(|index| Receiver {
            shim: registrations[index].1,
            info: infos[index],
        });
        let (now, later): (Vec<_>, Vec<_>) =
            all.partition(|receiver| receiver.info.phase() == Phase::Now);
        Receivers {
            now: now.into(),
            later: later.into(),
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
