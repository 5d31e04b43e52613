#[cfg(feature = "tokio")]
mod asynchronous;
#[cfg(unix)]
mod forked;
mod memory;
mod schedule;

use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};

use super::*;

/// As much as a place has.
const ONE: u32 = 1;

/// As few as there can be, and no end of time.
fn limits() -> Limits {
    Limits {
        concurrency: NonZero::<usize>::MIN,
        memory: 1,
        queue_capacity: 8,
        queue_timeout: Duration::MAX,
        idle_timeout: Duration::MAX,
    }
}

/// Waits until it is so: nothing here depends on how long that takes.
fn until(is_so: impl Fn() -> bool) {
    while !is_so() {
        thread::yield_now();
    }
}

/// A job that says when it has begun, and ends when it is told to.
fn gate() -> (
    impl FnOnce(&mut Memory) + Send,
    mpsc::Receiver<()>,
    Sender<()>,
) {
    let (begun, has_begun) = channel();
    let (open, is_open) = channel::<()>();
    let job = move |_: &mut Memory| {
        begun.send(()).expect("somebody waits");
        let _ = is_open.recv();
    };
    (job, has_begun, open)
}

#[test]
fn work_is_done_elsewhere_and_answered_here() {
    let pool = Pool::new(limits());
    let here = thread::current().id();
    let there = pool.run(ONE, |_| thread::current().id());
    assert_ne!(there, Ok(here));
    let again = pool.run(ONE, |_| thread::current().id());
    assert_eq!(there, again, "one place has one thread");
}

#[test]
fn as_many_run_at_once_as_there_are_places() {
    let pool = Pool::new(Limits {
        concurrency: NonZero::new(3).unwrap(),
        ..limits()
    });
    // It opens when three are there.
    let barrier = Arc::new(Barrier::new(3));
    let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    thread::scope(|scope| {
        for _ in 0..9 {
            scope.spawn(|| {
                let (barrier, running, most) = (barrier.clone(), running.clone(), most.clone());
                pool.run(ONE, move |_| {
                    let now = 1 + running.fetch_add(1, Ordering::SeqCst);
                    most.fetch_max(now, Ordering::SeqCst);
                    barrier.wait();
                    running.fetch_sub(1, Ordering::SeqCst);
                })
            });
        }
    });
    assert_eq!(most.load(Ordering::SeqCst), 3);
}

#[test]
fn whoever_finds_the_queue_full_is_refused() {
    let pool = Pool::new(Limits {
        queue_capacity: 1,
        ..limits()
    });
    let (job, has_begun, open) = gate();
    thread::scope(|scope| {
        let running = scope.spawn(|| pool.run(ONE, job));
        has_begun.recv().unwrap();
        let waiting = scope.spawn(|| pool.run(ONE, |_| 1));
        until(|| pool.waiting() == 1);
        assert_eq!(pool.run(ONE, |_| 2), Err(Busy));
        drop(open);
        assert_eq!(running.join().unwrap(), Ok(()));
        assert_eq!(waiting.join().unwrap(), Ok(1));
    });
    assert_eq!(pool.run(ONE, |_| 3), Ok(3));
}

#[test]
fn without_a_queue_a_free_place_is_still_to_be_had() {
    let pool = Pool::new(Limits {
        queue_capacity: 0,
        ..limits()
    });
    assert_eq!(pool.run(ONE, |_| 1), Ok(1));
}

#[test]
fn who_waits_too_long_is_refused_and_who_has_begun_is_answered() {
    let pool = Pool::new(Limits {
        queue_timeout: Duration::from_millis(1),
        ..limits()
    });
    let (job, has_begun, open) = gate();
    thread::scope(|scope| {
        let running = scope.spawn(|| pool.run(ONE, job));
        has_begun.recv().unwrap();
        assert_eq!(pool.run(ONE, |_| ()), Err(Busy));
        assert_eq!(pool.waiting(), 0);
        drop(open);
        assert_eq!(running.join().unwrap(), Ok(()));
    });
}

#[test]
fn a_panic_is_the_callers() {
    let pool = Pool::new(limits());
    let caught = panic::catch_unwind(AssertUnwindSafe(|| {
        pool.run(ONE, |_| -> u8 { panic::panic_any("what it said") })
    }));
    assert_eq!(caught.unwrap_err().downcast_ref(), Some(&"what it said"));
    assert_eq!(pool.run(ONE, |_| 1), Ok(1));
}

#[test]
fn unused_threads_and_memory_go() {
    let pool = Pool::new(Limits {
        idle_timeout: Duration::from_millis(1),
        ..limits()
    });
    let filled = |memory: &mut Memory| memory.blocks(1).map(|blocks| blocks.len());
    assert_eq!(pool.run(ONE, filled), Ok(Ok(1)));
    until(|| {
        let state = pool.shared.lock();
        state.workers == 0 && state.schedule.memories() == 0
    });
    assert_eq!(pool.run(ONE, filled), Ok(Ok(1)));
}

#[test]
fn a_pool_that_is_dropped_leaves_no_thread() {
    let pool = Pool::new(limits());
    pool.run(ONE, |_| ()).unwrap();
    let shared = Arc::clone(&pool.shared);
    drop(pool);
    until(|| shared.lock().workers == 0);
}

/// Whether nothing is in the first block, which is left full.
fn is_clean(memory: &mut Memory) -> bool {
    let blocks = memory.blocks(1).unwrap();
    let is_clean = blocks[0].as_ref().iter().all(|word| *word == 0);
    blocks[0].as_mut().fill(7);
    is_clean
}

#[test]
fn what_a_hash_leaves_is_wiped_when_no_other_overwrites_it() {
    let pool = Pool::new(limits());
    assert_eq!(pool.run(ONE, is_clean), Ok(true));
    until(|| {
        let state = pool.shared.lock();
        state.schedule.free() == 1 && !state.schedule.has_to_wipe()
    });
    assert_eq!(pool.run(ONE, is_clean), Ok(true));
}

#[test]
fn who_got_an_answer_finds_the_place_free() {
    let pool = Pool::new(Limits {
        queue_capacity: 0,
        ..limits()
    });
    for size in [1, 64, 1].repeat(100) {
        let filled = pool.run(size, move |memory| {
            memory.blocks(size as usize).map(|blocks| blocks.len())
        });
        assert_eq!(filled, Ok(Ok(size as usize)));
    }
}

#[test]
fn no_place_keeps_more_than_its_own() {
    let pool = Pool::new(limits());
    let fill = |count| move |memory: &mut Memory| memory.blocks(count).map(drop);
    assert_eq!(pool.run(64, fill(64)), Ok(Ok(())));
    until(|| pool.shared.lock().schedule.free() == 1);
    assert_eq!(pool.shared.lock().schedule.memories(), 0);
    assert_eq!(pool.run(ONE, fill(1)), Ok(Ok(())));
    until(|| pool.shared.lock().schedule.free() == 1);
    assert_eq!(pool.shared.lock().schedule.memories(), 1);
}
