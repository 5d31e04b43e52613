//! What can be wrong with the wiring, in words.

use crate::info::{ReceiverInfo, ResourceInfo, SignalInfo};
use crate::registry::DisableError;
use std::error::Error;
use std::fmt;

/// Something in the wiring that is not as it is meant to be.
///
/// Signals are sent and received all the same; each variant says what comes of it. `Display` says
/// what is wrong, where, and what to do.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum WiringProblem {
    /// A receiver takes a resource that nothing provides: it fails whenever it is called.
    MissingResource {
        /// The receiver that takes it.
        receiver: &'static ReceiverInfo,
        /// What is missing.
        resource: ResourceInfo,
    },
    /// Each of these receivers is to run before the next, and the last before the first: what they
    /// ask of each other is left out of account.
    OrderCycle {
        /// The receivers, from the one with the smallest id on.
        receivers: Vec<&'static ReceiverInfo>,
    },
    /// A `before(…)` or `after(…)` names what does not receive the signal, nor any other signal that
    /// the same attribute lists: it says nothing.
    UnknownReceiver {
        /// The receiver that names it.
        receiver: &'static ReceiverInfo,
        /// The path as it is written.
        path: &'static str,
    },
    /// A `before(…)` or `after(…)` names a receiver that hears the signal in another phase: the
    /// phases follow each other, so it says nothing, or what cannot be.
    OrderAcrossPhases {
        /// The receiver that names it.
        receiver: &'static ReceiverInfo,
        /// The path as it is written.
        path: &'static str,
    },
    /// One function receives the signal more than once in one phase: it is called as often.
    ReceivedTwice {
        /// The function, as it was registered last.
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
        /// Why.
        error: DisableError,
    },
    /// Several signals were given one name: logs and listings do not tell them apart.
    SharedName {
        /// The signals, ordered by their paths.
        signals: Vec<&'static SignalInfo>,
    },
}

impl fmt::Display for WiringProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingResource { receiver, resource } => {
                let type_name = resource.type_name();
                write!(
                    f,
                    "{} takes a `{type_name}`, which nothing provides: {}",
                    Receiver(receiver),
                    resource.how_to_provide(),
                )
            }
            Self::OrderCycle { receivers } => {
                let signal = receivers.first().map_or("", |first| first.signal().name());
                write!(
                    f,
                    "no order of `{signal}` keeps what its receivers ask for: "
                )?;
                for receiver in receivers {
                    write!(f, "{} before ", Receiver(receiver))?;
                }
                match receivers.as_slice() {
                    [only] => write!(f, "itself, `{}`", only.id()),
                    [first, ..] => write!(f, "`{}` again", first.id()),
                    [] => Ok(()),
                }
            }
            Self::UnknownReceiver { receiver, path } => write!(
                f,
                "{} is ordered by `{path}`, which does not receive `{}`",
                Receiver(receiver),
                receiver.signal().name(),
            ),
            Self::OrderAcrossPhases { receiver, path } => write!(
                f,
                "{} receives `{}` in phase `{}` and is ordered by `{path}`, which receives it in \
                 another: phases follow each other, so leave it out, or give both the same",
                Receiver(receiver),
                receiver.signal().name(),
                receiver.phase(),
            ),
            Self::ReceivedTwice { receiver } => write!(
                f,
                "{} receives `{}` more than once: name the signal once",
                Receiver(receiver),
                receiver.signal().name(),
            ),
            Self::Unfulfilled { signal } => write!(
                f,
                "{} is required, but no receiver fulfills it: name the crate that has it with \
                 `lback_signals::link!`, or add `fulfills` to one",
                Signal(signal),
            ),
            Self::FulfilledTwice { signal, receivers } => {
                write!(
                    f,
                    "{} is fulfilled by more than one receiver: ",
                    Signal(signal)
                )?;
                write_list(f, receivers.iter().map(|receiver| Receiver(receiver)))
            }
            Self::NotDisabled { error } => write!(f, "LBACK_DISABLE: {error}"),
            Self::SharedName { signals } => {
                let name = signals.first().map_or("", |first| first.name());
                write!(f, "the name `{name}` was given to more than one signal: ")?;
                write_list(f, signals.iter().map(|signal| Signal(signal)))
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

/// A receiver with its place.
struct Receiver<'r>(&'r ReceiverInfo);

impl fmt::Display for Receiver<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(receiver) = self;
        write!(
            f,
            "`{}` ({}:{})",
            receiver.id(),
            receiver.file(),
            receiver.line()
        )
    }
}

/// A signal with its place.
struct Signal<'s>(&'s SignalInfo);

impl fmt::Display for Signal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(signal) = self;
        write!(
            f,
            "`{}` ({}:{})",
            signal.type_path(),
            signal.file(),
            signal.line()
        )
    }
}
