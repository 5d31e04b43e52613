//! Problems of the wiring, and their messages.

#[cfg(feature = "durable")]
mod durable;
mod sentence;

#[cfg(feature = "durable")]
pub(crate) use self::durable::sentences;
pub use self::sentence::{Located, Location, Sentence};

#[cfg(feature = "durable")]
use crate::info::RetiredReceiver;
use crate::info::{ReceiverInfo, ResourceInfo, SignalInfo};
use crate::registry::DisableError;
use std::error::Error;
use std::fmt;

/// A problem of the wiring, returned by [`Wiring::check`](crate::Wiring::check).
///
/// Signals can be sent despite a problem: each variant describes the effect. `Display` names the problem, its
/// location and the fix.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WiringProblem {
    /// A receiver takes a resource that is not provided: each call of it fails.
    MissingResource {
        /// The receiver that takes the resource.
        receiver: &'static ReceiverInfo,
        /// The missing resource.
        resource: ResourceInfo,
    },
    /// A receiver sends a signal, [relies](crate::Needs::receivers_of) on its receivers, and none is linked: workers
    /// leave the durable deliveries of the sending receiver waiting.
    NoReceiver {
        /// The receiver that sends the signal.
        receiver: &'static ReceiverInfo,
        /// The signal without a receiver.
        signal: &'static SignalInfo,
    },
    /// Each of these receivers is ordered before the next one, and the last before the first: their order among
    /// each other is ignored.
    OrderCycle {
        /// The receivers, beginning with the one with the smallest id.
        receivers: Vec<&'static ReceiverInfo>,
    },
    /// A `before(…)` or `after(…)` names a function that receives neither the signal nor another signal of the
    /// same attribute: it has no effect.
    UnknownReceiver {
        /// The receiver whose attribute names it.
        receiver: &'static ReceiverInfo,
        /// The path as it is written.
        path: &'static str,
    },
    /// A `before(…)` or `after(…)` names a receiver of the signal in another phase: it has no effect, since the
    /// order of the phases is fixed.
    OrderAcrossPhases {
        /// The receiver whose attribute names it.
        receiver: &'static ReceiverInfo,
        /// The path as it is written.
        path: &'static str,
    },
    /// One function receives the signal more than once in one phase: it is called more than once.
    ReceivedTwice {
        /// The last registration of the function.
        receiver: &'static ReceiverInfo,
    },
    /// A required signal has no receiver that fulfills it.
    Unfulfilled {
        /// The signal.
        signal: &'static SignalInfo,
    },
    /// A required signal has several receivers that fulfill it: all of them are called.
    FulfilledTwice {
        /// The signal.
        signal: &'static SignalInfo,
        /// The receivers, in the order in which they run.
        receivers: Vec<&'static ReceiverInfo>,
    },
    /// The environment variable `LBACK_DISABLE` names a receiver that cannot be disabled.
    NotDisabled {
        /// The reason.
        error: DisableError,
    },
    /// Several signals have the same name: logs and renderings do not distinguish them.
    SharedName {
        /// The signals, ordered by their paths.
        signals: Vec<&'static SignalInfo>,
    },
    /// Several durable signals have the same stored name, now or earlier: an outbox cannot tell whose payload it
    /// has stored. No outbox and no worker starts.
    #[cfg(feature = "durable")]
    SharedSignalName {
        /// The stored name.
        name: &'static str,
        /// The signals, ordered by their paths.
        signals: Vec<&'static SignalInfo>,
    },
    /// Several durable receivers have the same stored name, now or earlier: an outbox cannot tell whose delivery
    /// it has stored. No outbox and no worker starts.
    #[cfg(feature = "durable")]
    SharedReceiverName {
        /// The stored name.
        name: &'static str,
        /// The receivers, by signal.
        receivers: Vec<&'static ReceiverInfo>,
    },
    /// A durable receiver has a name that was retired: workers would discard its deliveries. No outbox and no worker
    /// starts.
    #[cfg(feature = "durable")]
    RetiredName {
        /// The declaration of [`retire!`](crate::retire).
        retired: &'static RetiredReceiver,
        /// The receiver that has the name, now or earlier.
        receiver: &'static ReceiverInfo,
    },
    /// A receiver takes `Delivery` or `DurableTx` and is not durable: each call of it fails. No outbox and no
    /// worker starts.
    #[cfg(feature = "durable")]
    NotDurable {
        /// The receiver.
        receiver: &'static ReceiverInfo,
        /// `Delivery` or `DurableTx`.
        parameter: &'static str,
    },
    /// A durable receiver takes `DurableTx` more than once, although a delivery has one transaction. No outbox
    /// and no worker starts.
    #[cfg(feature = "durable")]
    TransactionTakenTwice {
        /// The receiver.
        receiver: &'static ReceiverInfo,
    },
    /// A durable receiver takes a `DurableTx` of a database that is not the one of the worker's outbox. The
    /// worker does not start. [`Wiring::check`](crate::Wiring::check) knows no outbox and does not find it.
    #[cfg(feature = "durable")]
    OtherDatabase {
        /// The receiver.
        receiver: &'static ReceiverInfo,
        /// The database of the outbox. `None` if it has no transactions.
        database: Option<&'static str>,
    },
}

impl fmt::Display for WiringProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingResource { receiver, resource } => {
                let type_name = resource.type_name();
                write!(
                    f,
                    "{} takes a `{type_name}`, which is not provided: {}",
                    Located::receiver(receiver),
                    resource.how_to_provide(),
                )
            }
            Self::NoReceiver { receiver, signal } => write_no_receiver(f, receiver, signal),
            Self::OrderCycle { receivers } => Sentence::OrderCycle {
                signal: receivers.first().map_or("", |first| first.signal().name()),
                receivers: located(receivers),
            }
            .fmt(f),
            Self::UnknownReceiver { receiver, path } => Sentence::UnknownReceiver {
                receiver: Located::receiver(receiver),
                path,
                signal: receiver.signal().name(),
            }
            .fmt(f),
            Self::OrderAcrossPhases { receiver, path } => Sentence::OrderAcrossPhases {
                receiver: Located::receiver(receiver),
                path,
                signal: receiver.signal().name(),
                phase: receiver.phase(),
            }
            .fmt(f),
            Self::ReceivedTwice { receiver } => Sentence::ReceivedTwice {
                receiver: Located::receiver(receiver),
                signal: receiver.signal().name(),
            }
            .fmt(f),
            Self::Unfulfilled { signal } => {
                let signal = Located::signal(signal);
                Sentence::Unfulfilled { signal }.fmt(f)
            }
            Self::FulfilledTwice { signal, receivers } => Sentence::FulfilledTwice {
                signal: Located::signal(signal),
                receivers: located(receivers),
            }
            .fmt(f),
            Self::NotDisabled { error } => write!(f, "LBACK_DISABLE: {error}"),
            Self::SharedName { signals } => Sentence::SharedName {
                name: signals.first().map_or("", |first| first.name()),
                signals: signals.iter().copied().map(Located::signal).collect(),
            }
            .fmt(f),
            #[cfg(feature = "durable")]
            Self::SharedSignalName { name, signals } => Sentence::SharedSignalName {
                name,
                signals: signals.iter().copied().map(Located::signal).collect(),
            }
            .fmt(f),
            #[cfg(feature = "durable")]
            Self::SharedReceiverName { name, receivers } => Sentence::SharedReceiverName {
                name,
                receivers: located(receivers),
            }
            .fmt(f),
            #[cfg(feature = "durable")]
            Self::RetiredName { retired, receiver } => Sentence::RetiredName {
                name: retired.name(),
                retired: Location {
                    file: retired.file(),
                    line: retired.line(),
                },
                receiver: Located::receiver(receiver),
            }
            .fmt(f),
            #[cfg(feature = "durable")]
            Self::NotDurable {
                receiver,
                parameter,
            } => write!(
                f,
                "{} takes `{parameter}` and is not durable: add `durable(name = \"…\")` to its \
                 `#[receiver]`, or remove the parameter",
                Located::receiver(receiver),
            ),
            #[cfg(feature = "durable")]
            Self::TransactionTakenTwice { receiver } => write!(
                f,
                "{} takes `DurableTx` more than once: take it once, since a delivery has one transaction",
                Located::receiver(receiver),
            ),
            #[cfg(feature = "durable")]
            Self::OtherDatabase { receiver, database } => {
                durable::write_other_database(f, receiver, *database)
            }
        }
    }
}

impl Error for WiringProblem {}

fn write_no_receiver(
    f: &mut fmt::Formatter<'_>,
    receiver: &'static ReceiverInfo,
    signal: &'static SignalInfo,
) -> fmt::Result {
    let (name, receiver) = (signal.name(), Located::receiver(receiver));
    let signal = Located::signal(signal);
    write!(
        f,
        "{receiver} sends `{name}`, which has no receiver: write a `#[receiver]` of {signal}, or name the crate that \
         has one with `lback_signals::link!`",
    )
}

fn located(receivers: &[&'static ReceiverInfo]) -> Vec<Located<'static>> {
    receivers.iter().copied().map(Located::receiver).collect()
}

impl Located<'static> {
    fn receiver(receiver: &'static ReceiverInfo) -> Self {
        Self {
            path: receiver.id(),
            location: Location {
                file: receiver.file(),
                line: receiver.line(),
            },
        }
    }

    fn signal(signal: &'static SignalInfo) -> Self {
        Self {
            path: signal.type_path(),
            location: Location {
                file: signal.file(),
                line: signal.line(),
            },
        }
    }
}
