//! One worker, so that receivers in the background run in the order in which they are handed over.

#![cfg(feature = "tokio")]

use std::pin::pin;
use std::sync::{Mutex, Once, PoisonError};
use std::task::{Context, Waker};
use std::time::Duration;

use lback_signals::background::{self, Settings};
use lback_signals::{AsyncSignal, Signal, Transaction, receiver, signal};

/// One test at a time, since there is one worker.
static ALONE: Mutex<()> = Mutex::new(());
static LOG: Mutex<Vec<String>> = Mutex::new(Vec::new());

#[signal(owned)]
struct Paid {
    number: u32,
}

#[receiver(signal = Paid)]
fn pay_the_next(event: &Paid) -> Result<(), &'static str> {
    let number = event.number + 1;
    if number <= 3 {
        assert_eq!(Paid { number }.send().deferred(), 1);
    }
    if event.number == 10 {
        Paid { number: 11 }.send();
        return Err("refused");
    }
    Ok(())
}

#[receiver(signal = Paid, background)]
fn mail(event: &Paid) {
    LOG.lock().unwrap().push(format!("mail {}", event.number));
}

/// What ran in the background of `sends`.
fn heard(sends: impl FnOnce()) -> Vec<String> {
    static CONFIGURED: Once = Once::new();
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    CONFIGURED.call_once(|| background::configure(Settings::new().concurrency(1)).unwrap());
    sends();
    assert!(background::flush(Duration::from_mins(1)));
    std::mem::take(&mut LOG.lock().unwrap())
}

#[test]
fn a_nested_send_runs_behind_the_one_around_it() {
    let heard = heard(|| assert_eq!(Paid { number: 1 }.send().deferred(), 1));
    assert_eq!(heard, ["mail 1", "mail 2", "mail 3"]);
}

#[test]
fn the_order_is_the_same_in_a_transaction() {
    let heard = heard(|| {
        let transaction = Transaction::new();
        transaction.run(|| Paid { number: 1 }.send());
        transaction.rollback();
    });
    assert_eq!(heard, ["mail 1", "mail 2", "mail 3"]);
}

#[test]
fn what_a_veto_leaves_of_a_nested_send_runs() {
    let heard = heard(|| {
        assert!(Paid { number: 10 }.try_send().is_err());
    });
    assert_eq!(heard, ["mail 11"]);
}

#[test]
fn the_next_send_on_the_thread_holds_nothing() {
    let heard = heard(|| {
        assert!(Paid { number: 10 }.try_send().is_err());
        Paid { number: 4 }.send();
        assert!(background::flush(Duration::from_mins(1)));
        assert_eq!(LOG.lock().unwrap().len(), 2);
    });
    assert_eq!(heard, ["mail 11", "mail 4"]);
}

#[test]
fn what_is_sent_after_the_commit_runs_behind_what_waited_for_it() {
    #[signal(owned)]
    struct Closed {
        number: u32,
    }

    #[receiver(signal = Closed, after_commit)]
    fn reopen(event: &Closed) {
        if event.number < 10 {
            let number = event.number * 10;
            Closed { number }.send();
        }
    }

    #[receiver(signal = Closed, after_commit, background)]
    fn archive(event: &Closed) {
        LOG.lock()
            .unwrap()
            .push(format!("archive {}", event.number));
    }

    let heard = heard(|| {
        let transaction = Transaction::new();
        transaction.run(|| {
            Closed { number: 1 }.send();
            Closed { number: 2 }.send();
        });
        transaction.commit();
    });
    assert_eq!(
        heard,
        ["archive 1", "archive 2", "archive 10", "archive 20"]
    );
}

#[signal(async, owned)]
struct Shipped {
    number: u32,
}

#[receiver(signal = Shipped)]
async fn ship_the_next(event: &Shipped) {
    match event.number {
        1 | 2 => {
            let number = event.number + 1;
            let next = Box::pin(async move { Shipped { number }.send_async().await });
            assert_eq!(next.await.deferred(), 1);
        }
        20 => {
            Shipped { number: 21 }.send_async().await;
            std::future::pending::<()>().await;
        }
        _ => {}
    }
}

#[receiver(signal = Shipped, background)]
async fn tell(event: &Shipped) {
    LOG.lock().unwrap().push(format!("told {}", event.number));
}

#[test]
fn a_nested_send_that_is_awaited_runs_behind_the_one_around_it() {
    let heard = heard(|| {
        pollster::block_on(Shipped { number: 1 }.send_async());
    });
    assert_eq!(heard, ["told 1", "told 2", "told 3"]);
}

#[test]
fn a_send_that_is_cancelled_leaves_what_others_sent_inside_it() {
    let heard = heard(|| {
        let event = Shipped { number: 20 };
        let mut sending = Box::pin(event.send_async());
        let task = &mut Context::from_waker(Waker::noop());
        assert!(pin!(&mut sending).poll(task).is_pending());
        // While it is not polled, it holds nothing.
        Paid { number: 4 }.send();
        assert!(background::flush(Duration::from_mins(1)));
        assert_eq!(*LOG.lock().unwrap(), ["mail 4"]);
        drop(sending);
    });
    assert_eq!(heard, ["mail 4", "told 21"]);
}
