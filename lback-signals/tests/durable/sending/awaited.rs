//! Async durable signals.

use std::future::{pending, poll_fn};
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::thread;

use lback_signals::background::{self, Overflow, Settings};
use lback_signals::{AsyncSignal, Res, Scope, Transaction, receiver, signal};
use test_support::in_child_process;

use super::{logged, not_enqueued, numbers, receivers};

#[signal(async, durable(name = "sending.shipped", version = 1))]
struct Shipped {
    number: u32,
}

/// Ready at the third poll.
#[receiver(signal = Shipped)]
async fn packs_slowly(event: &Shipped) -> Result<(), &'static str> {
    let mut polls = 0;
    poll_fn(|task| {
        polls += 1;
        task.waker().wake_by_ref();
        if polls == 3 {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
    if event.number == 0 {
        Err("nothing to pack")
    } else {
        Ok(())
    }
}

#[receiver(signal = Shipped, after_commit)]
fn tells(event: &Shipped, log: Option<Res<'_, super::Log>>) {
    if let Some(log) = log {
        log.write(format!("tells {}", event.number));
    }
}

#[receiver(signal = Shipped, durable(name = "sending.tracks"))]
async fn tracks(_: &Shipped) {}

#[test]
fn an_async_signal_writes_the_same_rows() {
    let transaction = Transaction::new();
    let report = pollster::block_on(transaction.run_async(Shipped { number: 1 }.send_async()));
    assert!(report.is_ok());
    assert_eq!((report.delivered(), report.deferred()), (1, 2));
    let rows = transaction.take_deliveries().unwrap();
    assert_eq!(rows[0].payload(), r#"{"number":1}"#);
    assert!(receivers(&rows[0]).eq(["sending.tracks"]));

    let vetoed = transaction.run_async(Shipped { number: 0 }.try_send_async());
    assert!(pollster::block_on(vetoed).is_err());
    assert!(transaction.take_deliveries().unwrap().is_empty());
}

#[test]
fn outside_a_transaction_it_fails() {
    let (scope, log) = logged();
    let report = pollster::block_on(scope.run_async(Shipped { number: 1 }.send_async()));
    assert_eq!(not_enqueued(&report).0, ["tracks"]);
    assert_eq!(log.take(), ["tells 1"]);
}

#[test]
fn a_send_that_is_dropped_writes_all_or_nothing() {
    for polls in 0..=3 {
        let transaction = Transaction::new();
        {
            let mut sending = pin!(transaction.run_async(Shipped { number: 1 }.send_async()));
            for poll in 1..=polls {
                let mut task = Context::from_waker(Waker::noop());
                let is_ready = sending.as_mut().poll(&mut task).is_ready();
                assert_eq!(is_ready, poll == 3);
            }
        }
        let expected: &[u32] = if polls == 3 { &[1] } else { &[] };
        assert_eq!(numbers(&transaction), expected);
        assert_eq!(transaction.commit().delivered(), expected.len());
    }
}

#[test]
fn a_muted_receiver_gets_no_row() {
    let transaction = Transaction::new();
    let scope = Scope::new().mute(tracks);
    let sending = scope.run_async(Shipped { number: 1 }.send_async());
    let report = pollster::block_on(transaction.run_async(sending));
    assert_eq!((report.skipped(), report.deferred()), (1, 1));
    assert!(transaction.take_deliveries().unwrap().is_empty());
}

#[test]
fn rows_are_in_the_order_in_which_the_sends_began_to_defer() {
    let transaction = Transaction::new();
    let sending = async {
        Shipped { number: 1 }.send_async().await;
        Shipped { number: 2 }.send_async().await;
    };
    pollster::block_on(transaction.run_async(sending));
    assert_eq!(numbers(&transaction), [1, 2]);
}

#[signal(async, durable(name = "sending.queued", version = 1))]
struct Queued {
    number: u32,
}

#[receiver(signal = Queued, background)]
async fn never_ends(_: &Queued) {
    pending::<()>().await;
}

#[receiver(signal = Queued, durable(name = "sending.keeps"))]
fn keeps(_: &Queued) {}

#[test]
fn the_row_is_written_before_the_send_waits_for_the_background() {
    in_child_process(|| {
        let settings = Settings::new().with_concurrency(1).with_capacity(1);
        background::configure(settings.with_overflow(Overflow::Wait)).unwrap();
        let transaction = Transaction::new();
        let poll_once = |number| {
            let sending = async move { Queued { number }.send_async().await };
            let mut sending = pin!(transaction.run_async(sending));
            let mut task = Context::from_waker(Waker::noop());
            sending.as_mut().poll(&mut task).is_ready()
        };
        // One runs, one is queued, and one waits until it is dropped.
        assert!(poll_once(1));
        while background::stats().running() == 0 {
            thread::yield_now();
        }
        assert!(poll_once(2));
        assert!(!poll_once(3));
        assert_eq!(numbers(&transaction), [1, 2, 3]);
    });
}
