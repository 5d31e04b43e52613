//! Databases that another program writes to.

use std::fs;
use std::path::Path;

use rusqlite::Connection;

use super::{is_refused, printed, register};
use crate::world::World;

#[test]
fn a_locked_database_is_waited_for_and_then_left_as_it_is() {
    let world = World::sqlite();
    assert!(register(&world, "ada").status.success());
    let (list, audit) = (printed(&world, &["list"]), printed(&world, &["audit"]));
    let other = lock(&world.folder().join("accounts.db"), "BEGIN IMMEDIATE");
    let words = ["locked", "another program is writing to the file"];
    is_refused(&register(&world, "grace"), &words);
    // A command that only reads does not wait.
    assert_eq!(printed(&world, &["list"]), list);

    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(printed(&world, &["audit"]), audit);
    assert!(register(&world, "grace").status.success());
}

#[test]
fn a_locked_source_is_waited_for_and_nothing_is_imported() {
    let world = World::sqlite();
    let source = world.folder().join("original.sqlite3");
    let original = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/lback.sqlite3");
    fs::copy(original, &source).unwrap();
    let other = lock(&source, "BEGIN EXCLUSIVE");
    let import = || world.run(&["import", "lback", "original.sqlite3"], &[]);
    let words = ["another program has locked original.sqlite3", "try again"];
    is_refused(&import(), &words);
    assert!(!world.folder().join("accounts.db").exists());

    other.execute_batch("ROLLBACK").unwrap();
    assert!(import().status.success());
}

fn lock(file: &Path, begin: &str) -> Connection {
    let other = Connection::open(file).unwrap();
    other.execute_batch(begin).unwrap();
    other
}
