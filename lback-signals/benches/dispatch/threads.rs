//! Whether threads that send the same signal slow each other down.

use std::cell::Cell;
use std::hint::black_box;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use lback_signals::{Signal, signal};

use crate::threaded;

const SENDS: u32 = 20_000_000;
const ROUNDS: usize = 5;

/// Has a closure as its receiver.
#[signal]
struct Connected<'a> {
    total: &'a Cell<u64>,
}

/// The time that so many threads take for `SENDS` each, which they begin together: the shortest of
/// a few rounds, since other programs can only make it longer.
fn time(threads: usize, send: impl Fn(&Cell<u64>) + Copy + Send) -> Duration {
    let round = || {
        let together = &Barrier::new(threads);
        let work = move || {
            let total = Cell::new(0);
            together.wait();
            let start = Instant::now();
            (0..SENDS).for_each(|_| send(black_box(&total)));
            start.elapsed()
        };
        thread::scope(|scope| {
            let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
            let times = workers.into_iter().flat_map(thread::ScopedJoinHandle::join);
            times.max().unwrap_or_default()
        })
    };
    (0..ROUNDS).map(|_| round()).min().unwrap_or_default()
}

fn print(receiver: &str, send: impl Fn(&Cell<u64>) + Copy + Send) {
    let [one, two] = [1, 2].map(|threads| time(threads, send));
    let throughput = 2.0 * one.as_secs_f64() / two.as_secs_f64();
    let nanoseconds = one.as_secs_f64() * 1e9 / f64::from(SENDS);
    println!("{receiver:>9} {nanoseconds:>12.2} {throughput:>30.2}");
}

/// Prints the throughput of two threads by that of one.
pub(super) fn measure() {
    let is_test = std::env::args().any(|argument| argument == "--test");
    if is_test || thread::available_parallelism().is_ok_and(|cores| cores.get() < 2) {
        return;
    }
    println!(" receiver   ns, alone   throughput of two threads / one");
    print("linked", |total| {
        drop(threaded::Counted { total, amount: 1 }.send());
    });
    let connection = Connected::connect(|event| event.total.set(event.total.get() + 1));
    print("connected", |total| drop(Connected { total }.send()));
    drop(connection);
}
