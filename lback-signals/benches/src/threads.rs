//! Two threads that send the same signal, beside two that call the table.

use std::hint::black_box;
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use lback_signals::Signal;

use crate::harness::{Group, time};
use crate::receivers::one::{Added, TABLE};

/// Returns the longer time of two threads that make so many calls each and begin together.
fn twice(calls: u32, call: impl Fn() + Copy + Send) -> Duration {
    let barrier = &Barrier::new(2);
    let work = move || {
        barrier.wait();
        time(calls, call)
    };
    thread::scope(|scope| {
        let threads = [scope.spawn(work), scope.spawn(work)];
        let times = threads.map(|thread| thread.join().expect("no receiver panics"));
        times.into_iter().max().unwrap_or_default()
    })
}

pub(crate) fn groups() -> Vec<Group> {
    let event = || Added {
        amount: black_box(1),
    };
    let table = move || {
        let event = event();
        let table: &[fn(&Added)] = black_box(&TABLE);
        table.iter().for_each(|receiver| receiver(&event));
    };
    let send = move || drop(event().send());
    let one = Group::new("1 receiver, 1 thread")
        .add("table", table)
        .add("send", send);
    let two = Group::new("1 receiver, 2 threads")
        .add_batches("table", move |calls| twice(calls, table))
        .add_batches("send", move |calls| twice(calls, send));
    vec![one, two]
}
