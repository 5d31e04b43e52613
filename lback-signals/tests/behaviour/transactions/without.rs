//! `after_commit` and `after_rollback` receivers without a transaction.

use lback_signals::FailureKind;

use super::*;

#[test]
fn the_commit_is_the_end_of_send() {
    in_scope(|log| {
        let report = pay(1);
        assert_eq!(log.take(), ["audit 1", "receipt 1 to ada", "points 1"]);
        assert_eq!((report.delivered(), report.deferred()), (3, 0));
    });
}

#[test]
fn a_failure_now_stops_nothing_later() {
    in_scope(|log| {
        let report = pay_to(1, "");
        assert_eq!(log.take(), ["audit 1", "receipt 1 to ", "points 1"]);
        assert_eq!((report.delivered(), report.failures().len()), (2, 1));
    });
}

#[test]
fn after_a_veto_nothing_runs_later() {
    in_scope(|log| {
        let order = &Order { number: 1 };
        assert!(OrderPaid { order, email: "" }.try_send().is_err());
        assert_eq!(log.take(), ["audit 1"]);
    });
}

#[test]
fn what_runs_later_vetoes_nothing() {
    in_scope(|log| {
        let order = &Order { number: 1 };
        let email = "refused";
        let report = OrderPaid { order, email }.try_send().unwrap();
        assert_eq!(log.take().len(), 3);
        assert_eq!(report.delivered(), 2);
        assert_eq!(report.failures()[0].receiver().name(), "receipt");
    });
}

#[test]
fn a_chain_that_is_stopped_stops_what_would_run_later() {
    #[signal(owned)]
    struct Echo;

    #[receiver(signal = Echo)]
    fn again(_: &Echo) {
        Echo.send();
    }

    #[receiver(signal = Echo, after_commit)]
    fn later(_: &Echo) {
        unreachable!("the chain is stopped");
    }

    let report = Echo.send();
    assert_eq!((report.delivered(), report.failures().len()), (0, 1));
}

#[test]
fn receivers_that_send_again_later_are_stopped_too() {
    #[signal(owned)]
    struct Echo;

    #[receiver(signal = Echo, after_commit)]
    fn again(_: &Echo) {
        Echo.send();
    }

    #[receiver(signal = Echo, after_commit)]
    fn and_again_in_a_transaction(_: &Echo) {
        let transaction = Transaction::new();
        transaction.run(|| Echo.send());
        transaction.commit();
    }

    for report in [Echo.send(), {
        let transaction = Transaction::new();
        transaction.run(|| Echo.send());
        transaction.commit()
    }] {
        let [failure] = report.failures() else {
            panic!("{report:?}");
        };
        assert!(matches!(failure.kind(), FailureKind::Recursion(_)));
    }
}
