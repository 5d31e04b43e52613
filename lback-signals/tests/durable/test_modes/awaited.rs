//! Receivers that are `async fn`s, and async signals.

use std::future::{pending, ready};
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use lback_signals::durable::Delivery;
use lback_signals::{AsyncSignal, Res, Scope, Signal, Transaction, receiver, signal};

use super::{Log, logged};

#[signal(durable(name = "test-modes.uploaded", version = 1))]
struct Uploaded {
    number: u32,
}

#[receiver(signal = Uploaded, durable(name = "test-modes.scans"))]
async fn scans(
    event: &Uploaded,
    delivery: Delivery<'_>,
    log: Res<'_, Log>,
) -> Result<(), &'static str> {
    assert_eq!(delivery.attempt(), 1);
    // The timer and the task need a runtime that is not blocked.
    tokio::time::sleep(Duration::from_millis(1)).await;
    let spawned = tokio::spawn(async { 1 });
    assert_eq!(spawned.await.unwrap(), 1);
    log.write(format!("scans {}", event.number));
    if event.number == 0 {
        Err("empty")
    } else {
        Ok(())
    }
}

fn sent(number: u32) -> Transaction {
    let transaction = Transaction::new();
    assert_eq!(transaction.run(|| Uploaded { number }.send()).deferred(), 1);
    transaction
}

fn commits_of_a_blocking_thread() {
    let (scope, log) = logged(Scope::new().durable_inline());
    scope.run(|| {
        assert_eq!(sent(1).commit().delivered(), 1);
        let committed = sent(2).commit_after(|| io::Result::Ok(()));
        assert_eq!(committed.unwrap().delivered(), 1);
        assert_eq!(Uploaded { number: 3 }.send().delivered(), 1);
        let report = sent(0).commit();
        assert!(report.failures()[0].to_string().ends_with("failed: empty"));
        assert_eq!(log.take(), ["scans 1", "scans 2", "scans 3", "scans 0"]);
    });
}

#[test]
fn a_commit_blocks_until_they_have_ended() {
    commits_of_a_blocking_thread();
}

#[test]
fn a_commit_blocks_on_a_runtime_of_one_thread_too() {
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.enable_all().build().unwrap();
    runtime.block_on(async { commits_of_a_blocking_thread() });
}

#[test]
fn a_commit_that_is_awaited_awaits_them() {
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.enable_all().build().unwrap();
    let (scope, log) = logged(Scope::new().durable_inline());
    runtime.block_on(scope.run_async(async {
        let commit = sent(1).commit_with(ready(io::Result::Ok(())));
        let mut commit = pin!(commit);
        assert!(poll_once(commit.as_mut()).is_pending());
        assert!(log.take().is_empty());
        assert_eq!(commit.await.unwrap().delivered(), 1);
        assert_eq!(log.take(), ["scans 1"]);
    }));
}

fn poll_once<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[signal(async, durable(name = "test-modes.pinged", version = 1))]
struct Pinged {
    number: u32,
}

#[receiver(signal = Pinged)]
async fn answers(event: &Pinged, log: Res<'_, Log>) {
    tokio::task::yield_now().await;
    log.write(format!("answers {}", event.number));
}

#[receiver(signal = Pinged, durable(name = "test-modes.notes"))]
async fn notes(event: &Pinged, log: Res<'_, Log>) {
    tokio::task::yield_now().await;
    log.write(format!("notes {}", event.number));
    if event.number == 0 {
        pending::<()>().await;
    }
}

#[test]
fn an_async_signal_awaits_them_at_the_end_of_its_send() {
    let (scope, log) = logged(Scope::new().durable_inline());
    pollster::block_on(scope.run_async(async {
        let report = Pinged { number: 1 }.send_async().await;
        assert_eq!(report.delivered(), 2);
        assert_eq!(log.take(), ["answers 1", "notes 1"]);

        let transaction = Transaction::new();
        let sending = transaction.run_async(Pinged { number: 2 }.send_async());
        assert_eq!(sending.await.deferred(), 1);
        assert_eq!(log.take(), ["answers 2"]);
        assert_eq!(transaction.commit().delivered(), 1);
        assert_eq!(log.take(), ["notes 2"]);
    }));
}

#[test]
fn a_commit_that_is_dropped_cancels_them() {
    let (scope, log) = logged(Scope::new().durable_inline());
    let transaction = Transaction::new();
    pollster::block_on(scope.run_async(transaction.run_async(async {
        Pinged { number: 0 }.send_async().await;
    })));
    {
        let mut commit = pin!(transaction.commit_with(ready(io::Result::Ok(()))));
        assert!(poll_once(commit.as_mut()).is_pending());
        assert!(poll_once(commit.as_mut()).is_pending());
    }
    assert_eq!(log.take(), ["answers 0", "notes 0"]);
}

#[test]
fn the_futures_are_send() {
    fn check(_: &(impl Send + 'static)) {}

    let scope = Scope::new().durable_manual();
    check(&scope.drain());
    check(&Transaction::new().commit_with(ready(io::Result::Ok(()))));
    check(&async { Pinged { number: 1 }.send_async().await });
    check(&Arc::new(scope));
}
