//! The rows that a send writes for durable receivers, and which transactions refuse to commit.

mod awaited;
mod ended;
mod hostile;
mod keys;
mod limits;
mod nested;
mod outside;
mod refused;
mod rows;

use std::sync::{Arc, Mutex};

use lback_signals::durable::{DeliveryRow, EnqueueError, SignalRow};
use lback_signals::schemars::JsonSchema;
use lback_signals::serde::{Deserialize, Serialize};
use lback_signals::{FailureKind, Model, Report, Res, Scope, Transaction, receiver, signal};

/// Returns the stored names of the receivers.
fn receivers(row: &SignalRow) -> impl Iterator<Item = &str> {
    row.deliveries().iter().map(DeliveryRow::receiver)
}

/// The calls of receivers, in order: a resource of the test's scope.
#[derive(Default)]
pub(super) struct Log(Mutex<Vec<String>>);

impl Log {
    pub(super) fn write(&self, line: impl Into<String>) {
        self.0.lock().unwrap().push(line.into());
    }

    pub(super) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

#[derive(Clone, Model, Serialize, Deserialize, JsonSchema)]
#[serde(crate = "lback_signals::serde")]
#[schemars(crate = "lback_signals::schemars")]
struct Order {
    #[model(id)]
    number: u32,
}

/// An order was placed.
#[signal(durable(name = "sending.placed", version = 1))]
struct Placed<'a> {
    #[sender]
    order: &'a Order,
}

#[receiver(signal = Placed, after_commit)]
fn greets(_: &Placed<'_>) {}

#[receiver(signal = Placed, durable(name = "sending.packs"))]
fn packs(_: &Placed<'_>) {}

/// An order was paid.
#[signal(durable(name = "sending.paid", version = 3))]
struct Paid<'a> {
    number: u32,
    email: &'a str,
}

impl Paid<'static> {
    fn number(number: u32) -> Self {
        let email = "ada@example.org";
        Self { number, email }
    }
}

#[receiver(signal = Paid)]
fn audit(event: &Paid<'_>) -> Result<(), &'static str> {
    if event.email.is_empty() {
        Err("no address")
    } else {
        Ok(())
    }
}

#[receiver(signal = Paid, after_rollback)]
fn apologise(event: &Paid<'_>, log: Option<Res<'_, Log>>) {
    if let Some(log) = log {
        log.write(format!("apologise {}", event.number));
    }
}

#[receiver(signal = Paid, durable(name = "sending.receipt"))]
fn receipt(_: &Paid<'_>) {
    unreachable!("no worker runs");
}

#[receiver(signal = Paid, durable(name = "sending.book"))]
async fn book(_: &Paid<'_>) {
    unreachable!("no worker runs");
}

/// Returns the numbers of the orders in the rows of a transaction.
fn numbers(transaction: &Transaction) -> Vec<u32> {
    numbers_of(&transaction.take_deliveries().unwrap())
}

fn numbers_of(rows: &[SignalRow]) -> Vec<u32> {
    let number = |row: &SignalRow| {
        let payload: serde_json::Value = serde_json::from_str(row.payload()).unwrap();
        u32::try_from(payload["number"].as_u64().unwrap()).unwrap()
    };
    rows.iter().map(number).collect()
}

/// Returns the durable receivers that failed, with the error, which is the same for all.
fn not_enqueued(report: &Report) -> (Vec<&'static str>, Option<EnqueueError>) {
    let mut error = None;
    let receivers = report.failures().iter().map(|failure| {
        let FailureKind::NotEnqueued(kind) = failure.kind() else {
            panic!("{failure}");
        };
        assert_eq!(error.get_or_insert_with(|| kind.clone()), kind);
        failure.receiver().name()
    });
    (receivers.collect(), error)
}

/// Returns a scope with a log.
fn logged() -> (Scope, Arc<Log>) {
    let log = Arc::new(Log::default());
    (Scope::new().provide_dyn(Arc::clone(&log)), log)
}
