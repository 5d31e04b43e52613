//! Nested sends, whose receivers are pending in the order of the sends.

use lback_signals::AsyncSignal;

use super::*;

/// A payment whose receiver sends the next one, up to the third.
#[signal(owned)]
struct Paid {
    number: u32,
}

#[receiver(signal = Paid)]
fn pay_the_next(event: &Paid) {
    if event.number < 3 {
        Paid {
            number: event.number + 1,
        }
        .send();
    }
}

#[receiver(signal = Paid, after_commit)]
fn mail(event: &Paid, log: Res<'_, Log>) {
    log.write(format!("mail {}", event.number));
}

#[receiver(signal = Paid, after_rollback)]
fn regret(event: &Paid, log: Res<'_, Log>) {
    log.write(format!("regret {}", event.number));
}

const MAILS: [&str; 3] = ["mail 1", "mail 2", "mail 3"];

#[test]
fn pending_receivers_of_a_nested_send_run_after_those_of_the_outer_send() {
    in_scope(|log| {
        let transaction = Transaction::new();
        transaction.run(|| Paid { number: 1 }.send());
        assert_eq!(transaction.commit().delivered(), 3);
        assert_eq!(log.take(), MAILS);
    });
}

#[test]
fn a_rollback_runs_its_receivers_in_the_same_order() {
    in_scope(|log| {
        let transaction = Transaction::new();
        transaction.run(|| Paid { number: 1 }.send());
        transaction.rollback();
        assert_eq!(log.take(), ["regret 1", "regret 2", "regret 3"]);
    });
}

#[test]
fn a_commit_of_the_outer_transaction_keeps_the_order() {
    in_scope(|log| {
        let outer = Transaction::new();
        outer.run(|| {
            let inner = Transaction::new();
            inner.run(|| Paid { number: 1 }.send());
            inner.commit();
        });
        outer.commit();
        assert_eq!(log.take(), MAILS);
    });
}

#[test]
fn abandoned_signals_are_listed_in_the_same_order() {
    #[derive(Clone, Model)]
    struct Stage {
        #[model(id)]
        number: u32,
    }

    #[signal(owned)]
    struct Reached<'a> {
        #[sender]
        stage: &'a Stage,
    }

    #[receiver(signal = Reached)]
    fn reach_the_next(event: &Reached<'_>) {
        if event.stage.number < 2 {
            let number = event.stage.number + 1;
            let stage = &Stage { number };
            Reached { stage }.send();
        }
    }

    #[receiver(signal = Reached, after_commit)]
    fn note(_: &Reached<'_>) {}

    let transaction = Transaction::new();
    let stage = &Stage { number: 1 };
    transaction.run(|| Reached { stage }.send());
    let abandoned = transaction.abandon();
    let senders: Vec<_> = abandoned.iter().filter_map(|it| it.sender()).collect();
    assert_eq!(senders, ["stage 1", "stage 2"]);
}

#[test]
fn pending_receivers_of_a_savepoint_run_after_those_of_the_signal_around_it() {
    #[signal(owned)]
    struct Imported;

    #[receiver(signal = Imported)]
    fn pay_in_a_savepoint(_: &Imported) {
        let savepoint = Transaction::new();
        savepoint.run(|| Paid { number: 2 }.send());
        savepoint.commit();
    }

    #[receiver(signal = Imported, after_commit)]
    fn report(_: &Imported, log: Res<'_, Log>) {
        log.write("report");
    }

    in_scope(|log| {
        let transaction = Transaction::new();
        transaction.run(|| {
            Imported.send();
            Paid { number: 3 }.send();
        });
        transaction.commit();
        assert_eq!(log.take(), ["report", "mail 2", "mail 3", "mail 3"]);
    });
}

#[test]
fn pending_receivers_of_a_nested_async_send_run_after_those_of_the_outer_send() {
    #[signal(async, owned)]
    struct Shipped {
        number: u32,
    }

    #[receiver(signal = Shipped)]
    async fn ship_the_next(event: &Shipped) {
        if event.number < 3 {
            let number = event.number + 1;
            Box::pin(async move { Shipped { number }.send_async().await }).await;
        }
    }

    #[receiver(signal = Shipped, after_commit)]
    fn tell(event: &Shipped, log: Res<'_, Log>) {
        log.write(format!("mail {}", event.number));
    }

    in_scope(|log| {
        let transaction = Transaction::new();
        pollster::block_on(transaction.run_async(Shipped { number: 1 }.send_async()));
        transaction.commit();
        assert_eq!(log.take(), MAILS);
    });
}

/// Outside a transaction, each send commits separately: a nested send ends before the outer one.
#[test]
fn without_a_transaction_each_send_commits_when_it_ends() {
    in_scope(|log| {
        Paid { number: 1 }.send();
        assert_eq!(log.take(), ["mail 3", "mail 2", "mail 1"]);
    });
}
