//! A full queue whose senders wait for a slot.

use std::pin::pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Wake, Waker};
use std::thread;

use lback_signals::background::{self, Overflow, Refused, Settings};
use lback_signals::{AsyncSignal, CurrentScope, FailureKind, Scope, Signal, receiver, signal};
use test_support::in_child_process;

use crate::LONG;
use crate::gate::Gate;

static GATE: Gate = Gate::closed();
static DELIVERED: AtomicU32 = AtomicU32::new(0);
static REFUSED: AtomicU32 = AtomicU32::new(0);
static OUTSIDE: Mutex<Option<CurrentScope>> = Mutex::new(None);

/// The reference count shows how many clones of the waker exist.
struct NoopWake;

impl Wake for NoopWake {
    fn wake(self: Arc<Self>) {}
}

#[signal(owned)]
struct Blocking;

#[receiver(signal = Blocking, background)]
async fn blocks(_: &Blocking) {
    tokio::task::spawn_blocking(|| GATE.pass()).await.unwrap();
    // A sender that waited here, or in a task on the same runtime, might wait forever.
    let refused = Counted.send().failures().len() + Asked.send_async().await.failures().len();
    assert_eq!(refused, 2);
    let task = tokio::spawn(async {
        Counted.send().failures().len() + Asked.send_async().await.failures().len()
    });
    let refused = refused + task.await.unwrap();
    // Nor does another context help, which a new thread has entered inside this one.
    let (here, outside) = (Scope::current(), OUTSIDE.lock().unwrap().take().unwrap());
    let send = move || here.enter(|| outside.enter(|| Counted.send()));
    let report = thread::spawn(send).join().unwrap();
    let is_full = matches!(
        report.failures()[0].kind(),
        FailureKind::Refused(Refused::QueueFull { .. })
    );
    let refused = refused + usize::from(is_full);
    REFUSED.fetch_add(u32::try_from(refused).unwrap(), Ordering::Relaxed);
}

#[signal(owned)]
struct Counted;

#[receiver(signal = Counted, background)]
fn counts(_: &Counted) {
    DELIVERED.fetch_add(1, Ordering::Relaxed);
}

#[signal(async, owned)]
struct Asked;

#[receiver(signal = Asked, background)]
async fn counts_too(_: &Asked) {
    DELIVERED.fetch_add(1, Ordering::Relaxed);
}

#[test]
fn senders_wait_for_a_slot_except_in_background_receivers_and_on_their_runtime() {
    in_child_process(|| {
        let settings = Settings::new().with_concurrency(1).with_capacity(1);
        background::configure(settings.with_overflow(Overflow::Wait)).unwrap();
        *OUTSIDE.lock().unwrap() = Some(Scope::current());
        assert_eq!(Blocking.send().deferred(), 1);
        assert_eq!(Counted.send().deferred(), 1);

        // The queue is full: an async sender waits without blocking, and a dropped one has queued nothing.
        let noop = Arc::new(NoopWake);
        let waker = Waker::from(Arc::clone(&noop));
        let mut task = Context::from_waker(&waker);
        for _ in 0..3 {
            assert!(pin!(Asked.send_async()).poll(&mut task).is_pending());
        }
        assert_eq!(Arc::strong_count(&noop), 2);
        let mut waiting = pin!(Asked.send_async());
        for _ in 0..2 {
            assert!(waiting.as_mut().poll(&mut task).is_pending());
            // The second poll has replaced the waker of the first.
            assert_eq!(Arc::strong_count(&noop), 3);
        }
        assert_eq!(background::stats().total(), 2);

        thread::scope(|threads| {
            for _ in 0..8 {
                threads.spawn(|| {
                    for _ in 0..50 {
                        assert_eq!(Counted.send().deferred(), 1);
                    }
                });
            }
            GATE.open();
            assert_eq!(pollster::block_on(waiting).deferred(), 1);
        });
        assert!(background::flush(LONG));
        assert_eq!(DELIVERED.load(Ordering::Relaxed), 1 + 1 + 400);
        assert_eq!(REFUSED.load(Ordering::Relaxed), 5);
        assert_eq!(background::stats().failed(), 0);
    });
}
