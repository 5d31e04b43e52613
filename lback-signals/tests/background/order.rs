//! One worker, so that background receivers run in the order of the queue.

use std::pin::pin;
use std::sync::Mutex;
use std::task::{Context, Waker};

use lback_signals::background::{self, Settings};
use lback_signals::{AsyncSignal, Signal, Transaction, receiver, signal};
use test_support::in_child_process;

use crate::LONG;

static LOG: Mutex<Vec<String>> = Mutex::new(Vec::new());

#[signal(owned)]
struct Paid {
    number: u32,
}

#[receiver(signal = Paid)]
fn veto(event: &Paid) -> Result<(), &'static str> {
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

/// Returns the background receivers that ran for the sends.
fn jobs_of(sends: impl FnOnce()) -> Vec<String> {
    background::configure(Settings::new().with_concurrency(1)).unwrap();
    sends();
    assert!(background::flush(LONG));
    std::mem::take(&mut LOG.lock().unwrap())
}

#[test]
fn background_receivers_of_a_nested_send_run_after_a_veto_of_the_outer_send() {
    in_child_process(|| {
        let ran = jobs_of(|| {
            assert!(Paid { number: 10 }.try_send().is_err());
        });
        assert_eq!(ran, ["mail 11"]);
    });
}

#[test]
fn jobs_of_after_commit_receivers_run_after_the_jobs_that_waited_for_the_commit() {
    in_child_process(|| {
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

        let ran = jobs_of(|| {
            let transaction = Transaction::new();
            transaction.run(|| {
                Closed { number: 1 }.send();
                Closed { number: 2 }.send();
            });
            transaction.commit();
        });
        assert_eq!(ran, ["archive 1", "archive 2", "archive 10", "archive 20"]);
    });
}

#[signal(async, owned)]
struct Shipped {
    number: u32,
}

#[receiver(signal = Shipped)]
async fn ship_the_next(event: &Shipped) {
    if event.number == 20 {
        Shipped { number: 21 }.send_async().await;
        std::future::pending::<()>().await;
    }
}

#[receiver(signal = Shipped, background)]
async fn tell(event: &Shipped) {
    LOG.lock()
        .unwrap()
        .push(format!("shipped {}", event.number));
}

#[test]
fn a_cancelled_send_discards_only_its_own_background_receivers() {
    in_child_process(|| {
        let ran = jobs_of(|| {
            let event = Shipped { number: 20 };
            let mut sending = Box::pin(event.send_async());
            let task = &mut Context::from_waker(Waker::noop());
            assert!(pin!(&mut sending).poll(task).is_pending());
            Paid { number: 4 }.send();
            assert!(background::flush(LONG));
            drop(sending);
        });
        assert_eq!(ran, ["shipped 21", "mail 4"]);
    });
}
