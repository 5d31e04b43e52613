//! Leases: receivers that outlast them, and claims that are lost.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use lback_signals::durable::testing::TestOutbox;
use lback_signals::durable::{ClaimRequest, MemoryOutbox, Outbox, ReceiverClaim};
use lback_signals::{Res, Scope, receiver, signal};
use tokio::time::{Instant, sleep};

use super::faulty::{Fault, Faulty, Operation};
use super::{pass, received, until, until_done, worker};

#[signal(durable(name = "leases.slow", version = 1))]
struct Slow;

#[signal(durable(name = "leases.blocking", version = 1))]
struct Blocking;

#[signal(durable(name = "leases.both", version = 1))]
struct Both;

#[derive(Default)]
struct Runs {
    started: AtomicU32,
    ended: AtomicU32,
    now: AtomicU32,
    cancelled_at: Mutex<Vec<Instant>>,
}

/// Notes an attempt that is dropped before it ends.
struct Guard<'r>(&'r Runs);

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        self.0.now.fetch_sub(1, Ordering::Relaxed);
        self.0.cancelled_at.lock().unwrap().push(Instant::now());
    }
}

#[receiver(
    signal = Slow,
    durable(name = "leases.slow", timeout = "1h", backoff("1s", max = "1s"))
)]
async fn slow(_: &Slow, runs: Res<'_, Runs>, time: Res<'_, Duration>) {
    runs.started.fetch_add(1, Ordering::Relaxed);
    assert_eq!(
        runs.now.fetch_add(1, Ordering::Relaxed),
        0,
        "two runs overlap"
    );
    let guard = Guard(runs.get());
    sleep(*time).await;
    std::mem::forget(guard);
    runs.now.fetch_sub(1, Ordering::Relaxed);
    runs.ended.fetch_add(1, Ordering::Relaxed);
}

fn scope(runs: &Arc<Runs>, time: Duration) -> Scope {
    Scope::new().provide_dyn(Arc::clone(runs)).provide(time)
}

/// A claim of whatever is due, as another process makes it.
fn request(name: &'static str) -> ClaimRequest {
    ClaimRequest {
        receivers: vec![ReceiverClaim {
            names: vec![name],
            oldest_version: 1,
            newest_version: 1,
            limit: 9,
        }],
        lease: Duration::from_secs(30),
        worker: "other".to_owned(),
    }
}

#[tokio::test(start_paused = true)]
async fn a_receiver_may_take_longer_than_its_lease() {
    let outbox = MemoryOutbox::new();
    let runs = Arc::new(Runs::default());
    let scope = scope(&runs, Duration::from_mins(50));
    let one = scope.run(|| worker(&outbox).only(slow).spawn().unwrap());
    let two = scope.run(|| worker(&outbox).only(slow).spawn().unwrap());
    outbox.send(Slow).await.unwrap();
    until_done(&outbox).await;
    assert_eq!(runs.started.load(Ordering::Relaxed), 1);
    assert_eq!(one.health().lost() + two.health().lost(), 0);
    one.shutdown().await;
    two.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn a_lost_claim_cancels_its_attempt() {
    let outbox = MemoryOutbox::new();
    let runs = Arc::new(Runs::default());
    let worker = scope(&runs, Duration::from_mins(50)).run(|| worker(&outbox).only(slow).spawn());
    let worker = worker.unwrap();
    outbox.send(Slow).await.unwrap();
    until(async || worker.health().running() == 1).await;
    // The clock of the database is set forward, and another process claims.
    outbox.set_clock_offset(31_000);
    let claimed = outbox.claim(&request("leases.slow")).await.unwrap();
    assert_eq!((claimed.len(), claimed[0].attempt), (1, 2));
    let claimed_at = Instant::now();
    until(async || worker.health().lost() == 1).await;
    assert!(claimed_at.elapsed() < Duration::from_secs(11));
    assert_eq!(runs.cancelled_at.lock().unwrap().len(), 1);
    assert_eq!(worker.health().running(), 0);
    // The other process keeps it.
    worker.shutdown().await;
    let lost = outbox
        .renew(&[claimed[0].claim], Duration::from_secs(30))
        .await;
    assert_eq!(lost.unwrap(), []);
}

#[tokio::test(start_paused = true)]
async fn a_receiver_is_cancelled_before_its_lease_can_have_expired() {
    for fault in [Fault::Before, Fault::Hangs] {
        let outbox = Faulty::new();
        let runs = Arc::new(Runs::default());
        let scope = scope(&runs, Duration::from_secs(45));
        let cut_off = scope.run(|| worker(&outbox).only(slow).spawn().unwrap());
        outbox.inner.send(Slow).await.unwrap();
        let started_at = Instant::now();
        until(async || cut_off.health().running() == 1).await;
        outbox.fail(Operation::Renew, u32::MAX, fault);
        outbox.fail(Operation::Finish, u32::MAX, fault);
        // Another process, whose database answers. `slow` checks that the runs do not overlap.
        let other = scope.run(|| worker(&outbox.inner).only(slow).spawn().unwrap());
        until(async || runs.ended.load(Ordering::Relaxed) == 1).await;
        until_done(&outbox).await;
        let cancelled_at = runs.cancelled_at.lock().unwrap()[0];
        let lease = cancelled_at - started_at;
        assert!(
            lease >= Duration::from_secs(26) && lease < Duration::from_secs(28),
            "{lease:?}"
        );
        assert_eq!(runs.started.load(Ordering::Relaxed), 2);
        assert_eq!(
            (cut_off.health().delivered(), other.health().delivered()),
            (0, 1)
        );
        outbox.heal();
        cut_off.shutdown().await;
        other.shutdown().await;
        assert_eq!(outbox.inner.dead_letters().await.unwrap(), []);
    }
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_was_cut_off_counts() {
    let outbox = Faulty::new();
    let runs = Arc::new(Runs::default());
    let worker = scope(&runs, Duration::from_mins(10)).run(|| worker(&outbox).only(slow).spawn());
    let worker = worker.unwrap();
    outbox.fail(Operation::Renew, u32::MAX, Fault::Before);
    outbox.inner.send(Slow).await.unwrap();
    until_done(&outbox).await;
    worker.shutdown().await;
    let dead = outbox.inner.dead_letters().await.unwrap();
    assert_eq!(
        (dead[0].attempt, runs.started.load(Ordering::Relaxed)),
        (20, 20)
    );
    assert!(
        dead[0].error.starts_with("attempt 21 was not run"),
        "{dead:?}"
    );
}

/// Lets a `fn` run until the test allows its end.
struct Gate {
    started: mpsc::Sender<()>,
    may_end: Mutex<mpsc::Receiver<()>>,
}

#[receiver(signal = Blocking, durable(name = "leases.blocking", concurrency = 1))]
fn blocking(_: &Blocking, gate: Res<'_, Gate>) {
    gate.started.send(()).unwrap();
    gate.may_end.lock().unwrap().recv().unwrap();
}

fn gate() -> (Scope, mpsc::Receiver<()>, mpsc::Sender<()>) {
    let (started, starts) = mpsc::channel();
    let (end, may_end) = mpsc::channel();
    let may_end = Mutex::new(may_end);
    (Scope::new().provide(Gate { started, may_end }), starts, end)
}

#[tokio::test(start_paused = true)]
async fn the_lease_of_a_fn_is_renewed_until_it_returns() {
    let outbox = MemoryOutbox::new();
    let (scope, starts, end) = gate();
    let one = scope.run(|| worker(&outbox).only(blocking).spawn().unwrap());
    let two = scope.run(|| worker(&outbox).only(blocking).spawn().unwrap());
    outbox.send(Blocking).await.unwrap();
    received(&starts).await;
    pass(Duration::from_mins(10)).await;
    assert!(starts.try_recv().is_err(), "it was started again");
    end.send(()).unwrap();
    until_done(&outbox).await;
    assert_eq!(one.health().delivered() + two.health().delivered(), 1);
    assert_eq!(one.health().lost() + two.health().lost(), 0);
    one.shutdown().await;
    two.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn a_worker_does_not_start_what_it_still_runs() {
    // Its lease expires while the database does not renew it. The worker claims it again, and does not start it.
    let outbox = Faulty::new();
    let (scope, starts, end) = gate();
    let worker = scope.run(|| worker(&outbox).only(both).spawn().unwrap());
    outbox.inner.send(Both).await.unwrap();
    received(&starts).await;
    outbox.fail(Operation::Renew, u32::MAX, Fault::Before);
    let claims = outbox.calls(Operation::Claim);
    pass(Duration::from_secs(40)).await;
    assert!(outbox.calls(Operation::Claim) > claims);
    assert!(starts.try_recv().is_err(), "it was started again");
    outbox.heal();
    pass(Duration::from_secs(10)).await;
    end.send(()).unwrap();
    until_done(&outbox).await;
    let health = worker.health();
    assert_eq!(
        (health.delivered(), health.lost(), health.running()),
        (1, 0, 0)
    );
    // No slot is left taken.
    for _ in 0..4 {
        outbox.inner.send(Both).await.unwrap();
        end.send(()).unwrap();
    }
    until_done(&outbox).await;
    assert_eq!(starts.try_iter().count(), 4);
    worker.shutdown().await;
}

#[receiver(signal = Both, durable(name = "leases.both", concurrency = 2))]
fn both(_: &Both, gate: Res<'_, Gate>) {
    gate.started.send(()).unwrap();
    gate.may_end.lock().unwrap().recv().unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_late_claim_is_given_back() {
    let outbox = Faulty::new();
    let runs = Arc::new(Runs::default());
    outbox.inner.send(Slow).await.unwrap();
    outbox.fail(
        Operation::Claim,
        1,
        Fault::LateAnswer(Duration::from_secs(28)),
    );
    let worker = scope(&runs, Duration::from_secs(1)).run(|| worker(&outbox).only(slow).spawn());
    let worker = worker.unwrap();
    until_done(&outbox).await;
    worker.shutdown().await;
    assert_eq!(runs.started.load(Ordering::Relaxed), 1);
}

#[tokio::test(start_paused = true)]
async fn a_fn_whose_claim_is_lost_is_counted_and_its_worker_rests_meanwhile() {
    let outbox = Faulty::new();
    let (scope, starts, end) = gate();
    let worker = scope.run(|| worker(&outbox).only(blocking).spawn().unwrap());
    outbox.inner.send(Blocking).await.unwrap();
    received(&starts).await;
    // The clock of the database is set forward, and another process claims.
    outbox.inner.set_clock_offset(31_000);
    let claimed = outbox.inner.claim(&request("leases.blocking")).await;
    assert_eq!(claimed.unwrap().len(), 1);
    pass(Duration::from_secs(15)).await;
    let polls = outbox.polls();
    pass(Duration::from_secs(30)).await;
    let polls = outbox.polls() - polls;
    assert!(polls < 1_000, "polled {polls} times");
    // The claim of the other process has expired meanwhile, and the slot is free after the end.
    end.send(()).unwrap();
    end.send(()).unwrap();
    until_done(&outbox).await;
    assert_eq!(starts.try_iter().count(), 1);
    assert_eq!(
        (worker.health().delivered(), worker.health().lost()),
        (1, 1)
    );
    worker.shutdown().await;
}
