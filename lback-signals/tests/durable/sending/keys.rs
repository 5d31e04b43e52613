//! The key of a signal, and the deliveries that are ordered by it.

use std::time::{Duration, SystemTime};

use lback_signals::durable::{EnqueueError, OnDead, Replay};
use lback_signals::schemars::JsonSchema;
use lback_signals::serde::{Deserialize, Serialize};
use lback_signals::{AsyncSignal, Report, Signal, Transaction, receiver, signal};

use super::not_enqueued;

#[signal(durable(
    name = "sending.keyed",
    was("sending.keyed-earlier"),
    version = 1,
    keep = "7d"
))]
struct Keyed<'a> {
    #[key]
    account: &'a str,
    cents: i64,
}

#[receiver(signal = Keyed, durable(
    name = "sending.keyed-in-order",
    was("sending.keyed-before", "sending.keyed-first"),
    order = key,
    on_dead = block,
))]
async fn in_order(_: &Keyed<'_>) {}

#[receiver(signal = Keyed, durable(name = "sending.keyed-in-order-too", order = key))]
fn in_order_too(_: &Keyed<'_>) {}

#[receiver(signal = Keyed, durable(name = "sending.keyed-in-any-order", on_dead = skip))]
fn in_any_order(event: &Keyed<'_>) {
    let _ = event.cents;
}

#[test]
fn the_row_has_the_key_and_the_oldest_names_of_ordered_receivers() {
    let transaction = Transaction::new();
    let account = "ada \"A\"";
    let report = transaction.run(|| Keyed { account, cents: 1 }.send());
    assert_eq!(report.deferred(), 3);
    let rows = transaction.take_deliveries().unwrap();
    assert_eq!(rows[0].key(), Some(r#""ada \"A\"""#));
    assert_eq!(rows[0].keep(), Some(Duration::from_hours(7 * 24)));
    let deliveries: Vec<_> = rows[0]
        .deliveries()
        .iter()
        .map(|it| (it.receiver(), it.ordered_as()))
        .collect();
    assert_eq!(
        deliveries,
        [
            ("sending.keyed-in-any-order", None),
            ("sending.keyed-in-order", Some("sending.keyed-first")),
            (
                "sending.keyed-in-order-too",
                Some("sending.keyed-in-order-too")
            ),
        ]
    );
}

#[test]
fn a_replay_takes_its_names_from_the_receiver() {
    let since = SystemTime::now();
    let replays = Keyed::info().receivers().into_iter();
    let replays: Vec<_> = replays.map(|it| Replay::to(it, since).unwrap()).collect();
    let ordered = &replays[1];
    assert_eq!(ordered.receiver, "sending.keyed-in-order");
    assert_eq!(ordered.earlier_names.last().unwrap(), "sending.keyed-first");
    assert_eq!(ordered.ordered_as.as_deref(), Some("sending.keyed-first"));
    assert_eq!(ordered.signals, ["sending.keyed", "sending.keyed-earlier"]);
    assert_eq!((ordered.since, ordered.from), (since, None));
    assert_eq!(replays[0].ordered_as, None);
    let audit = super::Paid::info().receivers().into_iter();
    let mut not_durable = audit.filter(|it| it.durable().is_none());
    assert_eq!(Replay::to(not_durable.next().unwrap(), since), None);
}

#[test]
fn the_metadata_has_the_key_and_the_order() {
    let durable = Keyed::info().durable().unwrap();
    assert_eq!(durable.key(), Some("account"));
    assert_eq!(durable.keep(), Some(Duration::from_hours(7 * 24)));
    let receivers = Keyed::info().receivers();
    let receivers = receivers.iter().filter_map(|it| it.durable());
    let options: Vec<_> = receivers
        .map(|it| (it.is_ordered(), it.on_dead()))
        .collect();
    assert_eq!(
        options,
        [
            (false, OnDead::Skip),
            (true, OnDead::Block),
            (true, OnDead::Skip),
        ]
    );
    let unkeyed = super::Paid::info().durable().unwrap();
    assert_eq!((unkeyed.key(), unkeyed.keep()), (None, None));
}

#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(crate = "lback_signals::serde")]
#[schemars(crate = "lback_signals::schemars")]
struct Shelf {
    hall: u32,
    weight: f64,
}

#[signal(async, durable(name = "sending.keyed-by-value", version = 1))]
struct KeyedByValue {
    #[key]
    shelf: Option<Shelf>,
}

#[receiver(signal = KeyedByValue, durable(name = "sending.keyed-by-value-receiver", order = key))]
async fn by_value(_: &KeyedByValue) {}

fn send_shelf(transaction: &Transaction, shelf: Option<Shelf>) -> Report {
    pollster::block_on(transaction.run_async(async { KeyedByValue { shelf }.send_async().await }))
}

#[test]
fn a_key_is_any_value_as_json() {
    let transaction = Transaction::new();
    let shelf = |weight| Some(Shelf { hall: 3, weight });
    assert!(send_shelf(&transaction, shelf(1.5)).is_ok());
    assert!(send_shelf(&transaction, None).is_ok());
    let rows = transaction.take_deliveries().unwrap();
    let keys: Vec<_> = rows.iter().map(|row| row.key()).collect();
    assert_eq!(keys, [Some(r#"{"hall":3,"weight":1.5}"#), Some("null")]);
    assert_eq!(rows[1].keep(), None);
    // `None` is a key like any other.
    let name = "sending.keyed-by-value-receiver";
    assert_eq!(rows[1].deliveries()[0].ordered_as(), Some(name));
}

/// The longest key, with its quotes.
const LONGEST: usize = 1_000;

#[test]
fn a_key_has_a_maximum_length() {
    let transaction = Transaction::new();
    let send = |account: &str| transaction.run(|| Keyed { account, cents: 1 }.send());
    assert!(send(&"x".repeat(LONGEST - 2)).is_ok());
    assert_eq!(transaction.take_deliveries().unwrap().len(), 1);

    let report = send(&"x".repeat(LONGEST - 1));
    let too_large = EnqueueError::KeyTooLarge {
        signal: "sending.keyed",
        limit: LONGEST,
    };
    let receivers = vec!["in_any_order", "in_order", "in_order_too"];
    assert_eq!(not_enqueued(&report), (receivers, Some(too_large.clone())));
    assert_eq!(transaction.take_deliveries(), Err(too_large));
}
