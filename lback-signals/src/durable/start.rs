//! The check that precedes the work of an outbox or a worker.

use super::error::OutboxError;
#[cfg(feature = "durable-postgres")]
use crate::info::DurableReceiver;
use crate::info::ReceiverInfo;
#[cfg(feature = "durable-postgres")]
use crate::registry::durable_receivers;
use crate::wiring::{Wiring, wiring};

/// Checks the durable signals and receivers of the program. An outbox calls it when it is created.
///
/// # Errors
///
/// Returns [`OutboxError::Wiring`]: two signals or receivers have one name, or a receiver takes parameters that
/// it cannot get.
#[cfg(any(feature = "durable-postgres", feature = "durable-sqlite"))]
pub(super) fn check_wiring() -> Result<(), OutboxError> {
    check_wiring_of_worker(&[], None)
}

/// Checks the durable signals and receivers of the program, and that the worker's receivers take transactions of
/// this database only ([`Outbox::database`](super::Outbox::database)). A worker calls it at its start.
///
/// # Errors
///
/// As for [`check_wiring`], and for a receiver that takes a transaction of another database.
pub(super) fn check_wiring_of_worker(
    receivers: &[&'static ReceiverInfo],
    database: Option<&'static str>,
) -> Result<(), OutboxError> {
    let mut problems = wiring().durable_problems();
    problems.extend(Wiring::database_problems(receivers, database));
    if problems.is_empty() {
        Ok(())
    } else {
        Err(OutboxError::Wiring(problems))
    }
}

/// Returns whether the program links a receiver with `order = key`.
#[cfg(feature = "durable-postgres")]
pub(super) fn has_ordered_receivers() -> bool {
    let receivers = durable_receivers();
    let mut options = receivers.iter().filter_map(|it| it.info.durable());
    options.any(DurableReceiver::is_ordered)
}
