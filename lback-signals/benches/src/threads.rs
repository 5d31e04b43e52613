//! One and two threads that send the same signal, beside as many that call the table.
//!
//! If the threads do not slow each other down, two have the ratio of one.

use std::hint::black_box;
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use lback_signals::Signal;

use crate::harness::{Group, time};
use crate::receivers::one::{Added, TABLE};

/// Returns the longest time of threads that make so many calls each and begin together.
fn on_threads(threads: usize, calls: u32, call: impl Fn() + Copy + Send) -> Duration {
    let barrier = &Barrier::new(threads);
    let work = move || {
        barrier.wait();
        let mut call = call;
        time(calls, &mut call)
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let times = threads
            .into_iter()
            .map(|thread| thread.join().expect("no receiver panics"));
        times.max().unwrap_or_default()
    })
}

fn group(threads: usize, name: &'static str) -> Group {
    let event = || Added {
        amount: black_box(1),
    };
    let table = move || {
        let event = event();
        let table: &[fn(&Added)] = black_box(&TABLE);
        for receiver in table {
            receiver(&event);
        }
    };
    let send = move || drop(event().send());
    Group::new(name)
        .add_batches("table", move |calls| on_threads(threads, calls, table))
        .add_batches("send", move |calls| on_threads(threads, calls, send))
}

pub(crate) fn groups() -> Vec<Group> {
    vec![group(1, "1 thread"), group(2, "2 threads")]
}
