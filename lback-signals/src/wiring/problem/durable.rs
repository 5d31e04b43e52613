//! Messages about durable signals and receivers.

use std::fmt;

use super::{Located, WiringProblem};
use crate::info::ReceiverInfo;

/// Joins the texts of problems.
pub(crate) fn sentences(problems: &[WiringProblem]) -> String {
    let problems: Vec<_> = problems.iter().map(ToString::to_string).collect();
    problems.join("; ")
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
