//! What it costs to hand a receiver to the background, beside putting a boxed closure into a channel
//! of tokio's.
//!
//! `cargo bench --bench background` in this folder measures both in one run, while
//! nobody takes anything out, and prints the ratio. The copy of the signal is measured by itself: it
//! is the payload's, and not the queue's.

use std::cell::RefCell;
use std::fs::File;
use std::hint::black_box;
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use criterion::Criterion;
use lback_signals::background::{self, Settings};
use lback_signals::{Signal, receiver, signal};
use tokio::sync::mpsc;

/// How many are in the queue before it is emptied.
const BATCH: u64 = 1_000;
const CAPACITY: usize = 2_000;

static IS_OPEN: Mutex<bool> = Mutex::new(false);
static CHANGED: Condvar = Condvar::new();

fn set_open(is_open: bool) {
    *IS_OPEN.lock().expect("nobody panics") = is_open;
    CHANGED.notify_all();
}

#[signal(owned)]
struct Blocking;

/// Keeps the one worker until the gate is opened.
#[receiver(signal = Blocking, background)]
fn blocks(_: &Blocking) {
    let is_open = IS_OPEN.lock().expect("nobody panics");
    drop(CHANGED.wait_while(is_open, |is_open| !*is_open));
}

#[signal(owned)]
struct Sent {
    number: u64,
}

#[receiver(signal = Sent, background)]
async fn receive(event: &Sent) {
    black_box(event.number);
}

/// The time of so many calls, with a break to empty the queue now and then.
fn in_batches(calls: u64, mut call: impl FnMut(u64), mut empty: impl FnMut()) -> Duration {
    let mut time = Duration::ZERO;
    let mut left = calls;
    while left > 0 {
        let batch = left.min(BATCH);
        let start = Instant::now();
        (0..batch).for_each(&mut call);
        time += start.elapsed();
        empty();
        left -= batch;
    }
    time
}

fn measure(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("background");

    let (sender, mut receiver) = mpsc::channel::<Box<dyn FnOnce() + Send>>(CAPACITY);
    group.bench_function("channel", |bencher| {
        bencher.iter_custom(|calls| {
            let send = |number| {
                let job = Box::new(move || _ = black_box(number));
                assert!(sender.try_send(job).is_ok());
            };
            in_batches(calls, send, || {
                // Elsewhere, as with the background.
                let take_all = || {
                    while let Ok(job) = receiver.try_recv() {
                        job();
                    }
                };
                thread::scope(|threads| threads.spawn(take_all).join().expect("it is taken"));
            })
        });
    });

    let mut copies = Vec::with_capacity(CAPACITY);
    group.bench_function("copy", |bencher| {
        bencher.iter_custom(|calls| {
            let copies = RefCell::new(&mut copies);
            // As large as what is kept of the signal.
            let copy = |number| copies.borrow_mut().push(Arc::new([number; 5]));
            in_batches(calls, copy, || {
                let copies = mem::take(*copies.borrow_mut());
                thread::scope(|threads| threads.spawn(|| drop(copies)).join().expect("dropped"));
            })
        });
    });

    background::configure(Settings::new().concurrency(1).capacity(CAPACITY)).expect("unused");
    assert_eq!(Blocking.send().deferred(), 1);
    group.bench_function("background", |bencher| {
        bencher.iter_custom(|calls| {
            let send = |number| assert_eq!(Sent { number }.send().deferred(), 1);
            in_batches(calls, send, || {
                set_open(true);
                assert!(background::flush(Duration::from_mins(1)));
                set_open(false);
                assert_eq!(Blocking.send().deferred(), 1);
            })
        });
    });
    set_open(true);
    group.finish();
}

/// Where criterion writes what it measured.
fn output_directory() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("criterion")
}

/// The median in nanoseconds that criterion has just written down, if it measured at all.
fn median(way: &str) -> Option<f64> {
    let file = output_directory().join(format!("background/{way}/new/estimates.json"));
    let estimates: serde_json::Value = serde_json::from_reader(File::open(file).ok()?).ok()?;
    estimates["median"]["point_estimate"].as_f64()
}

fn main() {
    let mut criterion = Criterion::default()
        .output_directory(&output_directory())
        .configure_from_args();
    measure(&mut criterion);
    criterion.final_summary();
    let medians = ["channel", "copy", "background"].map(median);
    if let [Some(channel), Some(copy), Some(background)] = medians {
        let beside_the_copy = background - copy;
        println!("try_send of a box ns   copy ns   send ns   (send - copy) / try_send");
        println!(
            "{channel:>20.2} {copy:>9.2} {background:>9.2} {:>26.2}",
            beside_the_copy / channel,
        );
    }
}
