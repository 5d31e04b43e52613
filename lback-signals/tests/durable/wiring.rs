//! Durable signals and receivers in the wiring, its renderings and its lock.

mod lock;
mod render;
mod verify;

use std::time::Duration;

use lback_signals::durable::{DurableTx, MemoryOutbox, OutboxError, Worker};
use lback_signals::{Phase, Signal, WiringProblem, receiver, signal};
use sqlx::Sqlite;

/// An order has been paid.
#[signal(durable(name = "wiring.paid", version = 2, was("wiring_paid")))]
struct Paid<'a> {
    order: u64,
    email: &'a str,
}

#[receiver(signal = Paid, durable(
    name = "wiring-receipt",
    was("wiring-mail", "wiring-letter"),
    attempts = 7,
    backoff("1s", max = "1m"),
    timeout = "30s",
    concurrency = 2,
))]
async fn a_send_receipt(event: &Paid<'_>) {
    let _ = event.email;
}

#[receiver(signal = Paid, durable(name = "wiring-book"))]
fn b_book(event: &Paid<'_>) {
    let _ = event.order;
}

#[receiver(signal = Paid)]
fn c_count(_: &Paid<'_>) {}

#[receiver(signal = Paid, after_rollback)]
fn d_forget(_: &Paid<'_>) {}

#[test]
fn the_metadata_has_the_options_of_the_attribute() {
    let signal = Paid::info().durable().unwrap();
    assert_eq!(signal.name(), "wiring.paid");
    assert_eq!(signal.version(), 2);
    assert_eq!(signal.was(), ["wiring_paid"]);
    assert_eq!(signal.stored_form().len(), 8);
    assert!(signal.stored_form().chars().all(|c| c.is_ascii_hexdigit()));

    let receivers = Paid::info().receivers();
    let receipt = receivers[2].durable().unwrap();
    assert_eq!(receipt.name(), "wiring-receipt");
    assert_eq!(receipt.was(), ["wiring-mail", "wiring-letter"]);
    assert_eq!(receipt.attempts(), 7);
    assert_eq!(receipt.backoff().first(), Duration::from_secs(1));
    assert_eq!(receipt.backoff().max(), Duration::from_mins(1));
    assert_eq!(receipt.timeout(), Some(Duration::from_secs(30)));
    assert_eq!(receipt.concurrency(), 2);
    assert_eq!(receivers[3].durable().unwrap().timeout(), None, "a `fn`");
    assert_eq!(receivers[0].durable(), None);
}

#[test]
fn durable_receivers_are_the_last_of_their_signal() {
    let receivers = Paid::info().receivers();
    let phases: Vec<_> = receivers.iter().map(|it| (it.name(), it.phase())).collect();
    assert_eq!(
        phases,
        [
            ("c_count", Phase::Now),
            ("d_forget", Phase::AfterRollback),
            ("a_send_receipt", Phase::Durable),
            ("b_book", Phase::Durable),
            ("e_note", Phase::Durable),
        ]
    );
}

#[receiver(signal = Paid, durable(name = "wiring-note"))]
async fn e_note(_: &Paid<'_>, transaction: DurableTx<'_, Sqlite>) {
    let _ = transaction;
}

#[test]
fn a_worker_without_a_database_refuses_receivers_that_take_its_transaction() {
    let worker = || Worker::new(&MemoryOutbox::new());
    assert!(worker().only(a_send_receipt).check().is_ok());
    let Err(OutboxError::Wiring(problems)) = worker().only(a_send_receipt).only(e_note).check()
    else {
        panic!("it may start");
    };
    assert_eq!(
        problems,
        [WiringProblem::OtherDatabase {
            receiver: Paid::info().receivers()[4],
            database: None,
        }]
    );
    // Of all receivers of this binary.
    let error = worker().check().unwrap_err().to_string();
    assert!(
        error.contains("`durable::wiring::e_note`") && !error.contains("a_send_receipt"),
        "{error}"
    );
}
