//! The limits of a transaction that are not set.

use lback_signals::durable::EnqueueError;
use lback_signals::{Report, Signal, Transaction, receiver, signal};

use super::not_enqueued;

const MIB: usize = 1 << 20;

#[signal(durable(name = "sending.text", version = 1))]
struct Text<'a> {
    text: &'a str,
}

#[receiver(signal = Text, durable(name = "sending.reads"))]
fn reads(_: &Text<'_>) {}

fn send_bytes(bytes: usize) -> Report {
    let text = &"x".repeat(bytes - r#"{"text":""}"#.len());
    Text { text }.send()
}

#[test]
fn a_payload_has_at_most_one_mebibyte() {
    let transaction = Transaction::new();
    assert!(transaction.run(|| send_bytes(MIB)).is_ok());
    let rows = transaction.take_deliveries().unwrap();
    assert_eq!(rows[0].payload().len(), MIB);

    let report = transaction.run(|| send_bytes(MIB + 1));
    let too_large = EnqueueError::PayloadTooLarge {
        signal: "sending.text",
        limit: MIB,
    };
    let failed = (vec!["reads"], Some(too_large.clone()));
    assert_eq!(not_enqueued(&report), failed);
    assert_eq!(transaction.take_deliveries(), Err(too_large));
}

#[signal(durable(name = "sending.broadcast", version = 1))]
struct Broadcast;

macro_rules! listeners {
    ($($name:ident $stored:literal)*) => {
        $(
            #[receiver(signal = Broadcast, durable(name = $stored))]
            fn $name(_: &Broadcast) {}
        )*
    };
}

listeners! {
    listens0 "sending.listens0" listens1 "sending.listens1" listens2 "sending.listens2"
    listens3 "sending.listens3" listens4 "sending.listens4" listens5 "sending.listens5"
    listens6 "sending.listens6" listens7 "sending.listens7" listens8 "sending.listens8"
    listens9 "sending.listens9"
}

#[test]
fn a_transaction_has_at_most_100_000_deliveries() {
    let transaction = Transaction::new();
    let sent = transaction.run(|| (0..9_000).all(|_| Broadcast.send().deferred() == 10));
    assert!(sent);
    // A savepoint counts with the transaction.
    let savepoint = transaction.run(Transaction::new);
    let sent = savepoint.run(|| (0..1_000).all(|_| Broadcast.send().deferred() == 10));
    assert!(sent);
    assert_eq!(savepoint.commit().deferred(), 10_000);

    let savepoint = transaction.run(Transaction::new);
    assert!(savepoint.run(|| Broadcast.send()).is_ok());
    let report = savepoint.commit();
    let too_many = EnqueueError::TooManyDeliveries { limit: 100_000 };
    let (receivers, error) = not_enqueued(&report);
    assert_eq!((receivers.len(), error), (10, Some(too_many.clone())));
    assert_eq!(transaction.take_deliveries(), Err(too_many));
}
