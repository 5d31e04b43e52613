//! The end of a transaction that holds encoded signals.

use crate::call::fail_each;
use crate::context::{EnqueueFate, EnqueuedSignals, Poison, TransactionNode, not_written};
use crate::report::{FailureKind, Report};

/// Hands the encoded signals of a transaction that has ended to the enclosing one. If there is none, and an outbox
/// has not taken them, their receivers fail.
///
/// `report` is that of the other receivers.
pub(super) fn end(node: &TransactionNode, enqueued: EnqueuedSignals, mut report: Report) -> Report {
    if enqueued.is_empty() {
        return report;
    }
    match node.enqueue(enqueued) {
        EnqueueFate::Waiting {
            deliveries,
            refused,
        } => {
            report.add_deferred(deliveries);
            if let Some(poison) = refused {
                report.add(fail(&poison));
            }
        }
        EnqueueFate::Committed(enqueued) => report.add(fail_all(enqueued)),
        EnqueueFate::RolledBack | EnqueueFate::Abandoned(_) => {}
    }
    report
}

/// Returns the report of signals whose transaction was committed without them.
fn fail_all(enqueued: EnqueuedSignals) -> Report {
    let mut report = Report::of_delivered(0);
    for signal in enqueued.signals {
        let error = enqueued.poison.as_ref().map(|poison| poison.error.clone());
        report.add(fail(&Poison {
            error: error.unwrap_or_else(|| not_written(&signal)),
            receivers: signal.receivers,
        }));
    }
    if let Some(poison) = enqueued.poison {
        report.add(fail(&poison));
    }
    report
}

fn fail(Poison { error, receivers }: &Poison) -> Report {
    fail_each(receivers, &|| None, || {
        FailureKind::NotEnqueued(error.clone())
    })
}
