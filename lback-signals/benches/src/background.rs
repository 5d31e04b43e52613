//! Handing a receiver to the background, beside a boxed copy in a channel of tokio's.
//!
//! Both queues are emptied between the batches, on another thread and outside the measured time.

use std::cell::Cell;
use std::hint::black_box;
use std::sync::{Condvar, Mutex};
use std::thread;
use std::time::Duration;

use lback_signals::background::{self, Settings};
use lback_signals::{Signal, receiver, signal};
use tokio::sync::mpsc;

use crate::harness::{COUNTED_CALLS, Group, time};

/// How many are queued before the queue is emptied.
const BATCH: u32 = COUNTED_CALLS;
const CAPACITY: usize = 2 * BATCH as usize;

static IS_OPEN: Mutex<bool> = Mutex::new(false);
static CHANGED: Condvar = Condvar::new();

fn set_open(is_open: bool) {
    *IS_OPEN.lock().expect("no holder panics") = is_open;
    CHANGED.notify_all();
}

#[signal(owned)]
struct Blocking;

/// Keeps the one worker until the gate is opened.
#[receiver(signal = Blocking, background)]
fn blocks(_: &Blocking) {
    let is_open = IS_OPEN.lock().expect("no holder panics");
    drop(CHANGED.wait_while(is_open, |is_open| !*is_open));
}

#[signal(owned)]
#[derive(Clone)]
struct Added {
    amount: u64,
}

#[receiver(signal = Added, background)]
async fn add(event: &Added) {
    add_now(event);
}

fn add_now(event: &Added) {
    thread_local! { static TOTAL: Cell<u64> = const { Cell::new(0) } }
    TOTAL.set(TOTAL.get().wrapping_add(event.amount));
}

/// Returns the time of so many calls, in batches.
fn in_batches(calls: u32, mut call: impl FnMut(), mut empty: impl FnMut()) -> Duration {
    let mut total = Duration::ZERO;
    let mut left = calls;
    while left > 0 {
        let batch = left.min(BATCH);
        total += time(batch, &mut call);
        empty();
        left -= batch;
    }
    total
}

pub(crate) fn groups() -> Vec<Group> {
    let event = || Added {
        amount: black_box(1),
    };

    let (sender, mut receiver) = mpsc::channel::<Box<Added>>(CAPACITY);
    let try_send = move |calls| {
        let send = || assert!(sender.try_send(Box::new(event().clone())).is_ok());
        in_batches(calls, send, || {
            let take_all = || {
                while let Ok(event) = receiver.try_recv() {
                    add_now(&event);
                }
            };
            thread::scope(|threads| threads.spawn(take_all).join().expect("all are taken"));
        })
    };

    background::configure(Settings::new().with_concurrency(1).with_capacity(CAPACITY))
        .expect("unused");
    assert_eq!(Blocking.send().deferred(), 1);
    let send = move |calls| {
        let send = || assert_eq!(event().send().deferred(), 1);
        in_batches(calls, send, || {
            set_open(true);
            assert!(background::flush(Duration::from_mins(1)));
            set_open(false);
            assert_eq!(Blocking.send().deferred(), 1);
        })
    };

    let group = Group::new("1 in the background")
        .add_batches("try_send of a box", try_send)
        .add_batches("send", send);
    vec![group]
}
