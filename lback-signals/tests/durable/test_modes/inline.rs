//! Deliveries at the commit, or at the end of a send.

use std::future::ready;
use std::io;

use lback_signals::{Scope, Signal, Transaction, disable, enable, receiver, signal};

use super::{Commented, logged, mails};

#[test]
fn durable_receivers_run_at_the_commit() {
    let (scope, log) = logged(Scope::new().durable_inline());
    scope.run(|| {
        let transaction = Transaction::new();
        let report = transaction.run(|| Commented::new("a").send());
        assert_eq!((report.delivered(), report.deferred()), (1, 3));
        transaction.run(|| Commented::new("b").send());
        assert_eq!(log.take(), ["counts a", "counts b"]);

        let report = transaction.commit();
        assert!(report.is_ok());
        assert_eq!((report.delivered(), report.deferred()), (6, 0));
        assert_eq!(
            log.take(),
            [
                "publishes a",
                "publishes b",
                "mails a",
                "translates a",
                "mails b",
                "translates b",
            ]
        );
    });
}

#[test]
fn each_way_to_commit_delivers() {
    let (scope, log) = logged(Scope::new().durable_inline());
    scope.run(|| {
        let sent = || {
            let transaction = Transaction::new();
            transaction.run(|| Commented::new("a").send());
            log.take();
            transaction
        };
        let expected = ["publishes a", "mails a", "translates a"];
        let report = sent().commit_after(|| io::Result::Ok(())).unwrap();
        assert_eq!(report.delivered(), 3);
        assert_eq!(log.take(), expected);
        let commit = sent().commit_with(ready(io::Result::Ok(())));
        assert_eq!(pollster::block_on(commit).unwrap().delivered(), 3);
        assert_eq!(log.take(), expected);
    });
}

#[test]
fn outside_a_transaction_they_run_at_the_end_of_the_send() {
    let (scope, log) = logged(Scope::new().durable_inline());
    scope.run(|| {
        let report = Commented::new("a").send();
        assert!(report.is_ok());
        assert_eq!((report.delivered(), report.deferred()), (4, 0));
        let expected = ["counts a", "publishes a", "mails a", "translates a"];
        assert_eq!(log.take(), expected);

        assert_eq!(Commented::new("a").try_send().unwrap().delivered(), 4);
        assert_eq!(log.take(), expected);
        assert!(Commented::new("").try_send().is_err());
        assert_eq!(log.take(), ["counts "]);
    });
}

#[test]
fn a_rollback_discards_the_deliveries() {
    let (scope, log) = logged(Scope::new().durable_inline());
    scope.run(|| {
        let transaction = Transaction::new();
        transaction.run(|| Commented::new("a").send());
        assert_eq!(transaction.rollback().delivered(), 0);
        let transaction = Transaction::new();
        transaction.run(|| Commented::new("b").send());
        assert_eq!(transaction.abandon()[0].receivers().len(), 3);
        assert_eq!(log.take(), ["counts a", "counts b"]);
    });
}

#[test]
fn a_savepoint_delivers_with_the_outermost_transaction() {
    let (scope, log) = logged(Scope::new().durable_inline());
    scope.run(|| {
        let outer = Transaction::new();
        let here = outer.run(|| {
            let inner = Transaction::new();
            inner.run(|| Commented::new("a").send());
            assert_eq!(inner.commit().deferred(), 3);
            let inner = Transaction::new();
            inner.run(|| Commented::new("b").send());
            inner.rollback();
            Scope::current()
        });
        log.take();
        assert_eq!(outer.commit().delivered(), 3);
        assert_eq!(log.take(), ["publishes a", "mails a", "translates a"]);

        // After the commit, there is no transaction.
        assert_eq!(here.enter(|| Commented::new("c").send()).delivered(), 4);
    });
}

#[test]
fn a_failure_is_in_the_report_of_the_commit() {
    let (scope, log) = logged(Scope::new().durable_inline());
    scope.run(|| {
        let transaction = Transaction::new();
        transaction.run(|| Commented::new("spam").send());
        let report = transaction.commit();
        assert_eq!(report.delivered(), 2);
        assert_eq!(report.failures().len(), 1);
        let failure = &report.failures()[0];
        assert_eq!(failure.receiver().name(), "mails");
        assert!(failure.to_string().ends_with("failed: refused"));
        log.take();

        // Not retried, and not a veto.
        let report = Commented::new("spam").try_send().unwrap();
        assert_eq!((report.delivered(), report.failures().len()), (3, 1));
        let mailed = log.take().iter().filter(|it| *it == "mails spam").count();
        assert_eq!(mailed, 1);
    });
}

#[test]
fn the_deliveries_are_not_for_an_outbox() {
    let (scope, log) = logged(Scope::new());
    let transaction = Transaction::new();
    let with_outbox = || scope.run(|| Commented::new("outbox").send());
    let inline = || {
        scope.run(|| {
            Scope::new()
                .durable_inline()
                .run(|| Commented::new("a").send())
        })
    };
    transaction.run(|| (inline(), with_outbox(), inline()));
    let rows = transaction.take_deliveries().unwrap();
    assert_eq!(rows.len(), 1);
    assert!(rows[0].payload().contains("outbox"));
    log.take();
    let report = transaction.commit_after(|| io::Result::Ok(())).unwrap();
    assert!(report.is_ok());
    let run = log.take();
    assert_eq!(run.iter().filter(|line| *line == "mails a").count(), 2);
    assert!(!run.contains(&"mails outbox".to_owned()));
}

#[test]
fn a_muted_receiver_is_not_called() {
    let (scope, log) = logged(Scope::new().durable_inline().mute(mails));
    scope.run(|| {
        let report = Commented::new("a").send();
        assert_eq!((report.delivered(), report.skipped()), (3, 1));
        assert_eq!(log.take(), ["counts a", "publishes a", "translates a"]);
    });
}

#[signal(durable(name = "test-modes.paused", version = 1))]
struct Paused;

#[receiver(signal = Paused, durable(name = "test-modes.is-disabled"))]
fn is_disabled(_: &Paused) {
    unreachable!("it is disabled");
}

#[receiver(signal = Paused, durable(name = "test-modes.is-disabled-async"))]
async fn is_disabled_async(_: &Paused) {
    unreachable!("it is disabled");
}

#[test]
fn a_disabled_receiver_is_skipped() {
    disable(is_disabled).unwrap();
    disable(is_disabled_async).unwrap();
    Scope::new().durable_inline().run(|| {
        let transaction = Transaction::new();
        assert_eq!(transaction.run(|| Paused.send()).deferred(), 2);
        let report = transaction.commit();
        assert_eq!((report.delivered(), report.skipped()), (0, 2));
    });
    enable(is_disabled).unwrap();
    enable(is_disabled_async).unwrap();
}
