//! Jobs that tasks wait for.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use super::*;

/// A pool whose one slot is occupied until the gate is opened.
fn occupied(limits: Limits) -> (Arc<Pool>, Sender<()>) {
    let pool = Arc::new(Pool::new(limits));
    let (job, has_begun, open) = gate();
    let shared = Arc::clone(&pool);
    thread::spawn(move || shared.run(ONE, job));
    has_begun.recv().unwrap();
    (pool, open)
}

#[test]
fn a_dropped_future_leaves_the_queue() {
    let (pool, open) = occupied(limits());
    let mut context = Context::from_waker(Waker::noop());
    {
        let mut waiting = pin!(pool.run_async(ONE, |_| 1));
        assert_eq!(waiting.as_mut().poll(&mut context), Poll::Pending);
        assert_eq!(pool.waiting(), 1);
    }
    assert_eq!(pool.waiting(), 0);
    drop(open);
}

#[test]
fn a_dropped_future_does_not_stop_its_hash() {
    let pool = Pool::new(limits());
    let (job, has_begun, open) = gate();
    let (ended, has_ended) = channel();
    {
        let mut running = pin!(pool.run_async(ONE, move |memory| {
            job(memory);
            ended.send(()).unwrap();
        }));
        let mut context = Context::from_waker(Waker::noop());
        assert_eq!(running.as_mut().poll(&mut context), Poll::Pending);
        has_begun.recv().unwrap();
    }
    assert_eq!(pool.shared.lock().schedule.free(), 0, "it keeps its slot");
    drop(open);
    has_ended.recv().unwrap();
}

/// A waker that calls a closure.
struct CallOnWake<F>(F);

impl<F: Fn() + Send + Sync> std::task::Wake for CallOnWake<F> {
    fn wake(self: Arc<Self>) {
        (self.0)();
    }
}

fn waker(call: impl Fn() + Send + Sync + 'static) -> Waker {
    Waker::from(Arc::new(CallOnWake(call)))
}

#[test]
fn a_waker_may_use_the_pool() {
    let limits = Limits {
        queue_timeout: Duration::from_nanos(1),
        ..limits()
    };
    let (pool, open) = occupied(limits);
    let (woken, is_woken) = channel();
    let of_waker = Arc::clone(&pool);
    let waker = waker(move || woken.send(of_waker.waiting()).unwrap());
    let mut waiting = pin!(pool.run_async(ONE, |_| 1));
    let mut context = Context::from_waker(&waker);
    assert_eq!(waiting.as_mut().poll(&mut context), Poll::Pending);
    // The next caller removes it from the queue, since its deadline has passed.
    assert_eq!(pool.run(ONE, |_| 2), Err(Busy));
    assert_eq!(is_woken.recv(), Ok(1), "the next caller waits");
    assert_eq!(waiting.as_mut().poll(&mut context), Poll::Ready(Err(Busy)));
    drop(open);
}

#[test]
fn a_waker_that_panics_leaks_no_slot() {
    let pool = Pool::new(limits());
    let waker = waker(|| panic!("of the waker"));
    let (job, has_begun, open) = gate();
    let mut running = pin!(pool.run_async(ONE, job));
    let mut context = Context::from_waker(&waker);
    assert_eq!(running.as_mut().poll(&mut context), Poll::Pending);
    has_begun.recv().unwrap();
    drop(open);
    assert_eq!(pool.run(ONE, |_| 1), Ok(1));
    assert_eq!(running.as_mut().poll(&mut context), Poll::Ready(Ok(())));
}

#[test]
fn an_expired_job_is_removed_when_a_hash_ends() {
    let limits = Limits {
        queue_timeout: Duration::from_nanos(1),
        ..limits()
    };
    let (pool, open) = occupied(limits);
    let mut waiting = pin!(pool.run_async(ONE, |_| 1));
    let mut context = Context::from_waker(Waker::noop());
    assert_eq!(waiting.as_mut().poll(&mut context), Poll::Pending);
    drop(open);
    assert_eq!(pollster::block_on(waiting), Err(Busy));
}
