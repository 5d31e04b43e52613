//! Problems of the wiring, and their messages.

#[cfg(feature = "durable")]
mod durable;

#[cfg(feature = "durable")]
pub(crate) use self::durable::sentences;

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
            Self::OrderCycle { receivers } => {
                let signal = receivers.first().map_or("", |first| first.signal().name());
                write!(f, "the receivers of `{signal}` are ordered in a cycle: ")?;
                for receiver in receivers {
                    write!(f, "{} before ", Located::receiver(receiver))?;
                }
                match receivers.as_slice() {
                    [only] => write!(f, "itself, `{}`", only.id())?,
                    [first, ..] => write!(f, "`{}` again", first.id())?,
                    [] => {}
                }
                f.write_str("; remove one of these constraints")
            }
            Self::UnknownReceiver { receiver, path } => write!(
                f,
                "{} is ordered by `{path}`, which does not receive `{}`: remove the path, or add the \
                 signal to its `#[receiver]`",
                Located::receiver(receiver),
                receiver.signal().name(),
            ),
            Self::OrderAcrossPhases { receiver, path } => write!(
                f,
                "{} receives `{}` in phase `{}` and is ordered by `{path}`, which receives it in \
                 another phase: remove the constraint, or give both the same phase",
                Located::receiver(receiver),
                receiver.signal().name(),
                receiver.phase(),
            ),
            Self::ReceivedTwice { receiver } => write!(
                f,
                "{} receives `{}` more than once: name the signal once",
                Located::receiver(receiver),
                receiver.signal().name(),
            ),
            Self::Unfulfilled { signal } => write!(
                f,
                "{} is required, but no receiver fulfills it: name the crate that has it with \
                 `lback_signals::link!`, or add `fulfills` to one",
                Located::signal(signal),
            ),
            Self::FulfilledTwice { signal, receivers } => {
                write!(
                    f,
                    "{} is fulfilled by more than one receiver: ",
                    Located::signal(signal)
                )?;
                write_list(f, receivers.iter().copied().map(Located::receiver))?;
                f.write_str("; remove `fulfills` from all except one")
            }
            Self::NotDisabled { error } => write!(f, "LBACK_DISABLE: {error}"),
            Self::SharedName { signals } => {
                let name = signals.first().map_or("", |first| first.name());
                write!(f, "the name `{name}` was given to more than one signal: ")?;
                write_list(f, signals.iter().copied().map(Located::signal))?;
                f.write_str("; give each its own `name = \"…\"`")
            }
            #[cfg(feature = "durable")]
            Self::SharedSignalName { name, signals } => {
                durable::write_shared_signal_name(f, name, signals)
            }
            #[cfg(feature = "durable")]
            Self::SharedReceiverName { name, receivers } => {
                durable::write_shared_receiver_name(f, name, receivers)
            }
            #[cfg(feature = "durable")]
            Self::RetiredName { retired, receiver } => {
                durable::write_retired_name(f, retired, receiver)
            }
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

fn write_list(
    f: &mut fmt::Formatter<'_>,
    items: impl Iterator<Item = impl fmt::Display>,
) -> fmt::Result {
    for (index, item) in items.enumerate() {
        let comma = if index > 0 { ", " } else { "" };
        write!(f, "{comma}{item}")?;
    }
    Ok(())
}

/// The path of a receiver or signal, with its location.
struct Located {
    path: &'static str,
    file: &'static str,
    line: u32,
}

impl Located {
    fn receiver(receiver: &'static ReceiverInfo) -> Self {
        Self {
            path: receiver.id(),
            file: receiver.file(),
            line: receiver.line(),
        }
    }

    fn signal(signal: &'static SignalInfo) -> Self {
        Self {
            path: signal.type_path(),
            file: signal.file(),
            line: signal.line(),
        }
    }
}

impl fmt::Display for Located {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, file, line } = self;
        write!(f, "`{path}` ({file}:{line})")
    }
}
