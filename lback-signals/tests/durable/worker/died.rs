//! The signal that a delivery has become a dead letter.

use std::sync::{Arc, Mutex};

use lback_signals::durable::{DeadReason, DeliveryDied, DeliveryError, MemoryOutbox};
use lback_signals::{Res, Scope, Signal, receiver, signal, wiring};

use super::{until_done, worker};

#[signal(durable(name = "died.sent", version = 1))]
struct Sent {
    number: u32,
}

#[receiver(signal = Sent, durable(name = "died.refuse", attempts = 2))]
async fn refuse(event: &Sent) -> Result<(), DeliveryError> {
    match event.number {
        1 => Err(DeliveryError::permanent("refused")),
        2 => Err(DeliveryError::from("no stock")),
        _ => Ok(()),
    }
}

/// The dead letters that the receivers of the signal have got.
#[derive(Default)]
struct Log(Mutex<Vec<(&'static str, i64, DeadReason)>>);

impl Log {
    fn add(&self, by: &'static str, number: i64, reason: DeadReason) {
        self.0.lock().unwrap().push((by, number, reason));
    }
}

#[receiver(signal = DeliveryDied)]
fn a_panics(event: &DeliveryDied<'_>, log: Option<Res<'_, Log>>) {
    let letter = event.letter;
    if let Some(log) = log {
        log.add("panics", letter.number(), letter.reason());
        panic!("no pager");
    }
}

#[receiver(signal = DeliveryDied)]
fn b_notes(event: &DeliveryDied<'_>, log: Option<Res<'_, Log>>) {
    let letter = event.letter;
    if let Some(log) = log {
        log.add("notes", letter.number(), letter.reason());
    }
}

#[tokio::test(start_paused = true)]
async fn each_dead_letter_is_sent_once() {
    let outbox = MemoryOutbox::new();
    let log = Arc::new(Log::default());
    let on_dead = Arc::clone(&log);
    let worker = worker(&outbox)
        .only(refuse)
        .on_dead(move |letter| on_dead.add("on_dead", letter.number(), letter.reason()));
    let scope = Scope::new().provide_dyn(Arc::clone(&log));
    let worker = scope.run(|| worker.spawn().unwrap());
    let transaction = outbox.begin();
    transaction.run(|| (0..4).for_each(|number| drop(Sent { number }.send())));
    transaction.commit().unwrap();
    until_done(&outbox).await;
    // The worker goes on after the panics.
    let transaction = outbox.begin();
    transaction.run(|| Sent { number: 1 }.send());
    transaction.commit().unwrap();
    until_done(&outbox).await;
    assert!(!worker.health().is_degraded());
    assert_eq!(
        (worker.health().dead(), worker.health().delivered()),
        (3, 2)
    );
    worker.shutdown().await;

    let (permanent, exhausted) = (DeadReason::PermanentError, DeadReason::AttemptsExhausted);
    let of_letter = |number, reason| ["panics", "notes", "on_dead"].map(|by| (by, number, reason));
    let expected = [
        of_letter(2, permanent),
        of_letter(3, exhausted),
        of_letter(5, permanent),
    ];
    assert_eq!(*log.0.lock().unwrap(), expected.concat());
}

#[test]
fn the_wiring_lists_the_signal_that_is_received() {
    let wiring = wiring();
    let mut signals = wiring.signals().iter();
    let signal = signals
        .find(|signal| signal.name() == "delivery_died")
        .unwrap();
    assert_eq!(*signal, DeliveryDied::info());
    let receivers = signal.receivers();
    let names: Vec<_> = receivers.iter().map(|it| it.name()).collect();
    assert_eq!(names, ["a_panics", "b_notes"]);
}
