//! Wiping of a memory, without threads.

use std::time::Instant;

use super::super::memory::{Memory, WIPE_DELAY};

#[test]
fn unused_blocks_have_no_content() {
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
    // A hash that needs fewer blocks wipes the others.
    fill(&mut memory, 2);
    assert!(is_clean(&memory, 2) && !is_clean(&memory, 1));
    // More blocks are a new allocation.
    fill(&mut memory, 4);
    memory.blocks(5).unwrap();
    assert!(is_clean(&memory, 0));
    fill(&mut memory, 5);
    memory.wipe();
    assert!(is_clean(&memory, 0));
}

#[test]
fn a_memory_is_due_after_the_wipe_delay() {
    let start = Instant::now();
    let mut memory = Memory::default();
    memory.start_wipe_delay(start);
    assert!(!memory.is_due(start + WIPE_DELAY), "it has no content");
    memory.blocks(1).unwrap();
    memory.start_wipe_delay(start);
    assert!(!memory.is_due(start) && memory.is_due(start + WIPE_DELAY));
    // A job that fills no block does not prolong the delay.
    memory.start_wipe_delay(start + WIPE_DELAY / 2);
    assert!(memory.is_due(start + WIPE_DELAY));
    memory.blocks(1).unwrap();
    memory.start_wipe_delay(start + WIPE_DELAY);
    assert!(!memory.is_due(start + WIPE_DELAY));
    memory.wipe();
    assert!(!memory.is_due(start + 9 * WIPE_DELAY));
}

#[test]
fn yielding_wipes_and_frees_unless_the_job_is_small() {
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
