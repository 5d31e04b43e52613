use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};

use proptest::prelude::*;

use super::*;

/// As much as a place has.
const ONE: u32 = 1;

/// As few as there can be, and no end of time.
fn limits() -> Limits {
    Limits {
        places: NonZero::<usize>::MIN,
        memory: 1,
        queue: 8,
        deadline: Duration::MAX,
        idle: Duration::MAX,
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
        places: NonZero::new(3).unwrap(),
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
        queue: 1,
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
        queue: 0,
        ..limits()
    });
    assert_eq!(pool.run(ONE, |_| 1), Ok(1));
}

#[test]
fn who_waits_too_long_is_refused_and_who_has_begun_is_answered() {
    let pool = Pool::new(Limits {
        deadline: Duration::from_millis(1),
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
        idle: Duration::from_millis(1),
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
fn a_place_that_is_about_to_be_free_is_as_good_as_one() {
    let mut schedule = Schedule::new(1, 0);
    schedule.submit("one", 1, None).unwrap();
    let start = Instant::now();
    let mut seat = schedule.take().unwrap().seat;
    seat.memory.blocks(1).unwrap();
    seat.memory.rest(start);
    assert!(schedule.submit("refused", 1, None).is_err());
    // Its answer is out.
    schedule.ends(&seat);
    schedule.submit("two", 1, None).unwrap();
    assert!(schedule.submit("refused", 1, None).is_err());
    schedule.release(seat);
    assert_eq!(schedule.take().unwrap().job, "two");

    let mut schedule = Schedule::new(1, 0);
    schedule.submit("one", 1, None).unwrap();
    let mut seat = schedule.take().unwrap().seat;
    seat.memory.blocks(1).unwrap();
    seat.memory.rest(start);
    schedule.ends(&seat);
    schedule.release(seat);
    // It is wiped.
    let seat = schedule.take_to_wipe(start + memory::LINGER).unwrap();
    schedule.submit("two", 1, None).unwrap();
    schedule.release(seat);
    assert_eq!(schedule.take().unwrap().job, "two");
}

#[test]
fn who_got_an_answer_finds_the_place_free() {
    let pool = Pool::new(Limits {
        queue: 0,
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

#[test]
fn a_job_that_brings_its_memory_finds_none_beside() {
    let mut memory = Memory::default();
    memory.blocks(4).unwrap()[3].as_mut().fill(7);
    memory.yield_to(5);
    assert!(
        memory
            .all()
            .iter()
            .flat_map(AsRef::as_ref)
            .all(|word| *word == 0)
    );
    assert_eq!(memory.all().len(), 4);
    memory.yield_to(16 * 1024);
    assert!(memory.all().is_empty());
}

#[test]
fn a_memory_shows_nothing_of_what_it_was_used_for() {
    let fill = |memory: &mut Memory, count: usize| {
        for block in memory.blocks(count).unwrap() {
            block.as_mut().fill(7);
        }
    };
    let is_clean = |memory: &Memory, from: usize| {
        let mut words = memory.all()[from..].iter().flat_map(AsRef::as_ref);
        words.all(|word| *word == 0)
    };
    let mut memory = Memory::default();
    fill(&mut memory, 4);
    // Whoever overwrites less finds the rest gone.
    fill(&mut memory, 2);
    assert!(is_clean(&memory, 2) && !is_clean(&memory, 1));
    // A larger one is a new one.
    fill(&mut memory, 4);
    memory.blocks(5).unwrap();
    assert!(is_clean(&memory, 0));
    fill(&mut memory, 5);
    memory.wipe();
    assert!(is_clean(&memory, 0));
}

#[test]
fn a_memory_is_due_a_while_after_it_was_filled() {
    let start = Instant::now();
    let mut memory = Memory::default();
    memory.rest(start);
    assert!(
        !memory.is_due(start + memory::LINGER),
        "there is nothing in it"
    );
    memory.blocks(1).unwrap();
    memory.rest(start);
    assert!(!memory.is_due(start) && memory.is_due(start + memory::LINGER));
    // A job that fills nothing gives no respite.
    memory.rest(start + memory::LINGER / 2);
    assert!(memory.is_due(start + memory::LINGER));
    memory.blocks(1).unwrap();
    memory.rest(start + memory::LINGER);
    assert!(!memory.is_due(start + memory::LINGER));
    memory.wipe();
    assert!(!memory.is_due(start + 9 * memory::LINGER));
}

#[cfg(feature = "tokio")]
mod asynchronous {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    /// A pool whose one place is taken until the gate is opened.
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
        assert_eq!(pool.shared.lock().schedule.free(), 0, "it keeps its place");
        drop(open);
        has_ended.recv().unwrap();
    }

    /// Does something of its own when it wakes.
    struct Wakes<F>(F);

    impl<F: Fn() + Send + Sync> std::task::Wake for Wakes<F> {
        fn wake(self: Arc<Self>) {
            (self.0)();
        }
    }

    fn waker(wakes: impl Fn() + Send + Sync + 'static) -> Waker {
        Waker::from(Arc::new(Wakes(wakes)))
    }

    #[test]
    fn a_waker_may_use_the_pool() {
        let limits = Limits {
            deadline: Duration::from_nanos(1),
            ..limits()
        };
        let (pool, open) = occupied(limits);
        let (woken, is_woken) = channel();
        let of_waker = Arc::clone(&pool);
        let waker = waker(move || woken.send(of_waker.waiting()).unwrap());
        let mut waiting = pin!(pool.run_async(ONE, |_| 1));
        let mut context = Context::from_waker(&waker);
        assert_eq!(waiting.as_mut().poll(&mut context), Poll::Pending);
        // Its deadline has passed, which the next caller finds out.
        assert_eq!(pool.run(ONE, |_| 2), Err(Busy));
        assert_eq!(is_woken.recv(), Ok(1), "that one");
        assert_eq!(waiting.as_mut().poll(&mut context), Poll::Ready(Err(Busy)));
        drop(open);
    }

    #[test]
    fn a_waker_that_panics_costs_no_place() {
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
    fn a_deadline_that_has_passed_is_found_out_when_a_hash_ends() {
        let limits = Limits {
            deadline: Duration::from_nanos(1),
            ..limits()
        };
        let (pool, open) = occupied(limits);
        let mut waiting = pin!(pool.run_async(ONE, |_| 1));
        let mut context = Context::from_waker(Waker::noop());
        assert_eq!(waiting.as_mut().poll(&mut context), Poll::Pending);
        drop(open);
        assert_eq!(pollster::block_on(waiting), Err(Busy));
    }
}

/// What a caller or a worker does.
#[derive(Clone, Copy, Debug)]
enum Step {
    Submit { places: usize },
    Withdraw(usize),
    Take,
    End(usize),
    Wipe,
    Expire,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (1..4_usize).prop_map(|places| Step::Submit { places }),
        1 => any::<usize>().prop_map(Step::Withdraw),
        3 => Just(Step::Take),
        3 => any::<usize>().prop_map(Step::End),
        1 => Just(Step::Wipe),
        1 => Just(Step::Expire),
    ];
    proptest::collection::vec(step, 0..60)
}

proptest! {
    /// Each job is begun once and in order, or withdrawn; no more places are taken than there are,
    /// and no more memory is kept than places are free.
    #[test]
    fn the_schedule_keeps_its_promises(steps in steps(), queue in 0..4_usize) {
        const PLACES: usize = 3;
        let start = Instant::now();
        let mut schedule = Schedule::new(PLACES, queue);
        let mut waiting: Vec<(Ticket, u32)> = Vec::new();
        let mut begun = Vec::new();
        let mut running: Vec<(usize, schedule::Seat)> = Vec::new();
        let mut places_of = Vec::new();
        let mut job = 0;
        for step in steps {
            match step {
                Step::Submit { places } => {
                    places_of.push(places);
                    match schedule.submit(job, places, Some(Instant::now())) {
                        Ok(ticket) => waiting.push((ticket, job)),
                        Err(schedule::Full) => prop_assert!(schedule.waiting() >= queue),
                    }
                    job += 1;
                }
                Step::Withdraw(which) if !waiting.is_empty() => {
                    let at = which % waiting.len();
                    if let Some(withdrawn) = schedule.withdraw(waiting[at].0) {
                        prop_assert_eq!(withdrawn, waiting.remove(at).1);
                    }
                }
                Step::Expire => {
                    let expired = schedule.expire(Instant::now());
                    prop_assert!(expired.is_sorted());
                    prop_assert_eq!(schedule.waiting(), 0);
                    // What has a place stays.
                    let left = schedule.ready();
                    waiting.truncate(left);
                }
                Step::Take => {
                    if let Some(ready) = schedule.take() {
                        begun.push(ready.job);
                        waiting.retain(|(_, job)| *job != ready.job);
                        let mut seat = ready.seat;
                        seat.memory.blocks(1).unwrap();
                        running.push((places_of[ready.job as usize], seat));
                    }
                }
                Step::End(which) if !running.is_empty() => {
                    let at = which % running.len();
                    let (_, mut seat) = running.remove(at);
                    seat.memory.rest(start);
                    schedule.ends(&seat);
                    schedule.release(seat);
                }
                Step::Wipe => {
                    let free = schedule.free();
                    if let Some(mut seat) = schedule.take_to_wipe(start + memory::LINGER) {
                        prop_assert_eq!(schedule.free(), free - 1, "it has a place");
                        seat.memory.wipe();
                        schedule.release(seat);
                    }
                }
                Step::Withdraw(_) | Step::End(_) => {}
            }
            let taken: usize = running.iter().map(|(places, _)| places).sum();
            prop_assert!(taken + schedule.free() <= PLACES);
            prop_assert!(schedule.memories() <= schedule.free());
            prop_assert_eq!(schedule.waiting() + schedule.ready(), waiting.len());
            // Nobody waits while there is room for the first.
            prop_assert!(schedule.waiting() == 0 || schedule.ready() > 0 || !running.is_empty());
            prop_assert!(begun.is_sorted());
        }
    }
}
