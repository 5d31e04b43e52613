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

/// The memory of one slot.
const ONE: u32 = 1;

/// One slot, without a deadline or an idle time.
fn limits() -> Limits {
    Limits {
        concurrency: NonZero::<usize>::MIN,
        memory: 1,
        queue_capacity: 8,
        queue_timeout: Duration::MAX,
        idle_timeout: Duration::MAX,
    }
}

/// Waits until a condition holds. No test depends on how long that takes.
fn wait_until(holds: impl Fn() -> bool) {
    while !holds() {
        thread::yield_now();
    }
}

/// A job that reports its start, and ends when the sender is dropped.
fn gate() -> (
    impl FnOnce(&mut Memory) + Send,
    mpsc::Receiver<()>,
    Sender<()>,
) {
    let (begun, has_begun) = channel();
    let (open, is_open) = channel::<()>();
    let job = move |_: &mut Memory| {
        begun.send(()).expect("the receiver waits");
        let _ = is_open.recv();
    };
    (job, has_begun, open)
}

#[test]
fn jobs_run_on_the_thread_of_the_slot() {
    let pool = Pool::new(limits());
    let here = thread::current().id();
    let there = pool.run(ONE, |_| thread::current().id());
    assert_ne!(there, Ok(here));
    let again = pool.run(ONE, |_| thread::current().id());
    assert_eq!(there, again, "one slot has one thread");
}

#[test]
fn all_slots_run_at_once_and_no_more() {
    let pool = Pool::new(Limits {
        concurrency: NonZero::new(3).unwrap(),
        ..limits()
    });
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
fn a_full_queue_refuses_callers() {
    let pool = Pool::new(Limits {
        queue_capacity: 1,
        ..limits()
    });
    let (job, has_begun, open) = gate();
    thread::scope(|scope| {
        let running = scope.spawn(|| pool.run(ONE, job));
        has_begun.recv().unwrap();
        let waiting = scope.spawn(|| pool.run(ONE, |_| 1));
        wait_until(|| pool.waiting() == 1);
        assert_eq!(pool.run(ONE, |_| 2), Err(Busy));
        drop(open);
        assert_eq!(running.join().unwrap(), Ok(()));
        assert_eq!(waiting.join().unwrap(), Ok(1));
    });
    assert_eq!(pool.run(ONE, |_| 3), Ok(3));
}

#[test]
fn a_free_slot_needs_no_queue() {
    let pool = Pool::new(Limits {
        queue_capacity: 0,
        ..limits()
    });
    assert_eq!(pool.run(ONE, |_| 1), Ok(1));
}

#[test]
fn the_deadline_ends_waiting_and_not_running_jobs() {
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
fn a_panic_of_a_job_is_resumed_in_the_caller() {
    let pool = Pool::new(limits());
    let caught = panic::catch_unwind(AssertUnwindSafe(|| {
        pool.run(ONE, |_| -> u8 { panic::panic_any("payload") })
    }));
    assert_eq!(caught.unwrap_err().downcast_ref(), Some(&"payload"));
    assert_eq!(pool.run(ONE, |_| 1), Ok(1));
}

#[test]
fn idle_slots_give_up_thread_and_memory() {
    let pool = Pool::new(Limits {
        idle_timeout: Duration::from_millis(1),
        ..limits()
    });
    let filled = |memory: &mut Memory| memory.blocks(1).map(|blocks| blocks.len());
    assert_eq!(pool.run(ONE, filled), Ok(Ok(1)));
    wait_until(|| {
        let state = pool.shared.lock();
        state.workers == 0 && state.schedule.memories() == 0
    });
    assert_eq!(pool.run(ONE, filled), Ok(Ok(1)));
}

#[test]
fn a_dropped_pool_ends_its_threads() {
    let pool = Pool::new(limits());
    pool.run(ONE, |_| ()).unwrap();
    let shared = Arc::clone(&pool.shared);
    drop(pool);
    wait_until(|| shared.lock().workers == 0);
}

/// Returns whether the first block is zero, and fills it.
fn is_clean(memory: &mut Memory) -> bool {
    let blocks = memory.blocks(1).unwrap();
    let is_clean = blocks[0].as_ref().iter().all(|word| *word == 0);
    blocks[0].as_mut().fill(7);
    is_clean
}

#[test]
fn memory_is_wiped_unless_a_hash_overwrites_it() {
    let pool = Pool::new(limits());
    assert_eq!(pool.run(ONE, is_clean), Ok(true));
    wait_until(|| {
        let state = pool.shared.lock();
        state.schedule.free() == 1 && !state.schedule.has_to_wipe()
    });
    assert_eq!(pool.run(ONE, is_clean), Ok(true));
}

#[test]
fn the_slot_is_free_as_soon_as_the_caller_has_its_answer() {
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
fn a_slot_does_not_keep_memory_above_its_limit() {
    let pool = Pool::new(limits());
    let fill = |count| move |memory: &mut Memory| memory.blocks(count).map(drop);
    assert_eq!(pool.run(64, fill(64)), Ok(Ok(())));
    wait_until(|| pool.shared.lock().schedule.free() == 1);
    assert_eq!(pool.shared.lock().schedule.memories(), 0);
    assert_eq!(pool.run(ONE, fill(1)), Ok(Ok(())));
    wait_until(|| pool.shared.lock().schedule.free() == 1);
    assert_eq!(pool.shared.lock().schedule.memories(), 1);
}
