//! Receivers that begin and end transactions.

use super::*;

#[signal(owned)]
struct Outer;

#[receiver(signal = Outer)]
fn commits_one(_: &Outer) {
    let transaction = Transaction::new();
    transaction.run(|| pay(1));
    transaction.commit();
}

#[receiver(signal = Outer)]
fn drops_one(_: &Outer) {
    Transaction::new().run(|| pay(2));
}

#[receiver(signal = Outer)]
fn leaves_one_open_by_a_panic(_: &Outer) {
    Transaction::new().run(|| {
        pay(3);
        panic!("on purpose");
    });
}

#[receiver(signal = Outer, after_commit)]
fn later(_: &Outer) {
    let transaction = Transaction::new();
    transaction.run(|| pay(4));
    transaction.commit();
}

#[test]
fn transactions_of_receivers_are_nested() {
    in_scope(|log| {
        let transaction = Transaction::new();
        let report = transaction.run(|| Outer.send());
        assert_eq!((report.delivered(), report.failures().len()), (2, 1));
        let now = [
            "audit 1",
            "audit 2",
            "apologise 2",
            "audit 3",
            "apologise 3",
        ];
        assert_eq!(log.take(), now);
        transaction.commit();
        // The nested signal comes after the outer one, although its transaction ended first.
        let mut after = vec!["audit 4".to_owned()];
        after.extend(committed(4));
        after.extend(committed(1));
        assert_eq!(log.take(), after);
    });
}

#[test]
fn a_receiver_may_end_the_transaction_of_its_dispatch() {
    static SHARED: Mutex<Option<Transaction>> = Mutex::new(None);

    #[signal(owned)]
    struct Ended {
        by_commit: bool,
    }

    #[receiver(signal = Ended)]
    fn end_it(event: &Ended) {
        let transaction = SHARED.lock().unwrap().take().unwrap();
        if event.by_commit {
            transaction.commit();
        } else {
            transaction.rollback();
        }
    }

    #[receiver(signal = Ended, after_commit)]
    fn committed(_: &Ended) {}

    #[receiver(signal = Ended, after_rollback)]
    fn rolled_back(_: &Ended) {
        panic!("on purpose");
    }

    for by_commit in [true, false] {
        let transaction = Transaction::new();
        let inside = transaction.run(Scope::current);
        *SHARED.lock().unwrap() = Some(transaction);
        let report = inside.enter(|| Ended { by_commit }.send());
        // The transaction had ended before the receivers became pending.
        assert_eq!(report.delivered(), if by_commit { 2 } else { 1 });
        assert_eq!(report.failures().len(), usize::from(!by_commit));
        assert_eq!(report.deferred(), 0);
    }
}
