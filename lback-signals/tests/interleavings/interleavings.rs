//! Tests the background queue and the switch of a receiver in all interleavings of threads.

/// Replaces the locks and atomics of the crate.
mod sync {
    pub(crate) use loom::sync::atomic::{AtomicBool, AtomicUsize};
    pub(crate) use loom::sync::{Mutex, MutexGuard};
}

#[expect(dead_code, unreachable_pub, reason = "the tests use a part of it")]
#[path = "../../src/unwind.rs"]
mod unwind;

#[expect(dead_code, reason = "the tests use a part of it")]
#[path = "../../src/info/switch.rs"]
mod switch;

#[path = "../../src/background/wakers.rs"]
mod wakers;

#[expect(dead_code, unreachable_pub, reason = "the tests use a part of it")]
#[path = "../../src/background/stats.rs"]
mod stats;

#[expect(dead_code, reason = "the tests use a part of it")]
#[path = "../../src/background/drain_group.rs"]
mod drain_group;

#[expect(dead_code, reason = "the tests use a part of it")]
#[path = "../../src/background/queue.rs"]
mod queue;

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Waker};

use drain_group::DrainOutcome;
use loom::future::block_on;
use loom::sync::Arc;
use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread;
use queue::{Accepted, Queue, QueueItem, SubmitError};
use switch::Switch;

struct Numbered(usize);

impl QueueItem for Numbered {
    type Info = usize;

    fn info(&self) -> usize {
        self.0
    }
}

type Jobs = Arc<Queue<Numbered>>;

/// How many times each job has run.
type RunCounts = Arc<[AtomicUsize; 3]>;

fn no_runs() -> RunCounts {
    Arc::new([
        AtomicUsize::new(0),
        AtomicUsize::new(0),
        AtomicUsize::new(0),
    ])
}

/// Runs the jobs of a worker, if `accepted` started one, until the queue is empty.
fn work(jobs: &Jobs, done: &RunCounts, accepted: Accepted<Numbered>) {
    let Accepted::NewWorker(worker, first) = accepted else {
        return;
    };
    let mut job = Some(first);
    while let Some(Numbered(number)) = job {
        done[number].fetch_add(1, Ordering::Relaxed);
        job = jobs.next(worker, true);
    }
}

/// Submits a job, and runs its worker if it starts one.
fn submit(jobs: &Jobs, done: &RunCounts, number: usize) -> Result<(), SubmitError> {
    let accepted = jobs.submit(Numbered(number), false);
    work(jobs, done, accepted.map_err(|(error, _)| error)?);
    Ok(())
}

fn wait_for_slot(jobs: &Jobs, done: &RunCounts, number: usize) -> bool {
    let accepted = block_on(jobs.wait_for_slot(Numbered(number)));
    let is_accepted = accepted.is_ok();
    if let Ok(accepted) = accepted {
        work(jobs, done, accepted);
    }
    is_accepted
}

/// Drains with a deadline that has already passed.
fn drain_at_once(jobs: &Jobs) -> std::sync::Arc<DrainOutcome<usize>> {
    let mut drain = jobs.drain();
    drain.expire();
    block_on(drain)
}

#[test]
fn each_job_runs_once_while_workers_end_concurrently() {
    loom::model(|| {
        let (jobs, done) = (Arc::new(Queue::new(3, 1)), no_runs());
        let submitters: Vec<_> = (0..2)
            .map(|number| {
                let (jobs, done) = (Arc::clone(&jobs), Arc::clone(&done));
                thread::spawn(move || submit(&jobs, &done, number).expect("there is a slot"))
            })
            .collect();
        submit(&jobs, &done, 2).expect("there is a slot");
        for submitter in submitters {
            submitter.join().unwrap();
        }
        for times in done.iter() {
            assert_eq!(times.load(Ordering::Relaxed), 1);
        }
        let stats = jobs.stats();
        assert_eq!((stats.waiting, stats.running, stats.done), (0, 0, 3));
    });
}

#[test]
fn the_capacity_is_not_exceeded_and_a_waiting_sender_gets_a_slot() {
    loom::model(|| {
        let (jobs, done) = (Arc::new(Queue::new(1, 1)), no_runs());
        let Ok(first) = jobs.submit(Numbered(0), false) else {
            panic!("there is a slot");
        };
        submit(&jobs, &done, 1).expect("there is a slot");
        let waiting = {
            let (jobs, done) = (Arc::clone(&jobs), Arc::clone(&done));
            thread::spawn(move || {
                assert!(jobs.stats().waiting <= 1);
                assert!(wait_for_slot(&jobs, &done, 2));
            })
        };
        assert!(jobs.stats().waiting <= 1);
        work(&jobs, &done, first);
        waiting.join().unwrap();
        // The worker may have ended before the last job was submitted.
        for times in done.iter() {
            assert_eq!(times.load(Ordering::Relaxed), 1);
        }
    });
}

#[test]
fn a_job_submitted_during_a_drain_is_run_or_refused() {
    loom::model(|| {
        let (jobs, done) = (Arc::new(Queue::new(2, 1)), no_runs());
        let Ok(first) = jobs.submit(Numbered(0), false) else {
            panic!("there is a slot");
        };
        let sender = {
            let (jobs, done) = (Arc::clone(&jobs), Arc::clone(&done));
            thread::spawn(move || submit(&jobs, &done, 1).is_ok())
        };
        let worker = {
            let (jobs, done) = (Arc::clone(&jobs), Arc::clone(&done));
            thread::spawn(move || work(&jobs, &done, first))
        };
        let drain = jobs.drain();
        assert!(matches!(
            jobs.submit(Numbered(2), false),
            Err((SubmitError::Closed(_), _))
        ));
        let outcome = block_on(drain);
        assert_eq!(jobs.stats().running, 0);
        let is_accepted = sender.join().unwrap();
        worker.join().unwrap();

        assert!(outcome.unstarted.is_empty() && outcome.running.is_empty());
        let times = [0, 1].map(|number| done[number].load(Ordering::Relaxed));
        assert_eq!(times, [1, usize::from(is_accepted)]);
    });
}

#[test]
fn an_expired_drain_lists_no_job_that_runs_later() {
    loom::model(|| {
        let (jobs, done) = (Arc::new(Queue::new(2, 1)), no_runs());
        let Ok(first) = jobs.submit(Numbered(0), false) else {
            panic!("there is a slot");
        };
        submit(&jobs, &done, 1).expect("there is a slot");
        let worker = {
            let (jobs, done) = (Arc::clone(&jobs), Arc::clone(&done));
            thread::spawn(move || work(&jobs, &done, first))
        };
        let outcome = drain_at_once(&jobs);
        let running = outcome.running.len();
        let unstarted = outcome.unstarted.len();
        worker.join().unwrap();
        let times = [0, 1].map(|number| done[number].load(Ordering::Relaxed));
        assert_eq!(times[0], 1);
        assert_eq!(times[1] + unstarted, 1);
        assert!(running <= 1);
    });
}

#[test]
fn a_waiting_sender_is_refused_when_the_runtime_shuts_down() {
    loom::model(|| {
        let (jobs, done) = (Arc::new(Queue::new(1, 1)), no_runs());
        let Ok(Accepted::NewWorker(worker, _)) = jobs.submit(Numbered(0), false) else {
            panic!("there is a slot");
        };
        submit(&jobs, &done, 1).expect("there is a slot");
        let waiting = {
            let (jobs, done) = (Arc::clone(&jobs), Arc::clone(&done));
            thread::spawn(move || wait_for_slot(&jobs, &done, 2))
        };
        // The runtime drops the worker while its job runs.
        jobs.cancel(worker, true);
        assert!(!waiting.join().unwrap());
        let outcome = drain_at_once(&jobs);
        assert_eq!(
            (&*outcome.running, &*outcome.unstarted),
            (&[0][..], &[1][..])
        );
    });
}

/// A dropped future leaves its slot to the next waiting sender.
#[test]
fn a_sender_that_stops_waiting_does_not_block_another_one() {
    loom::model(|| {
        let (jobs, done) = (Arc::new(Queue::new(1, 1)), no_runs());
        let Ok(first) = jobs.submit(Numbered(0), false) else {
            panic!("there is a slot");
        };
        submit(&jobs, &done, 1).expect("there is a slot");
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
fn overlapping_drains_agree_and_the_longest_deadline_wins() {
    loom::model(|| {
        let (jobs, done) = (Arc::new(Queue::new(2, 1)), no_runs());
        let Ok(first) = jobs.submit(Numbered(0), false) else {
            panic!("there is a slot");
        };
        submit(&jobs, &done, 1).expect("there is a slot");
        let long = jobs.drain();
        let short = {
            let jobs = Arc::clone(&jobs);
            thread::spawn(move || drain_at_once(&jobs))
        };
        work(&jobs, &done, first);
        let long = block_on(long);
        let counts = (long.done, long.unstarted.len(), long.running.len());
        assert_eq!(counts, (2, 0, 0));
        let short = short.join().unwrap();
        assert!(short.unstarted.is_empty() && short.running.is_empty());
    });
}

/// The deadline of a dropped drain no longer counts.
#[test]
fn a_dropped_drain_does_not_extend_the_deadline_of_another_one() {
    loom::model(|| {
        let jobs = Arc::new(Queue::new(2, 1));
        let Ok(Accepted::NewWorker(worker, _)) = jobs.submit(Numbered(0), false) else {
            panic!("there is a slot");
        };
        assert!(jobs.submit(Numbered(1), false).is_ok());
        let dropped = jobs.drain();
        let short = {
            let jobs = Arc::clone(&jobs);
            thread::spawn(move || drain_at_once(&jobs))
        };
        drop(dropped);
        let outcome = short.join().unwrap();
        assert_eq!(
            (&*outcome.running, &*outcome.unstarted),
            (&[0][..], &[1][..])
        );
        // A later drain lists the discarded job, too.
        assert!(jobs.next(worker, true).is_none());
        let outcome = block_on(jobs.drain());
        assert_eq!(
            (&*outcome.running, &*outcome.unstarted),
            (&[][..], &[1][..])
        );
    });
}

/// A cancelled job is either reclaimed for its sender or listed by the drain.
#[test]
fn a_job_cancelled_before_its_start_is_reclaimed_or_listed() {
    loom::model(|| {
        let jobs = Arc::new(Queue::new(1, 1));
        let Ok(Accepted::NewWorker(worker, _)) = jobs.submit(Numbered(0), false) else {
            panic!("there is a slot");
        };
        let runtime = {
            let jobs = Arc::clone(&jobs);
            thread::spawn(move || jobs.cancel(worker, false))
        };
        let is_refused = jobs.reclaim(worker);
        runtime.join().unwrap();
        let outcome = drain_at_once(&jobs);
        assert!(outcome.running.is_empty());
        assert_eq!(outcome.unstarted.len() + usize::from(is_refused), 1);
        assert_eq!(jobs.reclaim(worker), !is_refused);
    });
}

/// A receiver that waits for the sender would block the queue forever.
#[test]
fn a_waiting_sender_gets_a_slot_or_is_refused_as_stalled() {
    loom::model(|| {
        let (jobs, done) = (Arc::new(Queue::new(1, 1)), no_runs());
        let Ok(first) = jobs.submit(Numbered(0), false) else {
            panic!("there is a slot");
        };
        submit(&jobs, &done, 1).expect("there is a slot");
        let sender = {
            let (jobs, done) = (Arc::clone(&jobs), Arc::clone(&done));
            thread::spawn(move || {
                let mut waiting = jobs.wait_for_slot(Numbered(2));
                let accepted = block_on(poll_fn(|task| {
                    let polled = Pin::new(&mut waiting).poll(task);
                    if waiting.needs_watchdog() {
                        let mut seen = None;
                        while let Some(progress) = jobs.check_progress(seen) {
                            seen = Some(progress);
                        }
                    }
                    polled
                }));
                match accepted {
                    Ok(accepted) => {
                        work(&jobs, &done, accepted);
                        true
                    }
                    Err((error, _)) => {
                        assert_eq!(error, SubmitError::Stalled);
                        false
                    }
                }
            })
        };
        work(&jobs, &done, first);
        let is_accepted = sender.join().unwrap();
        assert_eq!(done[2].load(Ordering::Relaxed), usize::from(is_accepted));
        assert!(jobs.check_progress(None).is_none());
    });
}

/// The sender keeps waiting if another one took the slot.
#[test]
fn a_sender_that_was_woken_is_not_refused_as_stalled() {
    loom::model(|| {
        let (jobs, done) = (Arc::new(Queue::new(1, 1)), no_runs());
        let Ok(Accepted::NewWorker(worker, _)) = jobs.submit(Numbered(0), false) else {
            panic!("there is a worker");
        };
        submit(&jobs, &done, 1).expect("there is a slot");
        let mut waiting = pin!(jobs.wait_for_slot(Numbered(2)));
        let task = &mut Context::from_waker(Waker::noop());
        assert!(waiting.as_mut().poll(task).is_pending());
        let seen = jobs.check_progress(None);
        assert!(seen.is_some());

        assert!(jobs.next(worker, true).is_some());
        submit(&jobs, &done, 0).expect("there is a slot again");
        assert!(jobs.check_progress(seen).is_none());
        assert!(waiting.as_mut().poll(task).is_pending());
    });
}

#[test]
fn a_receiver_stays_disabled_while_another_one_is_switched() {
    loom::model(|| {
        let blockers: &'static AtomicUsize = Box::leak(Box::new(AtomicUsize::new(0)));
        let switch = Switch::new(blockers);
        switch.set_off(true);
        let other = Arc::new(Switch::new(blockers));
        let switching = [true, false].map(|is_off| {
            let other = Arc::clone(&other);
            thread::spawn(move || other.set_off(is_off))
        });
        assert!(switch.is_off() && switch::guards_each_call(blockers.load(Ordering::Relaxed)));
        for thread in switching {
            thread.join().unwrap();
        }
        assert!(switch::guards_each_call(blockers.load(Ordering::Relaxed)));
    });
}
