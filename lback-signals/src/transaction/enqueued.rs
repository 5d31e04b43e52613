//! The end of a transaction that holds encoded signals.

use super::abandoned;
use super::ended::Ended;
use crate::call::fail_each;
use crate::context::{EnqueueFate, Enqueued, EnqueuedSignals, TestDelivery};
use crate::enqueue::EnqueueError;
use crate::registry::durable_receiver;
use crate::report::{FailureKind, Report, guard_user_code};

/// Returns the report of encoded signals by their fate, and the deliveries that a test runs now.
///
/// `lost` returns the error of a signal that no outbox gets, since its transaction was committed.
pub(crate) fn settle_enqueued(fate: EnqueueFate, lost: fn(&Enqueued) -> EnqueueError) -> Ended {
    let mut report = Report::of_delivered(0);
    match fate {
        EnqueueFate::Waiting {
            deliveries,
            refused,
        } => {
            report.add_deferred(deliveries);
            if let Some(refused) = refused {
                report.add(fail(&refused.signal, &refused.error));
            }
        }
        EnqueueFate::Committed(signals) => return commit(signals, lost),
        EnqueueFate::RolledBack => {}
        EnqueueFate::Abandoned(signals) => {
            abandoned::discard(Vec::new(), &signals.signals);
        }
    }
    Ended::with(report)
}

/// Returns the report of signals that were committed without an outbox, and the deliveries that a test runs now.
fn commit(enqueued: EnqueuedSignals, lost: fn(&Enqueued) -> EnqueueError) -> Ended {
    let EnqueuedSignals {
        signals, poison, ..
    } = enqueued;
    let mut ended = Ended::with(Report::of_delivered(0));
    for signal in signals {
        match (&poison, &signal.test) {
            (Some(poison), _) => ended.report.add(fail(&signal, &poison.error)),
            (None, None) => ended.report.add(fail(&signal, &lost(&signal))),
            (None, Some(scope)) => {
                let scope = scope.clone();
                let deliveries = TestDelivery::of(signal, &scope);
                match scope.mode.kept {
                    Some(kept) => ended.report.add_deferred(kept.keep(deliveries)),
                    None => ended.due.extend(deliveries),
                }
            }
        }
    }
    if let Some(poison) = poison {
        let error = || FailureKind::NotEnqueued(poison.error.clone());
        ended
            .report
            .add(fail_each(&poison.receivers, &|| None, None, error));
    }
    ended
}

fn fail(signal: &Enqueued, error: &EnqueueError) -> Report {
    let sender = || sender_of(signal);
    fail_each(&signal.receivers, &sender, signal.dispatch, || {
        FailureKind::NotEnqueued(error.clone())
    })
}

/// Returns the name and the id of the model that sent the signal, which are read back from its payload.
pub(super) fn sender_of(signal: &Enqueued) -> Option<String> {
    let receiver = durable_receiver(signal.receivers.first()?)?;
    let row = &signal.row;
    let decode = || receiver.decode(row.version(), row.payload());
    let owned = guard_user_code(decode)?.ok()?;
    let sender = owned.sender_outside_dispatch();
    guard_user_code(|| drop(owned));
    sender
}
