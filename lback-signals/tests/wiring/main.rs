//! The wiring, of which each test looks at its own signals.

#[cfg(feature = "tokio")]
mod background;
mod check;
mod disabled;
#[cfg(feature = "durable")]
mod durable;
mod phases;
mod records;

use lback_signals::{WiringProblem, wiring};

/// Returns the problems of the signals of a module, and of their receivers.
fn problems_of(module: &str) -> Vec<WiringProblem> {
    let mut problems = wiring().check().unwrap_err();
    problems.retain(|problem| {
        let path = match problem {
            WiringProblem::MissingResource { receiver, .. }
            | WiringProblem::NoReceiver { receiver, .. }
            | WiringProblem::UnknownReceiver { receiver, .. }
            | WiringProblem::OrderAcrossPhases { receiver, .. }
            | WiringProblem::ReceivedTwice { receiver } => receiver.signal().type_path(),
            WiringProblem::OrderCycle { receivers } => receivers[0].signal().type_path(),
            WiringProblem::Unfulfilled { signal } => signal.type_path(),
            WiringProblem::SharedName { signals } => signals[0].type_path(),
            #[cfg(feature = "durable")]
            WiringProblem::SharedSignalName { signals, .. } => signals[0].type_path(),
            #[cfg(feature = "durable")]
            WiringProblem::SharedReceiverName { receivers, .. } => {
                receivers[0].signal().type_path()
            }
            #[cfg(feature = "durable")]
            WiringProblem::NotDurable { receiver, .. }
            | WiringProblem::TransactionTakenTwice { receiver } => receiver.signal().type_path(),
            other => panic!("{other}"),
        };
        let (parent, _) = path.rsplit_once("::").unwrap();
        parent == module
    });
    problems
}
