//! A full queue whose senders wait for a slot.

#![cfg(feature = "tokio")]

#[path = "support/gate.rs"]
mod gate;

use std::pin::pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Wake, Waker};
use std::thread;
use std::time::Duration;

use gate::Gate;
use lback_signals::background::{self, Overflow, Settings};
use lback_signals::{AsyncSignal, CurrentScope, Scope, Signal, receiver, signal};

const LONG: Duration = Duration::from_mins(1);

static GATE: Gate = Gate::closed();
static DELIVERED: AtomicU32 = AtomicU32::new(0);
static REFUSED: AtomicU32 = AtomicU32::new(0);
static ELSEWHERE: Mutex<Option<CurrentScope>> = Mutex::new(None);

/// Its reference count shows whether a copy still exists.
struct Wakes;

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {}
}

#[signal(owned)]
struct Blocking;

#[receiver(signal = Blocking, background)]
async fn blocks(_: &Blocking) {
    tokio::task::spawn_blocking(|| GATE.pass()).await.unwrap();
    // Here, and in a task on the same runtime, a sender might wait without end.
    let refused = Counted.send().failures().len() + Asked.send_async().await.failures().len();
    assert_eq!(refused, 2);
    let task = tokio::spawn(async {
        Counted.send().failures().len() + Asked.send_async().await.failures().len()
    });
    let refused = refused + task.await.unwrap();
    // Nor in code that has entered another context.
    let elsewhere = ELSEWHERE.lock().unwrap().clone().unwrap();
    let sending = elsewhere.wrap(async { Asked.send_async().await.failures().len() });
    let refused = refused + sending.await;
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
fn each_finds_its_place_in_time_and_nobody_waits_for_himself() {
    let settings = Settings::new().concurrency(1).capacity(1);
    background::configure(settings.overflow(Overflow::Wait)).unwrap();
    *ELSEWHERE.lock().unwrap() = Some(Scope::current());
    assert_eq!(Blocking.send().deferred(), 1);
    assert_eq!(Counted.send().deferred(), 1);

    // The queue is full: an async sender waits without blocking, and a dropped one has sent nothing.
    let counted = Arc::new(Wakes);
    let waker = Waker::from(Arc::clone(&counted));
    let mut task = Context::from_waker(&waker);
    for _ in 0..3 {
        assert!(pin!(Asked.send_async()).poll(&mut task).is_pending());
    }
    assert_eq!(Arc::strong_count(&counted), 2);
    let mut waiting = pin!(Asked.send_async());
    assert!(waiting.as_mut().poll(&mut task).is_pending());
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
}
