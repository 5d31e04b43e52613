//! A pool in a forked child.

use super::*;

#[path = "../../../../tests/support/forked.rs"]
mod support;

use support::in_forked_child;

/// Forks while a thread that the child does not have holds the lock.
#[test]
fn a_lock_held_during_a_fork_does_not_block_the_child() {
    let mut pool = Some(Pool::new(limits()));
    let parent = pool.as_ref().expect("a pool");
    assert_eq!(parent.run(ONE, |_| 7), Ok(7));
    let shared = Arc::clone(&parent.shared);
    let (locked, is_locked) = channel();
    let (forked, has_forked) = channel::<()>();
    let holder = thread::spawn(move || {
        let _state = shared.lock();
        locked.send(()).unwrap();
        let _ = has_forked.recv();
    });
    is_locked.recv().unwrap();
    in_forked_child(|| {
        let pool = pool.take().expect("a pool");
        assert_eq!(pool.waiting(), 0);
        assert_eq!(pool.run(ONE, |_| 7), Ok(7));
        drop(pool);
    });
    drop(forked);
    holder.join().unwrap();
}

/// The future waits for a thread that the child does not have.
#[cfg(feature = "tokio")]
#[test]
fn a_future_that_waits_during_a_fork_is_busy_in_the_child() {
    let pool = Pool::new(limits());
    let (job, has_begun, open) = gate();
    thread::scope(|scope| {
        scope.spawn(|| pool.run(ONE, job));
        has_begun.recv().unwrap();
        let mut waiting = Box::pin(pool.run_async(ONE, |_| 7));
        let first = futures::FutureExt::now_or_never(&mut waiting);
        assert!(first.is_none());
        assert_eq!(pool.waiting(), 1);
        in_forked_child(|| {
            assert_eq!(pollster::block_on(&mut waiting), Err(Busy));
            drop(waiting);
            assert_eq!(pollster::block_on(pool.run_async(ONE, |_| 8)), Ok(8));
        });
        drop(open);
    });
    assert_eq!(pool.run(ONE, |_| 9), Ok(9));
}
