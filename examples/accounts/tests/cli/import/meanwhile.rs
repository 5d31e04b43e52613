//! Commands that run during an import.

use super::running::{Running, break_rows};
use super::{large_file, login, people};
use crate::world::{World, on_each_database};

on_each_database!(
    another_process_signs_in_between_two_batches,
    another_process_that_waits_has_its_turn,
);

/// With the password of the first person of the original.
const IMPORTED: &str = "user14";

/// How many rows are skipped up to the one behind [`IMPORTED`], if that is broken: two of the original.
const SKIPPED: usize = 3;

/// The import says more than a pipe holds, so that it cannot come to its end before that is read.
fn another_process_signs_in_between_two_batches(world: &World) {
    let file = large_file(world.folder(), 5_000);
    let broken = break_rows(&file, "id > 13 AND id % 2 = 1");
    let mut import = Running::start(world, &file);
    import.wait_for_skipped(SKIPPED);
    assert_eq!(login(world, IMPORTED, &people()[0].password), Some(0));
    let register = ["register", "newcomer", "newcomer@example.org"];
    let registered = world.run(&register, &["a password that will do"]);
    assert!(registered.status.success(), "{registered:?}");
    assert!(!import.has_ended());
    let imported = 5_010 - broken;
    let expected = format!(
        "imported {imported}, already there 0, skipped {}, ",
        broken + 2
    );
    let said = import.end();
    assert!(said.starts_with(&expected), "{said}");
}

/// The import goes on all the time.
fn another_process_that_waits_has_its_turn(world: &World) {
    let file = large_file(world.folder(), 30_000);
    break_rows(&file, "id = 15");
    let mut import = Running::start(world, &file);
    import.wait_for_skipped(SKIPPED);
    for _ in 0..2 {
        assert_eq!(login(world, IMPORTED, &people()[0].password), Some(0));
    }
    assert!(!import.has_ended());
    import.kill(world);
}
