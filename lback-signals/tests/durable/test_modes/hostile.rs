//! Signals and receivers that fail, panic or recurse.

use lback_signals::durable::EnqueueError;
use lback_signals::schemars::JsonSchema;
use lback_signals::serde::{Deserialize, Deserializer, Serialize, Serializer};
use lback_signals::{
    CommitError, FailureKind, Report, Scope, Signal, Transaction, receiver, signal,
};

#[derive(Clone, Copy, PartialEq, JsonSchema)]
#[schemars(crate = "lback_signals::schemars")]
enum Hostile {
    Good,
    IsNotWritten,
    IsNotRead,
    PanicsWhenRead,
}

impl Serialize for Hostile {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Good => serializer.serialize_u8(0),
            Self::IsNotWritten => Err(lback_signals::serde::ser::Error::custom("refused")),
            Self::IsNotRead => serializer.serialize_u8(2),
            Self::PanicsWhenRead => serializer.serialize_u8(3),
        }
    }
}

impl<'de> Deserialize<'de> for Hostile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u8::deserialize(deserializer)? {
            0 => Ok(Self::Good),
            2 => Err(lback_signals::serde::de::Error::custom("refused")),
            _ => panic!("on purpose"),
        }
    }
}

#[signal(durable(name = "test-modes.tried", version = 1))]
struct Tried {
    hostile: Hostile,
}

#[receiver(signal = Tried, durable(name = "test-modes.panics"))]
fn a_panics(event: &Tried) {
    assert!(event.hostile != Hostile::Good, "on purpose");
}

#[receiver(signal = Tried, durable(name = "test-modes.panics-later"))]
async fn b_panics_later(event: &Tried) {
    tokio::task::yield_now().await;
    assert!(event.hostile != Hostile::Good, "on purpose");
}

#[receiver(signal = Tried, durable(name = "test-modes.is-fine"))]
fn c_is_fine(_: &Tried) {}

fn sent(hostile: Hostile) -> Transaction {
    let transaction = Transaction::new();
    let scope = Scope::new().durable_inline();
    transaction.run(|| scope.run(|| Tried { hostile }.send()));
    transaction
}

fn names(report: &Report) -> Vec<&'static str> {
    let failures = report.failures().iter();
    failures.map(|failure| failure.receiver().name()).collect()
}

#[test]
fn a_panic_is_a_failure_and_the_others_run() {
    let report = sent(Hostile::Good).commit();
    assert_eq!(names(&report), ["a_panics", "b_panics_later"]);
    assert_eq!(report.delivered(), 1);
    for failure in report.failures() {
        assert!(matches!(failure.kind(), FailureKind::Panic(message) if message == "on purpose"));
    }
}

#[test]
fn a_payload_that_cannot_be_decoded_is_a_failure() {
    let report = sent(Hostile::IsNotRead).commit();
    assert_eq!(names(&report), ["a_panics", "b_panics_later", "c_is_fine"]);
    for failure in report.failures() {
        let text = failure.to_string();
        assert!(text.contains("`test-modes.tried` v1"), "{text}");
    }
    let report = sent(Hostile::PanicsWhenRead).commit();
    assert_eq!(names(&report).len(), 3);
}

#[test]
fn a_payload_that_cannot_be_encoded_poisons_the_transaction() {
    let committed = sent(Hostile::IsNotWritten).commit_after(|| -> Result<(), ()> {
        unreachable!("it is refused");
    });
    assert!(matches!(
        committed,
        Err(CommitError::NotEnqueued(EnqueueError::Encode { .. }))
    ));

    // A commit without a database delivers nothing of it.
    let transaction = sent(Hostile::Good);
    let scope = Scope::new().durable_inline();
    let hostile = Hostile::IsNotWritten;
    transaction.run(|| scope.run(|| Tried { hostile }.send()));
    let report = transaction.commit();
    assert_eq!((report.delivered(), report.failures().len()), (0, 6));

    let report = scope.run(|| Tried { hostile }.send());
    assert_eq!((report.delivered(), report.failures().len()), (0, 3));
}

#[signal(durable(name = "test-modes.echo", version = 1))]
struct Echo;

#[receiver(signal = Echo, durable(name = "test-modes.echoes"))]
async fn echoes(_: &Echo) {
    Echo.send();
}

#[test]
fn a_recursion_is_stopped() {
    let scope = Scope::new().durable_inline();
    let report = scope.run(|| Echo.send());
    assert!(matches!(
        report.failures()[0].kind(),
        FailureKind::Recursion(_)
    ));
    let transaction = Transaction::new();
    transaction.run(|| scope.run(|| Echo.send()));
    assert_eq!(transaction.commit().failures().len(), 1);
}
