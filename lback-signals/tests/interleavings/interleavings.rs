//! The queue of the background and the switch of a receiver, in all interleavings of their threads.

/// Replaces the locks and atomics of the crate.
mod sync {
    pub(crate) use loom::sync::atomic::{AtomicBool, AtomicUsize};
    pub(crate) use loom::sync::{Mutex, MutexGuard};
}

#[expect(dead_code, unreachable_pub, reason = "not all of it takes part")]
#[path = "../../src/unwind.rs"]
mod unwind;

#[path = "../../src/info/switch.rs"]
mod switch;

#[path = "../../src/background/waiters.rs"]
mod waiters;

#[expect(dead_code, reason = "not all of it takes part")]
#[path = "../../src/background/draining.rs"]
mod draining;

#[expect(dead_code, reason = "not all of it takes part")]
#[path = "../../src/background/queue.rs"]
mod queue;

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Waker};

use draining::Undone;
use loom::future::block_on;
use loom::sync::Arc;
use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread;
use queue::{Job, Queue, Refused, Taken};
use switch::Switch;

struct Numbered(usize);

impl Job for Numbered {
    type Name = usize;

    fn name(&self) -> usize {
        self.0
    }
}

type Jobs = Arc<Queue<Numbered>>;

/// How often each has been done.
type Done = Arc<[AtomicUsize; 3]>;

fn none_done() -> Done {
    Arc::new([
        AtomicUsize::new(0),
        AtomicUsize::new(0),
        AtomicUsize::new(0),
    ])
}

/// A worker until it has nothing to do.
fn work(jobs: &Jobs, done: &Done, taken: Taken<Numbered>) {
    let Taken::Started(worker, first) = taken else {
        return;
    };
    let mut job = Some(first);
    while let Some(Numbered(number)) = job {
        done[number].fetch_add(1, Ordering::Relaxed);
        job = jobs.next(worker, true);
    }
}

/// Sends it, and does the work if it is the first.
fn submit(jobs: &Jobs, done: &Done, number: usize) -> Result<(), Refused> {
    let taken = jobs
        .submit(Numbered(number), false)
        .map_err(|(why, _)| why)?;
    work(jobs, done, taken);
    Ok(())
}

fn wait_for_slot(jobs: &Jobs, done: &Done, number: usize) -> bool {
    let taken = block_on(jobs.wait_for_slot(Numbered(number)));
    let is_taken = taken.is_ok();
    if let Ok(taken) = taken {
        work(jobs, done, taken);
    }
    is_taken
}

/// Gives up all that waits.
fn drain_at_once(jobs: &Jobs) -> std::sync::Arc<Undone<usize>> {
    let mut draining = jobs.drain();
    draining.pass_deadline();
    block_on(draining)
}

#[test]
fn each_is_done_once_whoever_ends_meanwhile() {
    loom::model(|| {
        let (jobs, done) = (Arc::new(Queue::new(3, 1)), none_done());
        let others: Vec<_> = (0..2)
            .map(|number| {
                let (jobs, done) = (Arc::clone(&jobs), Arc::clone(&done));
                thread::spawn(move || submit(&jobs, &done, number).expect("there is place"))
            })
            .collect();
        submit(&jobs, &done, 2).expect("there is place");
        for other in others {
            other.join().unwrap();
        }
        for times in done.iter() {
            assert_eq!(times.load(Ordering::Relaxed), 1);
        }
        let counts = jobs.counts();
        assert_eq!((counts.waiting, counts.running, counts.done), (0, 0, 3));
    });
}

#[test]
fn no_more_wait_than_may_and_who_waits_for_a_place_gets_it() {
    loom::model(|| {
        let (jobs, done) = (Arc::new(Queue::new(1, 1)), none_done());
        let Ok(first) = jobs.submit(Numbered(0), false) else {
            panic!("there is place");
        };
        submit(&jobs, &done, 1).expect("there is place");
        let waiting = {
            let (jobs, done) = (Arc::clone(&jobs), Arc::clone(&done));
            thread::spawn(move || {
                assert!(jobs.counts().waiting <= 1);
                assert!(wait_for_slot(&jobs, &done, 2));
            })
        };
        assert!(jobs.counts().waiting <= 1);
        work(&jobs, &done, first);
        waiting.join().unwrap();
        // The last may have been put there when the worker had left.
        for times in done.iter() {
            assert_eq!(times.load(Ordering::Relaxed), 1);
        }
    });
}

#[test]
fn what_is_sent_while_it_is_drained_is_done_or_named_or_refused() {
    loom::model(|| {
        let (jobs, done) = (Arc::new(Queue::new(2, 1)), none_done());
        let Ok(first) = jobs.submit(Numbered(0), false) else {
            panic!("there is place");
        };
        let sender = {
            let (jobs, done) = (Arc::clone(&jobs), Arc::clone(&done));
            thread::spawn(move || submit(&jobs, &done, 1).is_ok())
        };
        let worker = {
            let (jobs, done) = (Arc::clone(&jobs), Arc::clone(&done));
            thread::spawn(move || work(&jobs, &done, first))
        };
        let draining = jobs.drain();
        assert!(matches!(
            jobs.submit(Numbered(2), false),
            Err((Refused::Closed(_), _))
        ));
        let left = block_on(draining);
        assert_eq!(jobs.counts().running, 0);
        let is_taken = sender.join().unwrap();
        worker.join().unwrap();

        assert!(left.waiting.is_empty() && left.running.is_empty());
        let times = [0, 1].map(|number| done[number].load(Ordering::Relaxed));
        assert_eq!(times, [1, usize::from(is_taken)]);
    });
}

#[test]
fn closed_at_any_moment_nothing_is_both_named_and_done_later() {
    loom::model(|| {
        let (jobs, done) = (Arc::new(Queue::new(2, 1)), none_done());
        let Ok(first) = jobs.submit(Numbered(0), false) else {
            panic!("there is place");
        };
        submit(&jobs, &done, 1).expect("there is place");
        let worker = {
            let (jobs, done) = (Arc::clone(&jobs), Arc::clone(&done));
            thread::spawn(move || work(&jobs, &done, first))
        };
        let left = drain_at_once(&jobs);
        let running = left.running.len();
        let waited = left.waiting.len();
        worker.join().unwrap();
        let times = [0, 1].map(|number| done[number].load(Ordering::Relaxed));
        assert_eq!(times[0], 1);
        assert_eq!(times[1] + waited, 1);
        assert!(running <= 1);
    });
}

#[test]
fn who_waits_for_a_place_learns_that_there_will_be_none() {
    loom::model(|| {
        let (jobs, done) = (Arc::new(Queue::new(1, 1)), none_done());
        let Ok(Taken::Started(worker, _)) = jobs.submit(Numbered(0), false) else {
            panic!("there is place");
        };
        submit(&jobs, &done, 1).expect("there is place");
        let waiting = {
            let (jobs, done) = (Arc::clone(&jobs), Arc::clone(&done));
            thread::spawn(move || wait_for_slot(&jobs, &done, 2))
        };
        // Its worker is stopped at it.
        jobs.lose(worker, true);
        assert!(!waiting.join().unwrap());
        let left = drain_at_once(&jobs);
        assert_eq!((&*left.running, &*left.waiting), (&[0][..], &[1][..]));
    });
}

/// Who gives up waiting takes nobody's place.
#[test]
fn who_gives_up_waiting_keeps_nobody_else_from_it() {
    loom::model(|| {
        let (jobs, done) = (Arc::new(Queue::new(1, 1)), none_done());
        let Ok(first) = jobs.submit(Numbered(0), false) else {
            panic!("there is place");
        };
        submit(&jobs, &done, 1).expect("there is place");
        let mut task = Context::from_waker(Waker::noop());
        assert!(
            pin!(jobs.wait_for_slot(Numbered(2)))
                .poll(&mut task)
                .is_pending()
        );
        let waiting = {
            let (jobs, done) = (Arc::clone(&jobs), Arc::clone(&done));
            thread::spawn(move || wait_for_slot(&jobs, &done, 2))
        };
        work(&jobs, &done, first);
        assert!(waiting.join().unwrap());
        assert_eq!(done[2].load(Ordering::Relaxed), 1);
    });
}

#[test]
fn drains_that_overlap_have_the_same_answer_and_the_longest_deadline_wins() {
    loom::model(|| {
        let (jobs, done) = (Arc::new(Queue::new(2, 1)), none_done());
        let Ok(first) = jobs.submit(Numbered(0), false) else {
            panic!("there is place");
        };
        submit(&jobs, &done, 1).expect("there is place");
        let long = jobs.drain();
        let short = {
            let jobs = Arc::clone(&jobs);
            thread::spawn(move || drain_at_once(&jobs))
        };
        work(&jobs, &done, first);
        let long = block_on(long);
        let counts = (long.done, long.waiting.len(), long.running.len());
        assert_eq!(counts, (2, 0, 0));
        let short = short.join().unwrap();
        assert!(short.waiting.is_empty() && short.running.is_empty());
    });
}

/// A drain that is dropped takes its deadline along.
#[test]
fn a_drain_that_is_dropped_keeps_no_other_from_its_deadline() {
    loom::model(|| {
        let jobs = Arc::new(Queue::new(2, 1));
        let Ok(Taken::Started(worker, _)) = jobs.submit(Numbered(0), false) else {
            panic!("there is place");
        };
        assert!(jobs.submit(Numbered(1), false).is_ok());
        let dropped = jobs.drain();
        let short = {
            let jobs = Arc::clone(&jobs);
            thread::spawn(move || drain_at_once(&jobs))
        };
        drop(dropped);
        let left = short.join().unwrap();
        assert_eq!((&*left.running, &*left.waiting), (&[0][..], &[1][..]));
        // A later drain knows it, too.
        assert!(jobs.next(worker, true).is_none());
        let left = block_on(jobs.drain());
        assert_eq!((&*left.running, &*left.waiting), (&[][..], &[1][..]));
    });
}

/// It is taken back from the drain that names what was lost, or named by it.
#[test]
fn what_was_lost_before_it_began_is_refused_or_named() {
    loom::model(|| {
        let jobs = Arc::new(Queue::new(1, 1));
        let Ok(Taken::Started(worker, _)) = jobs.submit(Numbered(0), false) else {
            panic!("there is place");
        };
        let stopped = {
            let jobs = Arc::clone(&jobs);
            thread::spawn(move || jobs.lose(worker, false))
        };
        let is_refused = jobs.take_back(worker);
        stopped.join().unwrap();
        let left = drain_at_once(&jobs);
        assert!(left.running.is_empty());
        assert_eq!(left.waiting.len() + usize::from(is_refused), 1);
        assert_eq!(jobs.take_back(worker), !is_refused);
    });
}

/// One that is stuck may wait for the sender.
#[test]
fn who_waits_for_a_place_gets_it_or_learns_that_nothing_changes() {
    loom::model(|| {
        let (jobs, done) = (Arc::new(Queue::new(1, 1)), none_done());
        let Ok(first) = jobs.submit(Numbered(0), false) else {
            panic!("there is place");
        };
        submit(&jobs, &done, 1).expect("there is place");
        let sender = {
            let (jobs, done) = (Arc::clone(&jobs), Arc::clone(&done));
            thread::spawn(move || {
                let mut waiting = jobs.wait_for_slot(Numbered(2));
                let taken = block_on(poll_fn(|task| {
                    let polled = Pin::new(&mut waiting).poll(task);
                    if waiting.begins_watch() {
                        let mut seen = None;
                        while let Some(changes) = jobs.watch(seen) {
                            seen = Some(changes);
                        }
                    }
                    polled
                }));
                match taken {
                    Ok(taken) => {
                        work(&jobs, &done, taken);
                        true
                    }
                    Err((why, _)) => {
                        assert_eq!(why, Refused::Stalled);
                        false
                    }
                }
            })
        };
        work(&jobs, &done, first);
        let is_taken = sender.join().unwrap();
        assert_eq!(done[2].load(Ordering::Relaxed), usize::from(is_taken));
        assert!(jobs.watch(None).is_none());
    });
}

/// It waits on if another sender was faster.
#[test]
fn a_sender_that_was_woken_is_not_refused_as_stalled() {
    loom::model(|| {
        let (jobs, done) = (Arc::new(Queue::new(1, 1)), none_done());
        let Ok(Taken::Started(worker, _)) = jobs.submit(Numbered(0), false) else {
            panic!("it begins at once");
        };
        submit(&jobs, &done, 1).expect("there is place");
        let mut waiting = pin!(jobs.wait_for_slot(Numbered(2)));
        let task = &mut Context::from_waker(Waker::noop());
        assert!(waiting.as_mut().poll(task).is_pending());
        let seen = jobs.watch(None);
        assert!(seen.is_some());

        assert!(jobs.next(worker, true).is_some());
        submit(&jobs, &done, 0).expect("there is place again");
        assert!(jobs.watch(seen).is_none());
        assert!(waiting.as_mut().poll(task).is_pending());
    });
}

#[test]
fn a_receiver_stays_off_while_another_is_switched() {
    loom::model(|| {
        let blockers: &'static AtomicUsize = Box::leak(Box::new(AtomicUsize::new(0)));
        let switch = Switch::new(blockers);
        switch.set_off(true);
        let other = Arc::new(Switch::new(blockers));
        let switching = [true, false].map(|is_off| {
            let other = Arc::clone(&other);
            thread::spawn(move || other.set_off(is_off))
        });
        assert!(switch.is_off() && switch::any_is_off(blockers));
        for thread in switching {
            thread.join().unwrap();
        }
        assert!(switch::any_is_off(blockers));
    });
}
