//! The shutdown of a worker.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::task::Poll;
use std::time::Duration;

use lback_signals::durable::testing::TestOutbox;
use lback_signals::durable::{Counts, Delivery, MemoryOutbox, Outbox};
use lback_signals::{Res, Scope, Signal, receiver, signal};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep};

use super::faulty::{Fault, Faulty, Operation};
use super::{pass, received, until, until_done, worker};

#[signal(durable(name = "drain.item", version = 1))]
struct Item;

#[signal(durable(name = "drain.blocking", version = 1))]
struct BlockingItem;

#[derive(Default)]
struct Runs {
    attempts: Mutex<Vec<u32>>,
    ended: AtomicU32,
    now: AtomicU32,
}

struct Guard<'r>(&'r Runs);

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        self.0.now.fetch_sub(1, Ordering::Relaxed);
    }
}

#[receiver(signal = Item, durable(name = "drain.slow", concurrency = 3))]
async fn slow(_: &Item, delivery: Delivery<'_>, runs: Res<'_, Runs>, time: Res<'_, Duration>) {
    runs.attempts.lock().unwrap().push(delivery.attempt());
    runs.now.fetch_add(1, Ordering::Relaxed);
    let _guard = Guard(runs.get());
    sleep(*time).await;
    runs.ended.fetch_add(1, Ordering::Relaxed);
}

fn scope(seconds: u64) -> (Scope, Arc<Runs>) {
    let runs = Arc::new(Runs::default());
    let scope = Scope::new().provide_dyn(Arc::clone(&runs));
    (scope.provide(Duration::from_secs(seconds)), runs)
}

fn send(outbox: &MemoryOutbox, items: u32) {
    let transaction = outbox.begin();
    transaction.run(|| (0..items).for_each(|_| drop(Item.send())));
    transaction.commit().unwrap();
}

async fn counts(outbox: &impl Outbox) -> Counts {
    outbox.counts().await.unwrap().remove(0)
}

#[tokio::test(start_paused = true)]
async fn running_receivers_end_within_the_grace_and_no_more_start() {
    let outbox = MemoryOutbox::new();
    let (scope, runs) = scope(19);
    send(&outbox, 5);
    let worker = scope.run(|| worker(&outbox).only(slow).spawn().unwrap());
    until(async || worker.health().running() == 3).await;
    let health = worker.health();
    let began_at = Instant::now();
    worker.shutdown().await;
    assert!(began_at.elapsed() >= Duration::from_secs(18));
    assert!(began_at.elapsed() < Duration::from_secs(20));
    assert_eq!(
        (runs.ended.load(Ordering::Relaxed), health.delivered()),
        (3, 3)
    );
    let counts = counts(&outbox).await;
    assert_eq!((counts.waiting, counts.running), (2, 0));
}

#[tokio::test(start_paused = true)]
async fn the_rest_is_cancelled_and_given_back_with_its_attempt() {
    let outbox = MemoryOutbox::new();
    let (scope, runs) = scope(21);
    send(&outbox, 2);
    let first = scope.run(|| worker(&outbox).only(slow).spawn().unwrap());
    until(async || first.health().running() == 2).await;
    let began_at = Instant::now();
    first.shutdown().await;
    assert!(began_at.elapsed() >= Duration::from_secs(20));
    assert!(began_at.elapsed() < Duration::from_secs(21));
    assert_eq!(
        (
            runs.now.load(Ordering::Relaxed),
            runs.ended.load(Ordering::Relaxed)
        ),
        (0, 0)
    );
    // Due at once, without the end of their leases.
    let counts = counts(&outbox).await;
    assert_eq!((counts.waiting, counts.running), (2, 0));
    assert!(counts.oldest_due.is_some());
    let second = scope.run(|| worker(&outbox).only(slow).spawn().unwrap());
    until_done(&outbox).await;
    second.shutdown().await;
    assert_eq!(*runs.attempts.lock().unwrap(), [1; 4]);
}

#[tokio::test(start_paused = true)]
async fn dropping_the_handle_drains() {
    let outbox = MemoryOutbox::new();
    let (scope, runs) = scope(5);
    send(&outbox, 4);
    let worker = scope.run(|| worker(&outbox).only(slow).spawn().unwrap());
    let health = worker.health();
    until(async || health.running() == 3).await;
    drop(worker);
    until(async || !health.is_running()).await;
    until(async || health.delivered() == 3).await;
    sleep(Duration::from_mins(5)).await;
    assert_eq!(runs.ended.load(Ordering::Relaxed), 3);
    assert_eq!(counts(&outbox).await.waiting, 1);
}

#[tokio::test(start_paused = true)]
async fn run_ends_when_it_is_told() {
    let outbox = MemoryOutbox::new();
    let (scope, runs) = scope(5);
    send(&outbox, 1);
    let stop = Notify::new();
    let worker = worker(&outbox).only(slow).with_name("drain");
    let health = worker.health();
    let run = scope.run_async(worker.run(stop.notified()));
    let test = async {
        until(async || runs.now.load(Ordering::Relaxed) == 1).await;
        stop.notify_one();
    };
    let (ended, ()) = tokio::join!(run, test);
    ended.unwrap();
    assert_eq!(runs.ended.load(Ordering::Relaxed), 1);
    assert!(!health.is_running());
    assert!(outbox.counts().await.unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_dropped_at_any_await_drains() {
    for polls in 0.. {
        let outbox = MemoryOutbox::new();
        let (scope, runs) = scope(5);
        send(&outbox, 4);
        let worker = worker(&outbox)
            .only(slow)
            .with_grace(Duration::from_secs(1));
        let health = worker.health();
        let has_ended = {
            let mut run = pin!(scope.run_async(worker.run(sleep(Duration::from_secs(3)))));
            let mut left = polls;
            poll_fn(|task| {
                if left == 0 {
                    return Poll::Ready(false);
                }
                left -= 1;
                let polled = run.as_mut().poll(task);
                if left == 0 && polled.is_pending() {
                    return Poll::Ready(false);
                }
                polled.map(|ended| ended.is_ok())
            })
            .await
        };
        until(async || !health.is_running() && health.running() == 0).await;
        sleep(Duration::from_secs(1)).await;
        let counts = counts(&outbox).await;
        assert_eq!((counts.waiting, counts.running), (4, 0));
        let second = scope.run(|| super::worker(&outbox).only(slow).spawn().unwrap());
        until_done(&outbox).await;
        second.shutdown().await;
        assert_eq!(runs.ended.load(Ordering::Relaxed), 4);
        assert_eq!(runs.now.load(Ordering::Relaxed), 0);
        assert!(runs.attempts.lock().unwrap().iter().all(|&it| it == 1));
        if has_ended {
            assert_eq!(polls, 3);
            return;
        }
    }
}

#[test]
fn a_runtime_that_is_dropped_at_any_time_loses_nothing() {
    let runtime = || {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        builder.enable_all().start_paused(true).build().unwrap()
    };
    for millis in (0..6_500).step_by(260) {
        let outbox = MemoryOutbox::new();
        let (scope, runs) = scope(2);
        let first = runtime();
        first.block_on(async {
            send(&outbox, 7);
            let worker = scope.run(|| worker(&outbox).only(slow).spawn().unwrap());
            sleep(Duration::from_millis(millis)).await;
            std::mem::forget(worker);
        });
        drop(first);
        assert_eq!(runs.now.load(Ordering::Relaxed), 0);
        let before = runs.ended.load(Ordering::Relaxed);
        // The clock of the second one begins again.
        outbox.set_clock_offset(10_000);
        runtime().block_on(async {
            let worker = scope.run(|| worker(&outbox).only(slow).spawn().unwrap());
            until_done(&outbox).await;
            worker.shutdown().await;
        });
        assert!(runs.ended.load(Ordering::Relaxed) >= 7);
        // An attempt that ended in the last milliseconds is repeated.
        let attempts = runs.attempts.lock().unwrap();
        let repeated = attempts.iter().filter(|&&it| it > 1).count();
        assert!(repeated <= 3 && before <= 7, "{attempts:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_claim_that_is_under_way_is_given_back() {
    let outbox = Faulty::new();
    let (scope, runs) = scope(5);
    send(&outbox.inner, 2);
    outbox.fail(
        Operation::Claim,
        1,
        Fault::LateAnswer(Duration::from_secs(10)),
    );
    let worker = scope.run(|| worker(&outbox).only(slow).spawn().unwrap());
    until(async || outbox.calls(Operation::Claim) == 1).await;
    let began_at = Instant::now();
    worker.shutdown().await;
    assert!(began_at.elapsed() < Duration::from_secs(11));
    assert_eq!(counts(&outbox).await.waiting, 2);
    assert!(runs.attempts.lock().unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_database_that_does_not_answer_keeps_no_worker() {
    for operation in [Operation::Claim, Operation::Finish] {
        let outbox = Faulty::new();
        let (scope, _) = scope(1);
        send(&outbox.inner, 1);
        outbox.fail(operation, u32::MAX, Fault::Hangs);
        let worker = scope.run(|| worker(&outbox).only(slow).spawn().unwrap());
        until(async || outbox.calls(operation) == 1).await;
        let began_at = Instant::now();
        worker.shutdown().await;
        assert!(
            began_at.elapsed() < Duration::from_secs(21),
            "{operation:?}"
        );
    }
}

struct Gate {
    started: mpsc::Sender<()>,
    may_end: Mutex<mpsc::Receiver<()>>,
}

#[receiver(signal = BlockingItem, durable(name = "drain.fn"))]
fn blocking(_: &BlockingItem, gate: Res<'_, Gate>) {
    gate.started.send(()).unwrap();
    gate.may_end.lock().unwrap().recv().unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_fn_is_waited_for_and_keeps_its_lease() {
    let outbox = MemoryOutbox::new();
    outbox.send(BlockingItem).await.unwrap();
    let (started, starts) = mpsc::channel();
    let (end, may_end) = mpsc::channel();
    let may_end = Mutex::new(may_end);
    let scope = Scope::new().provide(Gate { started, may_end });
    let worker = scope.run(|| worker(&outbox).only(blocking).spawn().unwrap());
    let health = worker.health();
    received(&starts).await;
    let other = scope.run(|| super::worker(&outbox).only(blocking).spawn().unwrap());
    let shutdown = tokio::spawn(worker.shutdown());
    pass(Duration::from_secs(100)).await;
    assert!(!shutdown.is_finished());
    assert!(starts.try_recv().is_err(), "it was started again");
    end.send(()).unwrap();
    shutdown.await.unwrap();
    assert_eq!((health.delivered(), other.health().delivered()), (1, 0));
    assert!(outbox.counts().await.unwrap().is_empty());
    other.shutdown().await;
}
