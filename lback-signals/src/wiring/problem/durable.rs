//! Messages about durable signals and receivers.

use std::fmt;

use super::{Located, WiringProblem, write_list};
use crate::info::{ReceiverInfo, RetiredReceiver, SignalInfo};

/// Joins the texts of problems.
pub(crate) fn sentences(problems: &[WiringProblem]) -> String {
    let problems: Vec<_> = problems.iter().map(ToString::to_string).collect();
    problems.join("; ")
}

pub(super) fn write_shared_signal_name(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    signals: &[&'static SignalInfo],
) -> fmt::Result {
    write!(f, "the durable name `{name}` has more than one signal: ")?;
    write_list(f, signals.iter().copied().map(Located::signal))?;
    write_fix(f, signals.iter().map(|it| (it.file(), it.line())))
}

pub(super) fn write_shared_receiver_name(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    receivers: &[&'static ReceiverInfo],
) -> fmt::Result {
    write!(f, "the durable name `{name}` has more than one receiver: ")?;
    write_list(f, receivers.iter().copied().map(Located::receiver))?;
    write_fix(f, receivers.iter().map(|it| (it.file(), it.line())))
}

pub(super) fn write_retired_name(
    f: &mut fmt::Formatter<'_>,
    retired: &RetiredReceiver,
    receiver: &'static ReceiverInfo,
) -> fmt::Result {
    write!(
        f,
        "the durable name `{}` is retired ({}:{}) and is a name of {}: remove the `retire!`, or give the receiver \
         another name",
        retired.name(),
        retired.file(),
        retired.line(),
        Located::receiver(receiver),
    )
}

/// Writes how items with these locations get their own names.
fn write_fix<L: PartialEq>(
    f: &mut fmt::Formatter<'_>,
    mut locations: impl Iterator<Item = L>,
) -> fmt::Result {
    let first = locations.next();
    if locations.all(|it| Some(it) == first) {
        return f.write_str(
            "; its crate is linked twice: for unit tests, move the code that links it again into an integration test",
        );
    }
    f.write_str(
        "; in `durable(…)`, give each its own `name`, and list an earlier name in one `was` only",
    )
}

pub(super) fn write_other_database(
    f: &mut fmt::Formatter<'_>,
    receiver: &'static ReceiverInfo,
    database: Option<&str>,
) -> fmt::Result {
    let receiver = Located::receiver(receiver);
    match database {
        Some(database) => write!(
            f,
            "{receiver} takes a `DurableTx` of another database than the outbox's, which is {database}: take \
             one of {database}, or leave the receiver to a worker of its database with `Worker::only`",
        ),
        None => write!(
            f,
            "{receiver} takes `DurableTx`, and this outbox has no transactions: use the outbox of its \
             database, or leave the receiver out with `Worker::only`",
        ),
    }
}
