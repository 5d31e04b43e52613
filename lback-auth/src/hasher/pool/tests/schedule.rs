//! The schedule, without threads.

use std::time::Instant;

use proptest::prelude::*;

use super::super::memory;
use super::super::schedule::{self, Schedule, Ticket};

#[test]
fn a_slot_about_to_become_free_counts_as_free() {
    let mut schedule = Schedule::new(1, 0);
    schedule.submit("one", 1, None).unwrap();
    let start = Instant::now();
    let mut allocation = schedule.take().unwrap().allocation;
    allocation.memory.blocks(1).unwrap();
    allocation.memory.start_wipe_delay(start);
    assert!(schedule.submit("refused", 1, None).is_err());
    // Its answer is being sent.
    schedule.mark_ending(&allocation);
    schedule.submit("two", 1, None).unwrap();
    assert!(schedule.submit("refused", 1, None).is_err());
    schedule.release(allocation);
    assert_eq!(schedule.take().unwrap().job, "two");

    let mut schedule = Schedule::new(1, 0);
    schedule.submit("one", 1, None).unwrap();
    let mut allocation = schedule.take().unwrap().allocation;
    allocation.memory.blocks(1).unwrap();
    allocation.memory.start_wipe_delay(start);
    schedule.mark_ending(&allocation);
    schedule.release(allocation);
    // Its memory is being wiped.
    let allocation = schedule.take_to_wipe(start + memory::WIPE_DELAY).unwrap();
    schedule.submit("two", 1, None).unwrap();
    schedule.release(allocation);
    assert_eq!(schedule.take().unwrap().job, "two");
}

#[test]
fn a_withdrawn_job_blocks_none_behind_it() {
    let mut schedule = Schedule::new(2, 2);
    schedule.submit("running", 1, None).unwrap();
    let large = schedule.submit("large", 2, None).unwrap();
    schedule.submit("small", 1, None).unwrap();
    assert_eq!(schedule.ready(), 1);
    assert_eq!(schedule.withdraw(large), Some("large"));
    assert_eq!(schedule.ready(), 2);
}

#[test]
fn a_large_job_frees_the_surplus_memory_of_its_slots() {
    let mut schedule = Schedule::new(2, 0);
    schedule.submit("one", 1, None).unwrap();
    schedule.submit("two", 1, None).unwrap();
    let mut allocations = [
        schedule.take().unwrap().allocation,
        schedule.take().unwrap().allocation,
    ];
    for allocation in &mut allocations {
        allocation.memory.blocks(1).unwrap();
        schedule.mark_ending(allocation);
    }
    for allocation in allocations {
        schedule.release(allocation);
    }
    assert_eq!(schedule.memories(), 2);

    schedule.submit("both", 2, None).unwrap();
    assert_eq!(schedule.memories(), 0);
    let mut allocation = schedule.take().unwrap().allocation;
    assert_eq!(allocation.surplus(), 1);
    allocation.free_surplus();
    assert_eq!(allocation.surplus(), 0);
}

/// A step of a caller or a worker.
#[derive(Clone, Copy, Debug)]
enum Step {
    Submit { slots: usize },
    Withdraw(usize),
    Take,
    End(usize),
    Wipe,
    Expire,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (1..4_usize).prop_map(|slots| Step::Submit { slots }),
        1 => any::<usize>().prop_map(Step::Withdraw),
        3 => Just(Step::Take),
        3 => any::<usize>().prop_map(Step::End),
        1 => Just(Step::Wipe),
        1 => Just(Step::Expire),
    ];
    proptest::collection::vec(step, 0..60)
}

proptest! {
    /// Each job begins once and in order, or is withdrawn. Taken slots never exceed all slots, and kept
    /// memories never exceed free slots.
    #[test]
    fn any_steps_keep_the_invariants(steps in steps(), queue in 0..4_usize) {
        const SLOTS: usize = 3;
        let start = Instant::now();
        let mut schedule = Schedule::new(SLOTS, queue);
        let mut waiting: Vec<(Ticket, u32)> = Vec::new();
        let mut begun = Vec::new();
        let mut running: Vec<(usize, schedule::Allocation)> = Vec::new();
        let mut slots_of = Vec::new();
        let mut job = 0;
        for step in steps {
            match step {
                Step::Submit { slots } => {
                    slots_of.push(slots);
                    match schedule.submit(job, slots, Some(Instant::now())) {
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
                    // Jobs with slots stay.
                    let left = schedule.ready();
                    waiting.truncate(left);
                }
                Step::Take => {
                    if let Some(ready) = schedule.take() {
                        begun.push(ready.job);
                        waiting.retain(|(_, job)| *job != ready.job);
                        let mut allocation = ready.allocation;
                        allocation.memory.blocks(1).unwrap();
                        running.push((slots_of[ready.job as usize], allocation));
                    }
                }
                Step::End(which) if !running.is_empty() => {
                    let at = which % running.len();
                    let (_, mut allocation) = running.remove(at);
                    allocation.memory.start_wipe_delay(start);
                    schedule.mark_ending(&allocation);
                    schedule.release(allocation);
                }
                Step::Wipe => {
                    let free = schedule.free();
                    if let Some(mut allocation) = schedule.take_to_wipe(start + memory::WIPE_DELAY) {
                        prop_assert_eq!(schedule.free(), free - 1, "it has a slot");
                        allocation.memory.wipe();
                        schedule.release(allocation);
                    }
                }
                Step::Withdraw(_) | Step::End(_) => {}
            }
            let taken: usize = running.iter().map(|(slots, _)| slots).sum();
            prop_assert!(taken + schedule.free() <= SLOTS);
            prop_assert!(schedule.memories() <= schedule.free());
            prop_assert_eq!(schedule.waiting() + schedule.ready(), waiting.len());
            // No job waits while the first one fits.
            prop_assert!(schedule.waiting() == 0 || schedule.ready() > 0 || !running.is_empty());
            prop_assert!(begun.is_sorted());
        }
    }
}
