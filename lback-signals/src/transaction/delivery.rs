//! The end of a transaction, and the receivers that have waited for it.

use std::sync::Arc;

use super::abandoned::Abandoned;
#[cfg(feature = "tokio")]
use crate::background::{self, Job};
use crate::call::call_each;
use crate::context::{
    CurrentContext, ErasedSignal, Fate, Frame, Pending, TransactionEnd, TransactionNode, due,
};
use crate::info::Phase;
use crate::report::{Report, guard_user_code};
use crate::stderr;
#[cfg(feature = "tracing")]
use crate::unwind::discard_panic;

/// Ends a transaction, and does what fits the end with the signals that wait.
pub(super) fn end(node: &TransactionNode, end: TransactionEnd) -> Report {
    match node.close(end) {
        Some(pending) if pending.is_empty() => {}
        Some(pending) => return settle(node.accept(pending)),
        None if end == TransactionEnd::Committed => log_vain_commit(),
        None => {}
    }
    Report::of_delivered(0)
}

pub(super) fn abandon(node: &TransactionNode) -> Vec<Abandoned> {
    give_up(node.close(TransactionEnd::Abandoned).unwrap_or_default())
}

/// Does what the fate of signals asks for.
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
            give_up(pending);
            Report::of_delivered(0)
        }
    }
}

/// Only a panic that was caught can have ended the transaction before its owner does.
fn log_vain_commit() {
    #[cfg(feature = "tracing")]
    discard_panic(|| {
        tracing::error!(
            "a transaction was committed that a panic had rolled back: no receiver runs for it"
        );
    });
    stderr::write_unless_traced(|| {
        "a transaction was committed that a panic had rolled back: no receiver runs for it"
            .to_owned()
    });
}

/// Calls the receivers of this phase, each in the scope that its signal was sent in and all of them
/// in this transaction.
fn deliver(
    pending: Vec<Pending>,
    phase: Phase,
    transaction: Option<&Arc<TransactionNode>>,
) -> Report {
    let mut report = Report::of_delivered(0);
    // Before any receiver is called, which may send to the background, too.
    #[cfg(feature = "tokio")]
    for Pending { owned, scope, .. } in &pending {
        report.add(hand_over(owned, phase, scope.as_ref()));
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

/// Tells what will not be delivered.
fn give_up(pending: Vec<Pending>) -> Vec<Abandoned> {
    let abandoned = pending.into_iter().filter_map(|pending| {
        let abandoned = Abandoned::new(&pending)?;
        abandoned.log();
        guard_user_code(|| drop(pending.owned));
        Some(abandoned)
    });
    abandoned.collect()
}

/// Hands the receivers of this phase that run in the background what was kept for them.
#[cfg(feature = "tokio")]
fn hand_over(owned: &Arc<dyn ErasedSignal>, phase: Phase, scope: Option<&Arc<Frame>>) -> Report {
    let mut report = Report::of_delivered(0);
    let due = due(&**owned, scope.map(Arc::as_ref)).filter(|(_, it)| it.phase() == phase);
    for (number, _) in due.filter(|(_, receiver)| receiver.is_background()) {
        let job = Job::new(Arc::clone(owned), number, scope.cloned());
        report.add_handed_over(background::submit(job));
    }
    report
}

/// Calls the other receivers of this phase with what was kept for them.
fn call(owned: &Arc<dyn ErasedSignal>, phase: Phase, scope: Option<Arc<Frame>>) -> Report {
    let due = due(&**owned, scope.as_deref()).filter(|(_, it)| it.phase() == phase);
    let called = due.filter(|(_, receiver)| !receiver.is_background());
    let called: Vec<_> = called
        .map(|(number, receiver)| (receiver, number))
        .collect();
    let sender = &|| owned.sender();
    call_each(called, scope, sender, |number, context| {
        owned.call(number, context)
    })
}
