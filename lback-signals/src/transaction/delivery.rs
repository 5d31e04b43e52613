//! The end of a transaction, and the delivery of its pending signals.

use std::sync::Arc;

use super::abandoned::{Abandoned, discard};
use super::ended::Ended;
#[cfg(feature = "durable")]
use super::enqueued::settle_enqueued;
#[cfg(feature = "tokio")]
use crate::background::{self, Job};
use crate::call::call_each;
#[cfg(feature = "durable")]
use crate::context::not_written;
use crate::context::{
    Context, CurrentContext, ErasedSignal, Fate, Frame, Pending, TransactionEnd, TransactionNode,
    waiting_receivers,
};
use crate::info::Phase;
use crate::report::{Report, guard_user_code};
use crate::stderr;
#[cfg(feature = "tracing")]
use crate::unwind::discard_panic;

/// Ends a transaction, and delivers or discards its pending signals.
pub(super) fn end(node: &TransactionNode, end: TransactionEnd) -> Ended {
    let Some(closed) = node.close(end) else {
        if end == TransactionEnd::Committed {
            log_commit_after_rollback();
        }
        return Ended::with(Report::of_delivered(0));
    };
    let report = if closed.pending.is_empty() {
        Report::of_delivered(0)
    } else {
        settle(node.accept(closed.pending))
    };
    #[cfg(feature = "durable")]
    if !closed.enqueued.is_empty() {
        return settle_enqueued(node.enqueue(closed.enqueued), not_written).after(report);
    }
    Ended::with(report)
}

pub(super) fn abandon(node: &TransactionNode) -> Vec<Abandoned> {
    let Some(closed) = node.close(TransactionEnd::Abandoned) else {
        return Vec::new();
    };
    discard(
        closed.pending,
        #[cfg(feature = "durable")]
        &closed.enqueued.signals,
    )
}

/// Delivers or discards signals by their fate.
pub(crate) fn settle(fate: Fate) -> Report {
    match fate {
        Fate::Waiting { for_commit } => {
            let mut report = Report::of_delivered(0);
            report.add_deferred(for_commit);
            report
        }
        Fate::Due {
            pending,
            phase,
            transaction,
        } => deliver(pending, phase, transaction.as_ref()),
        Fate::Abandoned(pending) => {
            discard(
                pending,
                #[cfg(feature = "durable")]
                &[],
            );
            Report::of_delivered(0)
        }
    }
}

/// Only a caught panic can have ended the transaction before its owner commits it.
fn log_commit_after_rollback() {
    const TEXT: &str = "a transaction was committed that a panic had rolled back: no \
                        `after_commit` receiver runs";
    #[cfg(feature = "tracing")]
    discard_panic(|| tracing::error!("{TEXT}"));
    stderr::write_unless_traced(|| TEXT.to_owned());
}

/// Calls the receivers of a phase, in this transaction and each in the scope in which its signal was sent.
fn deliver(
    pending: Vec<Pending>,
    phase: Phase,
    transaction: Option<&Arc<TransactionNode>>,
) -> Report {
    let mut report = Report::of_delivered(0);
    // Queued first, since the receivers that are called below may queue background receivers, too.
    #[cfg(feature = "tokio")]
    for Pending { owned, scope, .. } in &pending {
        report.add(submit(owned, phase, scope.as_ref()));
    }
    for pending in pending {
        let current = CurrentContext {
            scope: pending.scope.clone(),
            transaction: transaction.cloned(),
            #[cfg(feature = "tokio")]
            is_background: CurrentContext::is_background(),
        };
        let _entered = current.enter();
        report.add(call(&pending.owned, phase, pending.scope));
        guard_user_code(|| drop(pending.owned));
    }
    report
}

/// Queues the background receivers of a phase.
#[cfg(feature = "tokio")]
fn submit(owned: &Arc<dyn ErasedSignal>, phase: Phase, scope: Option<&Arc<Frame>>) -> Report {
    let mut report = Report::of_delivered(0);
    let due =
        waiting_receivers(&**owned, scope.map(Arc::as_ref)).filter(|(_, it)| it.phase() == phase);
    for (number, _) in due.filter(|(_, receiver)| receiver.is_background()) {
        let job = Job::new(Arc::clone(owned), number, scope.cloned());
        report.add_handed_over(background::submit(job));
    }
    report
}

/// Calls the receivers of a phase that do not run in the background.
fn call(owned: &Arc<dyn ErasedSignal>, phase: Phase, scope: Option<Arc<Frame>>) -> Report {
    let due = waiting_receivers(&**owned, scope.as_deref()).filter(|(_, it)| it.phase() == phase);
    let called = due.filter(|(_, receiver)| !receiver.is_background());
    let called: Vec<_> = called
        .map(|(number, receiver)| (receiver, number))
        .collect();
    let sender = &|| owned.sender();
    let dispatch = owned.dispatch_id();
    let context = &Context::new(scope);
    call_each(called, context, sender, dispatch, |number, context| {
        owned.call(number, context)
    })
}
