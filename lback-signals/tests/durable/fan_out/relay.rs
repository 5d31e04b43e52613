//! The option `publish`, and the relay, on outboxes in memory and in SQLite.

use std::collections::BTreeMap;
use std::future::pending;
use std::time::{Duration, UNIX_EPOCH};

use lback_signals::durable::{
    AcceptedForms, Broker, BrokerOutbox, Claimed, MemoryBroker, MemoryOutbox, Outbox, PublishAck,
    PublishError, Relay, StoredForm, StreamPosition, Worker,
};
use lback_signals::{Scope, Signal, receiver, signal, wiring};
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};

use crate::worker::until;

#[signal(durable(name = "fan.shipped", version = 3, was("fan-shipped"), publish))]
struct Shipped<'a> {
    #[key]
    order: u64,
    to: &'a str,
}

#[signal(durable(name = "fan.noted", version = 1, keep = "7d", publish))]
struct Noted {
    number: u64,
}

#[receiver(signal = Noted, durable(name = "fan-note"))]
async fn note(_: &Noted) {}

const PUBLISH_NOTED: &str = "@publish.fan.noted";

fn ship(outbox: &MemoryOutbox, order: u64) {
    let transaction = outbox.begin();
    let report = transaction.run(|| Shipped { order, to: "Ada" }.send());
    assert!(report.is_ok());
    transaction.commit().unwrap();
}

fn note_many(outbox: &MemoryOutbox, numbers: impl IntoIterator<Item = u64>) {
    let transaction = outbox.begin();
    for number in numbers {
        transaction.run(|| Noted { number }.send());
    }
    transaction.commit().unwrap();
}

/// Returns the numbers of the published signals, which all are `Noted`.
fn numbers(broker: &MemoryBroker) -> Vec<u64> {
    let number = |signal: &Claimed| {
        let digits = signal.payload.trim_matches(|it: char| !it.is_ascii_digit());
        digits.parse().unwrap()
    };
    broker.published().iter().map(number).collect()
}

async fn waiting(outbox: &impl Outbox, receiver: &str) -> u64 {
    let counts = outbox.counts().await.unwrap();
    let counts = counts.iter().find(|it| it.receiver == receiver);
    counts.map_or(0, |it| it.waiting)
}

#[tokio::test(start_paused = true)]
async fn a_published_signal_has_a_receiver_of_the_library() {
    let receivers = Shipped::info().receivers();
    let publication = receivers[0].durable().unwrap();
    assert_eq!(publication.name(), "@publish.fan.shipped");
    assert_eq!(publication.was(), ["@publish.fan-shipped"]);
    assert!(publication.is_ordered(), "the signal has a key");
    assert_eq!(
        receivers[0].id(),
        concat!(module_path!(), "::publish_shipped")
    );
    let noted = Noted::info().receivers();
    let names: Vec<_> = noted
        .iter()
        .map(|it| it.durable().unwrap().name())
        .collect();
    assert!(
        names.contains(&PUBLISH_NOTED) && names.contains(&"fan-note"),
        "{names:?}"
    );
    let is_ordered = |name: &str| {
        noted.iter().any(|it| {
            it.durable()
                .is_some_and(|it| it.name() == name && it.is_ordered())
        })
    };
    assert!(!is_ordered(PUBLISH_NOTED));
}

#[test]
fn a_lock_has_the_publication() {
    let lock = wiring().to_lock();
    let line = "durable @publish.fan.shipped (was @publish.fan-shipped) of fan.shipped by ";
    assert!(lock.contains(line), "{lock}");
    let stored = |receiver: &str| StoredForm {
        receiver: receiver.to_owned(),
        signal: "fan.noted".to_owned(),
        version: 1,
        pending: 1,
        dead: 0,
    };
    let accepted = AcceptedForms::from_lock(&lock).unwrap();
    assert!(accepted.stranded(&[stored(PUBLISH_NOTED)]).is_empty());
    assert_eq!(accepted.stranded(&[stored("@publish.gone")]).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_relay_publishes_what_a_transaction_has_committed() {
    let (outbox, broker) = (MemoryOutbox::new(), MemoryBroker::new());
    ship(&outbox, 7);
    let abandoned = outbox.begin();
    abandoned.run(|| {
        Shipped {
            order: 8,
            to: "Eve",
        }
        .send()
    });
    drop(abandoned);
    let mut relay = Relay::new(&outbox, broker.clone());
    assert_eq!(relay.publish_due().await.unwrap(), 1);
    assert_eq!(relay.publish_due().await.unwrap(), 0);
    let published = broker.published();
    assert_eq!(published.len(), 1);
    assert_eq!(published[0].signal, "fan.shipped");
    assert_eq!(published[0].version, 3);
    assert_eq!(published[0].payload, r#"{"order":7,"to":"Ada"}"#);
    assert_eq!(outbox.last_published().await.unwrap(), Some(1));
    assert_eq!(relay.health().published(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_worker_leaves_publications_to_a_relay() {
    let (outbox, broker) = (MemoryOutbox::new(), MemoryBroker::new());
    note_many(&outbox, [1]);
    let worker = Worker::new(&outbox).only(note).spawn().unwrap();
    until(async || waiting(&outbox, "fan-note").await == 0).await;
    sleep(Duration::from_mins(10)).await;
    assert_eq!(waiting(&outbox, PUBLISH_NOTED).await, 1);
    worker.shutdown().await;
    let (stop, stopped) = oneshot::channel::<()>();
    let relay =
        tokio::spawn(Relay::new(&outbox, broker.clone()).run(async { drop(stopped.await) }));
    until(async || broker.published().len() == 1).await;
    note_many(&outbox, [2]);
    until(async || broker.published().len() == 2).await;
    stop.send(()).unwrap();
    relay.await.unwrap();
    note_many(&outbox, [3]);
    sleep(Duration::from_mins(10)).await;
    assert_eq!(numbers(&broker), [1, 2], "it is shut down");
}

#[tokio::test(start_paused = true)]
async fn an_outage_of_the_broker_loses_nothing_and_counts_no_attempt() {
    let (outbox, broker) = (MemoryOutbox::new(), MemoryBroker::new());
    broker.set_unavailable(true);
    note_many(&outbox, 0..600);
    let relay = Relay::new(&outbox, broker.clone());
    let health = relay.health();
    let relay = tokio::spawn(relay.run(pending()));
    until(async || health.is_degraded()).await;
    sleep(Duration::from_hours(1)).await;
    assert_eq!(broker.published().len(), 0);
    assert_eq!(
        outbox
            .counts()
            .await
            .unwrap()
            .iter()
            .map(|it| it.dead)
            .sum::<u64>(),
        0
    );
    broker.set_unavailable(false);
    until(async || broker.published().len() == 600).await;
    until(async || waiting(&outbox, PUBLISH_NOTED).await == 0).await;
    assert!(!health.is_degraded());
    assert!(broker.published().iter().all(|it| it.attempt == 1));
    relay.abort();
}

#[tokio::test(start_paused = true)]
async fn signals_of_one_key_are_published_in_the_order_of_their_commits() {
    let (outbox, broker) = (MemoryOutbox::new(), MemoryBroker::new());
    for round in 0..50_u64 {
        let transaction = outbox.begin();
        let to = round.to_string();
        transaction.run(|| {
            Shipped {
                order: round % 3,
                to: &to,
            }
            .send()
        });
        transaction.commit().unwrap();
    }
    let relays: Vec<_> = (0..3)
        .map(|_| tokio::spawn(Relay::new(&outbox, broker.clone()).run(pending())))
        .collect();
    until(async || broker.published().len() == 50).await;
    let mut by_key = BTreeMap::<String, Vec<u64>>::new();
    for signal in broker.published() {
        let (key, to) = signal.payload.split_once(r#","to":""#).unwrap();
        let to = to.trim_end_matches("\"}").parse().unwrap();
        by_key.entry(key.to_owned()).or_default().push(to);
    }
    assert_eq!(by_key.len(), 3);
    assert!(by_key.values().all(|it| it.is_sorted()), "{by_key:?}");
    for relay in relays {
        relay.abort();
    }
}

#[tokio::test(start_paused = true)]
async fn a_signal_that_the_broker_refuses_is_a_dead_letter_at_once() {
    let (outbox, broker) = (MemoryOutbox::new(), MemoryBroker::new());
    broker.set_max_payload(r#"{"number":1}"#.len());
    note_many(&outbox, [1, 1_000, 2]);
    let mut relay = Relay::new(&outbox, broker.clone());
    assert_eq!(relay.publish_due().await.unwrap(), 3);
    assert_eq!(numbers(&broker), [1, 2]);
    let counts = outbox.counts().await.unwrap();
    let publications = counts
        .iter()
        .find(|it| it.receiver == PUBLISH_NOTED)
        .unwrap();
    assert_eq!((publications.waiting, publications.dead), (0, 1));
    assert_eq!((relay.health().published(), relay.health().dead()), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn signals_that_the_broker_has_lost_are_published_again() {
    let (outbox, broker) = (MemoryOutbox::new(), MemoryBroker::new());
    note_many(&outbox, 0..10);
    let mut relay = Relay::new(&outbox, broker.clone());
    relay.publish_due().await.unwrap();
    broker.lose_after(6);
    // Also by a relay that starts after the loss.
    let mut relay = Relay::new(&outbox, broker.clone());
    relay.publish_due().await.unwrap();
    relay.publish_due().await.unwrap();
    assert_eq!(numbers(&broker), (0..10).collect::<Vec<_>>());
    assert_eq!(relay.health().republished(), 4);
}

/// Those that wait when the loss is found are heads of their keys.
#[tokio::test(start_paused = true)]
async fn lost_signals_of_a_key_are_published_again_in_their_order() {
    let (outbox, broker) = (MemoryOutbox::new(), MemoryBroker::new());
    let ship_to = |places: &[&str]| {
        for to in places {
            let transaction = outbox.begin();
            transaction.run(|| Shipped { order: 7, to }.send());
            transaction.commit().unwrap();
        }
    };
    let places = || {
        let signals = broker.published().into_iter();
        let places = signals.map(|it| it.payload[r#"{"order":7,"to":""#.len()..][..1].to_owned());
        places.collect::<Vec<_>>()
    };
    let relay = tokio::spawn(Relay::new(&outbox, broker.clone()).run(pending()));
    ship_to(&["a", "b", "c"]);
    until(async || outbox.last_published().await.unwrap() == Some(3)).await;
    broker.lose_after(1);
    // The idle relay finds the loss.
    until(async || broker.published().len() == 3).await;
    ship_to(&["d"]);
    until(async || outbox.last_published().await.unwrap() == Some(4)).await;
    assert_eq!(places(), ["a", "b", "c", "d"]);
    relay.abort();
    broker.lose_after(1);
    ship_to(&["e", "f"]);
    let mut relay = Relay::new(&outbox, broker.clone());
    relay.publish_due().await.unwrap();
    assert_eq!(places(), ["a", "e", "f", "b", "c", "d"]);
}

/// The new signals have the sequence numbers of the lost ones.
#[tokio::test(start_paused = true)]
async fn a_loss_is_found_when_sequence_numbers_are_reused() {
    let outbox = MemoryOutbox::new();
    let broker = LosesAtPublish(MemoryBroker::new());
    note_many(&outbox, 0..10);
    let mut relay = Relay::new(&outbox, broker.clone());
    relay.publish_due().await.unwrap();
    note_many(&outbox, 100..120);
    relay.publish_due().await.unwrap();
    relay.publish_due().await.unwrap();
    let mut numbers = numbers(&broker.0);
    numbers.sort_unstable();
    assert_eq!(numbers, (0..10).chain(100..120).collect::<Vec<_>>());
}

/// A broker that loses signals between the question for its position and the next publication.
#[derive(Clone)]
struct LosesAtPublish(MemoryBroker);

impl Broker for LosesAtPublish {
    async fn publish(&self, signal: &Claimed) -> Result<PublishAck, PublishError> {
        if signal.payload == r#"{"number":100}"# && self.0.published().len() == 10 {
            self.0.lose_after(5);
        }
        self.0.publish(signal).await
    }

    async fn position(&self) -> Result<StreamPosition, PublishError> {
        self.0.position().await
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_was_created_anew_gets_all_again() {
    let (outbox, broker) = (MemoryOutbox::new(), MemoryBroker::new());
    note_many(&outbox, 0..3);
    let relay = tokio::spawn(Relay::new(&outbox, broker.clone()).run(pending()));
    until(async || outbox.last_published().await.unwrap() == Some(3)).await;
    broker.recreate_stream();
    // Another service is faster, so that the numbers alone do not tell.
    let other = MemoryOutbox::new();
    note_many(&other, 100..110);
    Relay::new(&other, broker.clone())
        .publish_due()
        .await
        .unwrap();
    until(async || broker.published().len() == 13).await;
    assert_eq!(numbers(&broker)[10..], [0, 1, 2]);
    relay.abort();
}

/// The broker has acknowledged a message that it has lost since, and remembers its id.
#[tokio::test(start_paused = true)]
async fn a_duplicate_above_the_end_of_the_stream_is_no_acknowledgement() {
    let outbox = MemoryOutbox::new();
    note_many(&outbox, [1]);
    let mut relay = Relay::new(&outbox, Forgetful);
    let failed = timeout(Duration::from_mins(1), relay.publish_due()).await;
    assert!(!matches!(failed, Ok(Ok(1))));
    assert_eq!(waiting(&outbox, PUBLISH_NOTED).await, 1);
}

struct Forgetful;

impl Broker for Forgetful {
    async fn publish(&self, _: &Claimed) -> Result<PublishAck, PublishError> {
        Ok(PublishAck {
            sequence: 9,
            is_duplicate: true,
        })
    }

    async fn position(&self) -> Result<StreamPosition, PublishError> {
        Ok(StreamPosition {
            last_sequence: 8,
            created_at: UNIX_EPOCH,
        })
    }
}

/// The relay was dropped between the acknowledgement and the outbox.
#[tokio::test(start_paused = true)]
async fn a_signal_that_is_published_twice_is_stored_once() {
    let (outbox, broker) = (MemoryOutbox::new(), MemoryBroker::new());
    note_many(&outbox, 0..5);
    let slow = Slow(broker.clone());
    let mut relay = Relay::new(&outbox, slow);
    assert!(
        timeout(Duration::from_secs(1), relay.publish_due())
            .await
            .is_err()
    );
    until(async || broker.published().len() == 5).await;
    drop(relay);
    sleep(Duration::from_mins(2)).await;
    let mut relay = Relay::new(&outbox, broker.clone());
    assert_eq!(relay.publish_due().await.unwrap(), 5);
    assert_eq!(numbers(&broker).len(), 5);
    assert_eq!(outbox.last_published().await.unwrap(), Some(5));
}

/// Stores at once, and acknowledges late.
struct Slow(MemoryBroker);

impl Broker for Slow {
    async fn publish(&self, signal: &Claimed) -> Result<PublishAck, PublishError> {
        let ack = self.0.publish(signal).await;
        sleep(Duration::from_secs(5)).await;
        ack
    }

    async fn position(&self) -> Result<StreamPosition, PublishError> {
        self.0.position().await
    }
}

#[tokio::test]
async fn the_test_modes_of_a_scope_run_with_published_signals() {
    let scope = Scope::new().durable_inline();
    scope.run(|| assert!(Noted { number: 1 }.send().is_ok()));
}

#[tokio::test]
async fn a_relay_publishes_from_sqlite() {
    let folder = crate::sqlite::Folder::new();
    let outbox = crate::sqlite::outbox(&folder).await;
    let broker = MemoryBroker::new();
    for number in 0..10 {
        let report = outbox.send(Noted { number }).await.unwrap();
        assert!(report.is_ok());
    }
    let mut relay = Relay::new(&outbox, broker.clone());
    relay.publish_due().await.unwrap();
    broker.lose_after(2);
    relay = Relay::new(&outbox, broker.clone());
    relay.publish_due().await.unwrap();
    relay.publish_due().await.unwrap();
    assert_eq!(numbers(&broker), (0..10).collect::<Vec<_>>());
}
