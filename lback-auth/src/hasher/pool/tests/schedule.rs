//! The schedule, without threads.

use std::time::Instant;

use proptest::prelude::*;

use super::super::memory;
use super::super::schedule::{self, Schedule, Ticket};

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
fn what_is_in_the_way_of_a_large_job_is_freed_with_it() {
    let mut schedule = Schedule::new(2, 0);
    schedule.submit("one", 1, None).unwrap();
    schedule.submit("two", 1, None).unwrap();
    let mut seats = [schedule.take().unwrap().seat, schedule.take().unwrap().seat];
    for seat in &mut seats {
        seat.memory.blocks(1).unwrap();
        schedule.ends(seat);
    }
    for seat in seats {
        schedule.release(seat);
    }
    assert_eq!(schedule.memories(), 2);

    schedule.submit("both", 2, None).unwrap();
    assert_eq!(schedule.memories(), 0);
    let mut seat = schedule.take().unwrap().seat;
    assert_eq!(seat.in_the_way(), 1);
    seat.make_room();
    assert_eq!(seat.in_the_way(), 0);
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
