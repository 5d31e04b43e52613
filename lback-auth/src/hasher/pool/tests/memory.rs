//! One memory, without threads.

use std::time::Instant;

use super::super::memory::{LINGER, Memory};

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
    assert!(!memory.is_due(start + LINGER), "there is nothing in it");
    memory.blocks(1).unwrap();
    memory.rest(start);
    assert!(!memory.is_due(start) && memory.is_due(start + LINGER));
    // A job that fills nothing gives no respite.
    memory.rest(start + LINGER / 2);
    assert!(memory.is_due(start + LINGER));
    memory.blocks(1).unwrap();
    memory.rest(start + LINGER);
    assert!(!memory.is_due(start + LINGER));
    memory.wipe();
    assert!(!memory.is_due(start + 9 * LINGER));
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
