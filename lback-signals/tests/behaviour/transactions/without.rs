//! `after_commit` and `after_rollback` receivers without a transaction.

use lback_signals::FailureKind;

use super::*;

#[test]
fn after_commit_receivers_run_at_the_end_of_send() {
    in_scope(|log| {
        let report = pay(1);
        assert_eq!(log.take(), ["audit 1", "receipt 1 to ada", "points 1"]);
        assert_eq!((report.delivered(), report.deferred()), (3, 0));
    });
}

#[test]
fn a_failure_does_not_stop_after_commit_receivers() {
    in_scope(|log| {
        let report = pay_to(1, "");
        assert_eq!(log.take(), ["audit 1", "receipt 1 to ", "points 1"]);
        assert_eq!((report.delivered(), report.failures().len()), (2, 1));
    });
}

#[test]
fn a_veto_stops_after_commit_receivers() {
    in_scope(|log| {
        let order = &Order { number: 1 };
        assert!(OrderPaid { order, email: "" }.try_send().is_err());
        assert_eq!(log.take(), ["audit 1"]);
    });
}

#[test]
fn an_after_commit_receiver_cannot_veto() {
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
fn a_stopped_recursion_stops_after_commit_receivers() {
    #[signal(owned)]
    struct Echo;

    #[receiver(signal = Echo)]
    fn again(_: &Echo) {
        Echo.send();
    }

    #[receiver(signal = Echo, after_commit)]
    fn later(_: &Echo) {
        unreachable!("the recursion is stopped");
    }

    let report = Echo.send();
    assert_eq!((report.delivered(), report.failures().len()), (0, 1));
}

#[test]
fn endless_recursion_of_after_commit_receivers_is_stopped() {
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
