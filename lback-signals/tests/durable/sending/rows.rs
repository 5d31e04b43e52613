//! The rows of a transaction.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use lback_signals::durable::TraceContext;
use lback_signals::schemars::JsonSchema;
use lback_signals::serde::{Deserialize, Serialize};
use lback_signals::{Phase, Scope, Signal, Transaction, disable, enable};
use lback_signals::{receiver, signal};

use super::{Paid, audit, book, numbers, receipt, receivers};

#[test]
fn a_send_writes_one_row_for_all_durable_receivers() {
    let transaction = Transaction::new();
    let report = transaction.run(|| Paid::number(7).send());
    assert!(report.is_ok());
    assert_eq!((report.delivered(), report.deferred()), (1, 2));

    let rows = transaction.take_deliveries().unwrap();
    let [row] = &rows[..] else {
        panic!("{rows:?}");
    };
    assert_eq!(row.name(), "sending.paid");
    assert_eq!(row.version(), 3);
    assert_eq!(row.payload(), r#"{"number":7,"email":"ada@example.org"}"#);
    assert!(receivers(row).eq(["sending.book", "sending.receipt"]));
    assert_eq!(row.id().get_version_num(), 7);
    assert_eq!(row.trace(), None);
    assert!(!format!("{row:?}").contains("ada"), "{row:?}");
    assert!(transaction.take_deliveries().unwrap().is_empty());
}

#[test]
fn ids_increase_in_the_order_of_sending() {
    let transaction = Transaction::new();
    transaction.run(|| (0..1_000).for_each(|number| drop(Paid::number(number).send())));
    let rows = transaction.take_deliveries().unwrap();
    assert!(rows.is_sorted_by(|row, later| row.id() < later.id()));
    assert_eq!(rows.len(), 1_000);
}

#[test]
fn durable_receivers_come_last_in_the_metadata() {
    assert!(Paid::has_receivers());
    let receivers = Paid::info().receivers();
    let named: Vec<_> = receivers.iter().map(|it| (it.name(), it.phase())).collect();
    assert_eq!(
        named,
        [
            ("audit", Phase::Now),
            ("apologise", Phase::AfterRollback),
            ("book", Phase::Durable),
            ("receipt", Phase::Durable),
        ]
    );
}

#[test]
fn a_muted_receiver_gets_no_row() {
    let transaction = Transaction::new();
    let scope = Scope::new().mute(receipt);
    let report = transaction.run(|| scope.run(|| Paid::number(1).send()));
    assert_eq!((report.skipped(), report.deferred()), (1, 1));
    let rows = transaction.take_deliveries().unwrap();
    assert!(receivers(&rows[0]).eq(["sending.book"]));

    let scope = Scope::new().mute(receipt).mute(book);
    let report = transaction.run(|| scope.run(|| Paid::number(1).send()));
    assert_eq!((report.skipped(), report.deferred()), (2, 0));
    let report = transaction.run(|| Scope::new().only(audit).run(|| Paid::number(1).send()));
    assert_eq!(report.deferred(), 0);
    assert!(transaction.take_deliveries().unwrap().is_empty());
}

#[signal(durable(name = "sending.paused", version = 1))]
struct Paused {
    number: u32,
}

#[receiver(signal = Paused, durable(name = "sending.paused-receiver"))]
fn is_disabled(_: &Paused) {}

#[test]
fn a_disabled_receiver_gets_rows() {
    disable(is_disabled).unwrap();
    let transaction = Transaction::new();
    let report = transaction.run(|| Paused { number: 1 }.send());
    assert_eq!((report.skipped(), report.deferred()), (0, 1));
    let rows = transaction.take_deliveries().unwrap();
    assert!(receivers(&rows[0]).eq(["sending.paused-receiver"]));

    let report = Paused { number: 1 }.send();
    assert_eq!(report.failures().len(), 1);
    enable(is_disabled).unwrap();
}

#[test]
fn a_veto_writes_no_row() {
    let unnamed = || Paid {
        number: 1,
        email: "",
    };
    let transaction = Transaction::new();
    let vetoed = transaction.run(|| unnamed().try_send());
    assert_eq!(vetoed.unwrap_err().receiver().name(), "audit");
    assert!(transaction.take_deliveries().unwrap().is_empty());

    let sent = transaction.run(|| Paid::number(2).try_send());
    assert_eq!(sent.unwrap().deferred(), 2);
    // A failure of `send` is no veto.
    let failed = transaction.run(|| unnamed().send());
    assert_eq!((failed.failures().len(), failed.deferred()), (1, 2));
    assert_eq!(numbers(&transaction), [2, 1]);
}

#[signal(durable(name = "sending.outer", version = 1))]
struct Outer {
    number: u32,
}

#[receiver(signal = Outer)]
fn sends_two_more(event: &Outer) {
    Paid::number(event.number + 1).send();
    let savepoint = Transaction::new();
    savepoint.run(|| Paid::number(event.number + 2).send());
    savepoint.commit();
}

#[receiver(signal = Outer, durable(name = "sending.outer-receiver"))]
fn hears_outer(_: &Outer) {}

#[test]
fn nested_sends_come_after_the_enclosing_one() {
    let transaction = Transaction::new();
    transaction.run(|| {
        Outer { number: 10 }.send();
        Outer { number: 20 }.send();
    });
    assert_eq!(numbers(&transaction), [10, 11, 12, 20, 21, 22]);
}

static CLONES: AtomicUsize = AtomicUsize::new(0);

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(crate = "lback_signals::serde")]
#[schemars(crate = "lback_signals::schemars")]
struct Counted;

impl Clone for Counted {
    fn clone(&self) -> Self {
        CLONES.fetch_add(1, Ordering::Relaxed);
        Self
    }
}

#[signal(durable(name = "sending.counted", version = 1))]
struct NotCopied {
    counted: Counted,
}

#[receiver(signal = NotCopied, durable(name = "sending.counts"))]
fn hears_counted(event: &NotCopied) {
    let _ = &event.counted;
}

#[receiver(signal = NotCopied, after_commit)]
fn is_copied_for(_: &NotCopied) {}

#[test]
fn a_durable_receiver_needs_no_copy_of_the_signal() {
    let transaction = Transaction::new();
    let sent = |scope: Scope| scope.run(|| NotCopied { counted: Counted }.send());
    let report = transaction.run(|| sent(Scope::new().mute(is_copied_for)));
    assert_eq!(report.deferred(), 1);
    assert_eq!(CLONES.load(Ordering::Relaxed), 0);
    transaction.run(|| sent(Scope::new()));
    assert_eq!(CLONES.load(Ordering::Relaxed), 1);
    assert_eq!(transaction.take_deliveries().unwrap().len(), 2);
    assert_eq!(transaction.commit().delivered(), 1);
}

struct Trace(Option<&'static str>);

impl TraceContext for Trace {
    fn traceparent(&self) -> Option<String> {
        Some(self.0.expect("a span").to_owned())
    }
}

#[test]
fn a_row_has_the_trace_of_its_sender() {
    const TRACEPARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    let trace = |traceparent| {
        let trace = Arc::new(Trace(traceparent));
        let scope = Scope::new().provide_dyn::<dyn TraceContext>(trace);
        let transaction = Transaction::new();
        let report = transaction.run(|| scope.run(|| Paid::number(1).send()));
        assert!(report.is_ok());
        transaction.take_deliveries().unwrap()[0]
            .trace()
            .map(ToOwned::to_owned)
    };
    assert_eq!(trace(Some(TRACEPARENT)).as_deref(), Some(TRACEPARENT));
    assert_eq!(trace(Some("00-0-0-00")), None);
    assert_eq!(trace(None), None); // it panics
}

#[signal(durable(name = "sending.unheard", version = 1))]
struct Unheard {
    number: u32,
}

#[test]
fn a_durable_signal_without_durable_receivers_writes_no_row() {
    assert!(Unheard { number: 1 }.send().is_ok());
    let transaction = Transaction::new();
    assert!(transaction.run(|| Unheard { number: 1 }.send()).is_ok());
    assert!(transaction.take_deliveries().unwrap().is_empty());
}
