//! Signals that cannot be encoded, and recursion.

use lback_signals::durable::EnqueueError;
use lback_signals::schemars::JsonSchema;
use lback_signals::serde::{Deserialize, Serialize, Serializer};
use lback_signals::{CommitError, FailureKind, Signal, Transaction, receiver, signal};

use super::{Paid, not_enqueued};

#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(crate = "lback_signals::serde")]
#[schemars(crate = "lback_signals::schemars")]
enum Hostile {
    Refuses,
    Panics,
    Sends,
    Recurses,
}

impl Serialize for Hostile {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Refuses => Err(lback_signals::serde::ser::Error::custom("secret")),
            Self::Panics => panic!("secret"),
            Self::Sends => {
                Paid::number(9).send();
                serializer.serialize_unit()
            }
            Self::Recurses => {
                Weighed { hostile: *self }.send();
                serializer.serialize_unit()
            }
        }
    }
}

#[signal(durable(name = "sending.weighed", version = 1))]
struct Weighed {
    hostile: Hostile,
}

#[receiver(signal = Weighed, durable(name = "sending.weighs"))]
fn weighs(event: &Weighed) {
    let _ = event.hostile;
}

#[test]
fn a_field_that_refuses_or_panics_poisons_the_transaction() {
    for hostile in [Hostile::Refuses, Hostile::Panics] {
        let transaction = Transaction::new();
        let report = transaction.run(|| Weighed { hostile }.try_send()).unwrap();
        let (receivers, error) = not_enqueued(&report);
        assert_eq!(receivers, ["weighs"]);
        assert!(!error.unwrap().to_string().contains("secret"));
        let poison = transaction.take_deliveries().unwrap_err();
        assert!(matches!(
            poison,
            EnqueueError::Encode {
                signal: "sending.weighed",
                ..
            }
        ));
    }
}

#[test]
fn a_field_may_send() {
    let transaction = Transaction::new();
    let hostile = Hostile::Sends;
    assert!(transaction.run(|| Weighed { hostile }.send()).is_ok());
    let rows = transaction.take_deliveries().unwrap();
    let names: Vec<_> = rows
        .iter()
        .map(lback_signals::durable::SignalRow::name)
        .collect();
    assert_eq!(names, ["sending.weighed", "sending.paid"]);
}

#[test]
fn a_field_that_recurses_poisons_the_transaction() {
    let transaction = Transaction::new();
    let hostile = Hostile::Recurses;
    let report = transaction.run(|| Weighed { hostile }.send());
    let [failure] = report.failures() else {
        panic!("{report:?}");
    };
    assert!(matches!(failure.kind(), FailureKind::Recursion(_)));
    assert!(transaction.take_deliveries().is_err());
    // The recursion has ended.
    assert!(Transaction::new().run(|| Paid::number(1).send()).is_ok());
}

#[signal(durable(name = "sending.echo", version = 1))]
struct Echo;

#[receiver(signal = Echo)]
fn echoes(_: &Echo) {
    Echo.send();
}

#[receiver(signal = Echo, durable(name = "sending.hears-echo"))]
fn hears_echo(_: &Echo) {}

#[test]
fn a_send_that_is_stopped_poisons_the_transaction() {
    let transaction = Transaction::new();
    let report = transaction.run(|| Echo.send());
    assert!(matches!(
        report.failures()[0].kind(),
        FailureKind::Recursion(_)
    ));
    let committed = transaction.commit_after(|| Ok::<(), ()>(()));
    assert!(matches!(committed, Err(CommitError::NotEnqueued(_))));

    // Outside a transaction, the recursion is the only failure.
    assert_eq!(Echo.send().failures().len(), 1);
}
