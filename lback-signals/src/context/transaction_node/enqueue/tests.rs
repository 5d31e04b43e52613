//! Limits of a transaction, and what its end does to its signals.

use std::any::TypeId;
use std::sync::Arc;

use super::{EnqueueFate, EnqueuedSignals};
use crate::context::{Enqueued, SendOrder, TransactionEnd, TransactionNode};
use crate::enqueue::{EnqueueError, EnqueueLimits, SignalRow};
use crate::info::{
    Declaration, Introspection, ReceiverInfo, ReceiverOptions, SignalDeclaration, SignalInfo,
};

static SIGNAL: SignalInfo = SignalInfo::__new(SignalDeclaration::EMPTY);

static DECLARATION: Declaration = Declaration::new(
    "tests::receiver@tests.rs:1:1",
    Introspection::Plain(TypeId::of::<()>()),
    ReceiverOptions::NONE,
);

fn limits() -> EnqueueLimits {
    EnqueueLimits::default()
        .with_deliveries(4)
        .with_total_bytes(10)
}

fn root() -> Arc<TransactionNode> {
    Arc::new(TransactionNode::with_limits(limits()))
}

fn nested(parent: &Arc<TransactionNode>) -> Arc<TransactionNode> {
    Arc::new(TransactionNode::new(Some(Arc::clone(parent))))
}

/// Returns the receivers of a signal.
fn receivers(count: usize) -> Vec<&'static ReceiverInfo> {
    let receiver = ReceiverInfo::new(&SIGNAL, &DECLARATION, false);
    vec![Box::leak(Box::new(receiver)); count]
}

fn signal(payload: &str, deliveries: usize) -> Enqueued {
    let row = SignalRow::__new("tests.signal", 1, payload, &[]);
    Enqueued::new(SendOrder::now(), row, receivers(deliveries), None)
}

/// Sends a signal, and returns why it was refused.
fn send(node: &TransactionNode, payload: &str, deliveries: usize) -> Option<EnqueueError> {
    match node.enqueue(EnqueuedSignals::of(signal(payload, deliveries))) {
        EnqueueFate::Waiting { refused, .. } => refused.map(|refused| refused.error),
        _ => panic!("the transaction is open"),
    }
}

/// Ends a nested transaction with a commit, and returns the number of deliveries that the parent gets, and why the
/// first that it does not get was refused.
fn commit(node: &TransactionNode) -> (usize, Option<EnqueueError>) {
    let closed = node.close(TransactionEnd::Committed).unwrap();
    match node.enqueue(closed.enqueued) {
        EnqueueFate::Waiting {
            deliveries,
            refused,
        } => (deliveries, refused.map(|refused| refused.error)),
        _ => panic!("the enclosing transaction is open"),
    }
}

fn payloads(node: &TransactionNode) -> Result<Vec<String>, EnqueueError> {
    let rows = node.take_deliveries()?;
    Ok(rows.iter().map(|row| row.payload().to_owned()).collect())
}

const TOO_MANY: EnqueueError = EnqueueError::TooManyDeliveries { limit: 4 };
const TOO_LARGE: EnqueueError = EnqueueError::TooManyBytes { limit: 10 };

#[test]
fn a_transaction_takes_deliveries_up_to_its_limit() {
    let node = root();
    assert_eq!(send(&node, "1", 3), None);
    assert_eq!(send(&node, "2", 1), None);
    assert_eq!(
        node.refusal(),
        Some(EnqueueError::NotWritten { signal: "" })
    );
    assert_eq!(payloads(&node).unwrap(), ["1", "2"]);
    assert_eq!(node.refusal(), None);

    // Those that were taken count.
    assert_eq!(send(&node, "3", 1), Some(TOO_MANY));
    assert_eq!(send(&node, "4", 0), Some(TOO_MANY));
    assert_eq!(payloads(&node), Err(TOO_MANY));
    assert_eq!(payloads(&node), Err(TOO_MANY));
    assert_eq!(node.refusal(), Some(TOO_MANY));
}

#[test]
fn a_transaction_takes_payloads_up_to_its_limit() {
    let node = root();
    assert_eq!(send(&node, "12345678", 1), None);
    assert_eq!(send(&node, "90", 1), None);
    assert_eq!(payloads(&node).unwrap(), ["12345678", "90"]);
    assert_eq!(send(&node, "1", 1), Some(TOO_LARGE));

    let node = root();
    assert_eq!(send(&node, "12345678901", 1), Some(TOO_LARGE));
    assert_eq!(payloads(&node), Err(TOO_LARGE));
}

#[test]
fn a_transaction_has_64_mebibytes_unless_it_is_told_otherwise() {
    let node = TransactionNode::new(None);
    let payload = "x".repeat(1 << 20);
    for _ in 0..64 {
        assert_eq!(send(&node, &payload, 1), None);
    }
    let limit = 64 << 20;
    let too_large = EnqueueError::TooManyBytes { limit };
    assert_eq!(send(&node, "x", 1), Some(too_large));
}

#[test]
fn a_nested_transaction_inherits_the_limits() {
    let node = nested(&nested(&root()));
    assert_eq!(send(&node, "", 4), None);
    assert_eq!(send(&node, "", 1), Some(TOO_MANY));
}

#[test]
fn the_limits_hold_for_the_sum_with_a_nested_transaction() {
    let outer = root();
    assert_eq!(send(&outer, "1", 2), None);
    let inner = nested(&outer);
    assert_eq!(send(&inner, "2", 2), None);
    assert_eq!(commit(&inner), (2, None));
    assert_eq!(payloads(&outer).unwrap(), ["1", "2"]);

    let outer = root();
    assert_eq!(send(&outer, "1", 2), None);
    let inner = nested(&outer);
    assert_eq!(send(&inner, "2", 1), None);
    assert_eq!(send(&inner, "3", 2), None);
    assert_eq!(send(&inner, "4", 1), None);
    assert_eq!(commit(&inner), (1, Some(TOO_MANY)));
    assert_eq!(payloads(&outer), Err(TOO_MANY));

    let outer = root();
    assert_eq!(send(&outer, "123456", 1), None);
    let inner = nested(&outer);
    assert_eq!(send(&inner, "12345", 1), None);
    assert_eq!(commit(&inner), (0, Some(TOO_LARGE)));
    assert_eq!(outer.refusal(), Some(TOO_LARGE));
}

#[test]
fn a_rollback_discards_the_counts_and_the_poison() {
    let outer = root();
    assert_eq!(send(&outer, "1", 2), None);
    let inner = nested(&outer);
    assert_eq!(send(&inner, "2", 4), None);
    assert_eq!(send(&inner, "3", 1), Some(TOO_MANY));
    inner.close(TransactionEnd::RolledBack);
    assert_eq!(send(&outer, "4", 2), None);
    assert_eq!(payloads(&outer).unwrap(), ["1", "4"]);
}

#[test]
fn a_nested_commit_passes_the_first_poison_on() {
    let outer = root();
    assert_eq!(send(&outer, "1", 1), None);
    let inner = nested(&outer);
    assert_eq!(send(&inner, "2", 1), None);
    assert_eq!(send(&inner, "1234567890", 1), Some(TOO_LARGE));
    assert_eq!(inner.refusal(), None);
    assert_eq!(commit(&inner), (0, None));
    assert_eq!(outer.refusal(), Some(TOO_LARGE));

    let later = nested(&outer);
    assert_eq!(send(&later, "3", 5), Some(TOO_MANY));
    assert_eq!(commit(&later), (0, None));
    let unpoisoned = nested(&outer);
    assert_eq!(send(&unpoisoned, "4", 1), None);
    assert_eq!(commit(&unpoisoned), (0, Some(TOO_LARGE)));
    assert_eq!(payloads(&outer), Err(TOO_LARGE));
}

#[test]
fn rows_are_in_the_order_of_sending() {
    let [first, second, third, fourth] = ["1", "2", "3", "4"].map(|payload| signal(payload, 1));
    let outer = root();
    let inner = nested(&outer);
    // A send ends after those in its receivers.
    for (node, signal) in [
        (&inner, fourth),
        (&outer, third),
        (&inner, second),
        (&outer, first),
    ] {
        let _ = node.enqueue(EnqueuedSignals::of(signal));
    }
    assert_eq!(commit(&inner), (2, None));
    assert_eq!(payloads(&outer).unwrap(), ["1", "2", "3", "4"]);
}

#[test]
fn the_database_is_refused_the_commit_of_what_only_an_ended_transaction_would_get() {
    let outer = root();
    let inner = nested(&outer);
    assert_eq!(send(&inner, "1", 1), None);
    assert_eq!(inner.refusal(), None);
    outer.close(TransactionEnd::Committed);
    assert!(matches!(
        inner.refusal(),
        Some(EnqueueError::NotWritten { .. })
    ));

    let outer = root();
    let inner = nested(&outer);
    assert_eq!(send(&inner, "1", 1), None);
    outer.close(TransactionEnd::RolledBack);
    assert_eq!(inner.refusal(), None);
}

#[test]
fn a_rollback_that_the_owner_does_not_know_of_refuses_the_commit() {
    let node = root();
    assert_eq!(send(&node, "1", 1), None);
    node.close(TransactionEnd::RolledBack);
    let rolled_back = EnqueueError::RolledBack { signal: "" };
    assert_eq!(node.refusal(), Some(rolled_back.clone()));
    assert_eq!(payloads(&node), Err(rolled_back.clone()));

    let node = root();
    node.close(TransactionEnd::RolledBack);
    assert_eq!(node.refusal(), None);
    assert_eq!(payloads(&node), Ok(Vec::new()));
    let late = node.enqueue(EnqueuedSignals::of(signal("1", 1)));
    assert!(matches!(late, EnqueueFate::RolledBack));
    assert_eq!(node.refusal(), Some(rolled_back));
}
