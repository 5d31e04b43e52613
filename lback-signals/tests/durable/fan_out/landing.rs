//! Signals of other services: valid, damaged and hostile ones.

use std::sync::Mutex;
use std::time::{Duration, UNIX_EPOCH};

use lback_signals::durable::{
    BrokerOutbox, IncomingSignal, LandingError, MemoryOutbox, Outbox, Worker,
};
use lback_signals::{receiver, signal};

use crate::worker::until;

/// A signal that this program would publish, too.
#[signal(durable(name = "land.paid", version = 2, was("land_paid"), upcast(1 = PaidV1), publish))]
struct Paid {
    #[key]
    order: u64,
    cents: i64,
}

#[derive(lback_signals::serde::Deserialize)]
#[serde(crate = "lback_signals::serde")]
struct PaidV1 {
    order: u64,
}

impl From<PaidV1> for PaidOwned {
    fn from(earlier: PaidV1) -> Self {
        Self {
            order: earlier.order,
            cents: 0,
        }
    }
}

static RECEIVED: Mutex<Vec<(u64, i64)>> = Mutex::new(Vec::new());

#[receiver(signal = Paid, durable(name = "land-book", order = key))]
async fn book(event: &Paid) {
    RECEIVED.lock().unwrap().push((event.order, event.cents));
}

const KEEP: Duration = Duration::from_hours(1);

fn incoming(id: &str, payload: &str) -> IncomingSignal {
    IncomingSignal {
        app: "shop".to_owned(),
        sequence: 4,
        published_at: UNIX_EPOCH,
        source: "/lback/shop".to_owned(),
        id: id.to_owned(),
        name: "land.paid".to_owned(),
        version: 2,
        payload: payload.as_bytes().to_vec(),
        trace: None,
    }
}

const PAYLOAD: &str = r#"{"order":7,"cents":250}"#;

fn error(signal: IncomingSignal) -> String {
    let landed = signal.land(KEEP).unwrap();
    let receivers: Vec<_> = landed
        .row()
        .deliveries()
        .iter()
        .map(|it| it.receiver().to_owned())
        .collect();
    assert_eq!(receivers, ["@land"]);
    landed.error().unwrap().to_owned()
}

#[tokio::test(start_paused = true)]
async fn a_signal_of_another_service_runs_the_receivers_that_are_linked_here() {
    let outbox = MemoryOutbox::new();
    let worker = Worker::new(&outbox).only(book).spawn().unwrap();
    let earlier = IncomingSignal {
        version: 1,
        name: "land_paid".to_owned(),
        ..incoming("2", r#"{"order":8}"#)
    };
    let signals = [incoming("1", PAYLOAD), earlier].map(|it| it.land(KEEP).unwrap());
    for landed in &signals {
        let deliveries = landed.row().deliveries();
        assert_eq!(deliveries.len(), 1, "it is not published again");
        assert_eq!(deliveries[0].receiver(), "land-book");
    }
    assert_eq!(outbox.land(&signals).await.unwrap(), 2);
    until(async || RECEIVED.lock().unwrap().len() == 2).await;
    assert_eq!(*RECEIVED.lock().unwrap(), [(7, 250), (8, 0)]);
    worker.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn a_newer_version_waits() {
    let outbox = MemoryOutbox::new();
    let newer = IncomingSignal {
        version: 3,
        ..incoming("1", r#"{"order":7,"euros":2}"#)
    };
    outbox.land(&[newer.land(KEEP).unwrap()]).await.unwrap();
    let worker = Worker::new(&outbox).only(book).spawn().unwrap();
    tokio::time::sleep(Duration::from_hours(1)).await;
    let counts = outbox.counts().await.unwrap();
    assert_eq!((counts[0].waiting, counts[0].dead), (1, 0));
    worker.shutdown().await;
}

#[test]
fn a_signal_without_a_receiver_is_not_stored() {
    let unknown = IncomingSignal {
        name: "land.unknown".to_owned(),
        ..incoming("1", PAYLOAD)
    };
    assert!(unknown.land(KEEP).is_none());
}

#[test]
fn each_landed_signal_gets_an_id_of_this_database() {
    let id = "0197e1a5-b0c0-7000-8000-00000000000a";
    let landed = incoming(id, PAYLOAD).land(KEEP).unwrap();
    assert_ne!(landed.row().id().to_string(), id);
}

#[test]
fn the_key_is_read_from_the_payload() {
    let landed = incoming("1", PAYLOAD).land(KEEP).unwrap();
    assert_eq!(landed.row().key(), Some("7"));
    assert_eq!(landed.row().deliveries()[0].ordered_as(), Some("land-book"));
    let without = incoming("1", "{}").land(KEEP).unwrap();
    assert_eq!(without.row().key(), None);
    assert_eq!(without.row().deliveries()[0].ordered_as(), None);
}

#[test]
fn only_a_traceparent_is_kept() {
    let of = |trace: &str| {
        let signal = IncomingSignal {
            trace: Some(trace.to_owned()),
            ..incoming("1", PAYLOAD)
        };
        signal.land(KEEP).unwrap().row().trace().map(str::to_owned)
    };
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    assert_eq!(of(trace), Some(trace.to_owned()));
    assert_eq!(of("x"), None);
}

#[test]
fn hostile_messages_are_dead_letters() {
    let nested = |depth: usize| {
        format!(
            "{}{}",
            r#"{"a":"#.repeat(depth - 1) + "{}",
            "}".repeat(depth - 1)
        )
    };
    assert!(
        incoming("1", &nested(64))
            .land(KEEP)
            .unwrap()
            .error()
            .is_none()
    );
    assert!(error(incoming("1", &nested(65))).ends_with("its body is nested deeper than 64"));
    let bytes = |count: usize| format!(r#"{{"a":"{}"}}"#, "x".repeat(count - 8));
    assert!(
        incoming("1", &bytes(1 << 20))
            .land(KEEP)
            .unwrap()
            .error()
            .is_none()
    );
    assert!(
        error(incoming("1", &bytes((1 << 20) + 1)))
            .ends_with("its body has more than 1048576 bytes")
    );
    for body in ["", "x", "[]", "7", "{}{}", r#"{"a":}"#, "null"] {
        assert!(
            error(incoming("1", body)).ends_with("its body is not a JSON object in UTF-8"),
            "{body}"
        );
    }
    let not_utf8 = IncomingSignal {
        payload: b"{\"a\":\"\xff\"}".to_vec(),
        ..incoming("1", PAYLOAD)
    };
    assert!(error(not_utf8).ends_with("its body is not a JSON object in UTF-8"));
    let long = "x".repeat(200);
    assert!(
        incoming(&long, PAYLOAD)
            .land(KEEP)
            .unwrap()
            .error()
            .is_none()
    );
    for id in ["", "a\0b", "a\nb", &"x".repeat(201), &"é".repeat(101)] {
        assert!(
            error(incoming(id, PAYLOAD)).contains("its `id` is not a text of 1 to 200 bytes"),
            "{id}"
        );
        let source = IncomingSignal {
            source: id.to_owned(),
            ..incoming("1", PAYLOAD)
        };
        assert!(error(source).contains("its `source` is not a text"), "{id}");
    }
    let key = format!(r#"{{"order":"{}"}}"#, "x".repeat(999));
    assert!(error(incoming("1", &key)).ends_with("its key `order` has more than 1000 bytes"));
}

#[test]
fn the_stream_alone_identifies_a_refused_message() {
    let landed = incoming("1", "x").land(KEEP).unwrap();
    assert_eq!(
        landed.error(),
        Some("message 4 of `shop` was not landed: its body is not a JSON object in UTF-8")
    );
    assert_eq!(landed.row().payload(), r#""x""#);
    let large = incoming("1", &"x".repeat(3 << 20)).refuse(&LandingError::NotAnObject, KEEP);
    assert_eq!(large.row().payload().len(), (64 << 10) + 2);
}

/// Another service cannot take the place of a signal that this one sends later.
#[tokio::test]
async fn a_source_of_another_service_takes_no_ids() {
    let outbox = MemoryOutbox::new();
    let forged = IncomingSignal {
        app: "mailer".to_owned(),
        ..incoming("1", PAYLOAD)
    };
    let land =
        async |signal: IncomingSignal| outbox.land(&[signal.land(KEEP).unwrap()]).await.unwrap();
    assert_eq!(land(forged).await, 1);
    assert_eq!(land(incoming("1", PAYLOAD)).await, 1);
    // Nor can a refused message take the place of a valid one.
    assert_eq!(land(incoming("2", "x")).await, 1);
    assert_eq!(land(incoming("2", PAYLOAD)).await, 1);
    // Nor can a valid one take the place of a refused message.
    for source in ["@land", "@land.shop"] {
        let forged = IncomingSignal {
            source: source.to_owned(),
            sequence: 6,
            ..incoming("5", PAYLOAD)
        };
        assert_eq!(land(forged).await, 1);
        let forged = IncomingSignal {
            source: source.to_owned(),
            sequence: 6,
            ..incoming("5 0", PAYLOAD)
        };
        assert_eq!(land(forged).await, 1);
    }
    let refused = IncomingSignal {
        sequence: 5,
        ..incoming("3", "x")
    };
    assert_eq!(land(refused.clone()).await, 1);
    assert_eq!(land(refused.clone()).await, 0);
    // A new stream uses the sequence numbers of the earlier one.
    let of_new_stream = IncomingSignal {
        published_at: UNIX_EPOCH + Duration::from_secs(1),
        ..refused
    };
    assert_eq!(land(of_new_stream).await, 1);
}

/// It would be stored and never claimed, and block its key.
#[test]
fn a_version_that_the_program_does_not_read_any_more_is_a_dead_letter() {
    let earlier = IncomingSignal {
        version: 0,
        ..incoming("1", PAYLOAD)
    };
    assert_eq!(
        error(earlier),
        "message 4 of `shop` was not landed: its version 0 is older than 1, the oldest one that this program reads: \
         add it to `upcast`"
    );
}

#[test]
fn debug_shows_no_payload() {
    let signal = incoming("secret-id", r#"{"a":"secret"}"#);
    let text = format!("{signal:?} {:?}", signal.clone().land(KEEP));
    assert!(!text.contains("secret"), "{text}");
}
