//! Deliveries that wait until the scope is drained.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Waker};

use lback_signals::{Res, Scope, Signal, Transaction, disable, enable, receiver, signal};

use super::{Commented, Log, logged};

fn drain(scope: &Scope) -> lback_signals::Report {
    pollster::block_on(scope.drain())
}

#[test]
fn the_scope_keeps_the_deliveries_until_it_is_drained() {
    let (scope, log) = logged(Scope::new().durable_manual());
    scope.run(|| {
        let transaction = Transaction::new();
        transaction.run(|| Commented::new("a").send());
        let report = transaction.commit();
        assert_eq!((report.delivered(), report.deferred()), (1, 2));
        let report = Commented::new("b").send();
        assert_eq!((report.delivered(), report.deferred()), (2, 2));
    });
    log.take();
    let report = drain(&scope);
    assert!(report.is_ok());
    assert_eq!((report.delivered(), report.deferred()), (4, 0));
    let expected = ["mails a", "translates a", "mails b", "translates b"];
    assert_eq!(log.take(), expected);
    assert_eq!(drain(&scope).delivered(), 0);
}

#[test]
fn deliveries_are_in_the_order_of_the_commits() {
    let (scope, log) = logged(Scope::new().durable_manual().mute(super::translates));
    scope.run(|| {
        let [first, second] = [(); 2].map(|()| Transaction::new());
        first.run(|| Commented::new("1").send());
        second.run(|| Commented::new("2").send());
        first.run(|| Commented::new("3").send());
        second.commit();
        first.commit();
    });
    log.take();
    drain(&scope);
    assert_eq!(log.take(), ["mails 2", "mails 1", "mails 3"]);
}

#[test]
fn a_rollback_keeps_none() {
    let (scope, _) = logged(Scope::new().durable_manual());
    scope.run(|| {
        let transaction = Transaction::new();
        transaction.run(|| Commented::new("a").send());
        transaction.rollback();
    });
    assert_eq!(drain(&scope).delivered(), 0);
}

#[test]
fn a_failure_is_in_the_report_and_is_not_kept() {
    let (scope, _) = logged(Scope::new().durable_manual());
    scope.run(|| Commented::new("spam").send());
    let report = drain(&scope);
    assert_eq!((report.delivered(), report.failures().len()), (1, 1));
    assert_eq!(report.failures()[0].receiver().name(), "mails");
    assert!(drain(&scope).is_ok());
}

#[test]
fn each_runs_in_the_scope_of_its_sender() {
    let (scope, log) = logged(Scope::new().durable_manual());
    let inner = Arc::new(Log::default());
    scope.run(|| {
        let nested = Scope::new().provide_dyn(Arc::clone(&inner));
        nested.run(|| Commented::new("a").send());
    });
    drain(&scope);
    assert!(log.take().is_empty());
    assert!(inner.take().contains(&"mails a".to_owned()));
}

#[signal(durable(name = "test-modes.counted-down", version = 1))]
struct CountedDown {
    from: u32,
}

#[receiver(signal = CountedDown, durable(name = "test-modes.counts-down"))]
fn counts_down(event: &CountedDown) {
    if let Some(from) = event.from.checked_sub(1) {
        assert_eq!(CountedDown { from }.send().deferred(), 1);
    }
}

#[test]
fn signals_sent_meanwhile_are_drained() {
    let scope = Scope::new().durable_manual();
    scope.run(|| CountedDown { from: 100 }.send());
    assert_eq!(drain(&scope).delivered(), 101);
}

#[signal(durable(name = "test-modes.awaited", version = 1))]
struct Awaited;

#[receiver(signal = Awaited, durable(name = "test-modes.yields"))]
async fn yields(_: &Awaited, log: Res<'_, Log>) {
    log.write("begins");
    tokio::task::yield_now().await;
    log.write("ends");
}

#[test]
fn a_drain_that_is_dropped_keeps_what_has_not_ended() {
    let (scope, log) = logged(Scope::new().durable_manual());
    scope.run(|| (Awaited.send(), Awaited.send()));
    {
        let mut draining = pin!(scope.drain());
        let mut task = Context::from_waker(Waker::noop());
        assert!(draining.as_mut().poll(&mut task).is_pending());
    }
    drop(scope.drain());
    assert_eq!(log.take(), ["begins"]);
    assert_eq!(drain(&scope).delivered(), 2);
    assert_eq!(log.take(), ["begins", "ends", "begins", "ends"]);
}

#[signal(durable(name = "test-modes.waiting", version = 1))]
struct Waiting;

#[receiver(signal = Waiting, durable(name = "test-modes.waits"))]
fn waits(_: &Waiting) {}

#[test]
fn the_deliveries_of_a_disabled_receiver_wait() {
    let scope = Scope::new().durable_manual();
    disable(waits).unwrap();
    scope.run(|| Waiting.send());
    assert_eq!(drain(&scope).delivered(), 0);
    enable(waits).unwrap();
    assert_eq!(drain(&scope).delivered(), 1);
}

#[test]
fn a_dropped_scope_drops_its_deliveries() {
    let (scope, log) = logged(Scope::new().durable_manual());
    scope.run(|| Commented::new("a").send());
    let sending = scope.run_async(async { Commented::new("b").send() });
    drop(scope);
    assert_eq!(pollster::block_on(sending).deferred(), 0);
    assert_eq!(Arc::strong_count(&log), 1);
}

#[test]
fn another_scope_has_nothing_to_drain() {
    let (scope, _) = logged(Scope::new());
    let manual = Scope::new().durable_manual();
    scope.run(|| manual.run(|| Commented::new("a").send()));
    assert_eq!(drain(&scope).delivered(), 0);
    assert_eq!(drain(&Scope::new().durable_inline()).delivered(), 0);
    assert_eq!(drain(&manual).delivered(), 2);
}
