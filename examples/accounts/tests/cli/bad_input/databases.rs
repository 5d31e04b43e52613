//! Databases that are none of this program.

use std::collections::BTreeSet;
use std::fs;

use rusqlite::Connection;

use super::{PASSWORD, content, is_refused, register};
use crate::calls::{fed, in_shell};
use crate::world::World;

/// One of each kind of command, of those that open the database.
const COMMANDS: [&[&str]; 4] = [
    &["list"],
    &["audit"],
    &["register", "ada", "ada@example.org"],
    &["import", "lback", "original.sqlite3"],
];

/// A folder with the database of the Python original beside others.
fn world() -> World {
    let world = World::sqlite();
    let original = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/lback.sqlite3");
    fs::copy(original, world.folder().join("original.sqlite3")).unwrap();
    world
}

/// Looks whether each command refuses the database, and leaves all that is there as it is.
fn each_command_refuses(mut world: World, database: &str, words: &[&str]) {
    database.clone_into(&mut world.database);
    let before = content(world.folder());
    for command in COMMANDS {
        is_refused(&world.run(command, &[PASSWORD]), words);
    }
    let after = content(world.folder());
    let is_changed = |name: &&String| before.get(*name) != after.get(*name);
    let changed: BTreeSet<_> = before
        .keys()
        .chain(after.keys())
        .filter(is_changed)
        .collect();
    assert!(changed.is_empty(), "these files have changed: {changed:?}");
    assert!(!world.folder().join("mails").exists());
}

#[test]
fn a_file_of_something_else_is_refused() {
    let world = world();
    fs::write(world.folder().join("notes.txt"), "nothing but notes\n").unwrap();
    let words = ["sqlite:notes.txt", "not a database", "name another"];
    each_command_refuses(world, "sqlite:notes.txt", &words);
}

#[test]
fn the_database_of_the_original_is_refused_and_the_import_named() {
    let words = [
        "it is a database of the Python original",
        "import lback original.sqlite3",
    ];
    each_command_refuses(world(), "sqlite:original.sqlite3", &words);
}

#[test]
fn the_database_of_another_program_is_refused() {
    for (made, named) in [
        (
            "CREATE TABLE orders (id); CREATE TABLE customers (id)",
            "which has customers, orders",
        ),
        ("CREATE VIEW today AS SELECT date()", "which has today"),
        // By the name of one of ours.
        ("CREATE TABLE lback_account (id)", "which has lback_account"),
    ] {
        let world = world();
        let shop = Connection::open(world.folder().join("shop.db")).unwrap();
        shop.execute_batch(made).unwrap();
        shop.close().unwrap();
        let words = ["of something else", named, "name another file"];
        each_command_refuses(world, "sqlite:shop.db", &words);
    }
}

#[test]
fn a_working_directory_that_was_deleted_is_said_to_be_gone() {
    let mut world = world();
    "sqlite:accounts.db".clone_into(&mut world.database);
    let script = "mkdir gone && cd gone && rmdir ../gone && exec \"$@\"";
    let call = world.call(&["register", "ada", "ada@example.org"]);
    let output = fed(in_shell(script, &call), b"");
    is_refused(&output, &["the working directory is not there"]);
}

#[test]
fn a_database_of_a_later_version_is_refused() {
    let world = world();
    assert!(register(&world, "grace").status.success());
    let file = world.folder().join("accounts.db");
    let database = Connection::open(&file).unwrap();
    database
        .execute("UPDATE lback_schema SET version = 99", ())
        .unwrap();
    database.close().unwrap();
    fs::remove_dir_all(world.folder().join("mails")).unwrap();
    let words = ["have version 99", "a later version of this program"];
    each_command_refuses(world, "sqlite:accounts.db", &words);
}

#[test]
fn a_damaged_database_is_refused() {
    let world = world();
    assert!(register(&world, "grace").status.success());
    let file = world.folder().join("accounts.db");
    let mut bytes = fs::read(&file).unwrap();
    // All but the first page, which has the header and the names of the tables.
    bytes[4096..].fill(0x55);
    fs::write(&file, bytes).unwrap();
    for command in COMMANDS {
        is_refused(
            &world.run(command, &[PASSWORD]),
            &["malformed", "a backup of it"],
        );
    }
}

#[test]
fn a_database_that_no_file_can_be_is_refused() {
    for (database, words) in [
        (
            "sqlite:nowhere/accounts.db",
            &["there is no folder nowhere", "create it"][..],
        ),
        ("sqlite:.", &["it is a folder", "name a file in it"]),
        ("sqlite:", &["nothing would be kept", "sqlite:FILE"]),
        ("sqlite::memory:", &["nothing would be kept", "sqlite:FILE"]),
        (
            "sqlite:accounts.db?mode=ro",
            &["settings behind a `?`", "sqlite:FILE"],
        ),
        (
            "accounts.db",
            &["none that this program knows", "sqlite:FILE"],
        ),
        (
            "mysql://ada:hunter2@localhost/shop",
            &["none that this program knows"],
        ),
        (
            "postgres://ada:54/hunter2@localhost/shop",
            &["there is an `@`", "write `@` as `%40`"],
        ),
        (
            "postgres://ada:hunter2@localhost:many/shop",
            &["the URL", "postgres://USER@HOST:PORT/NAME"],
        ),
    ] {
        each_command_refuses(world(), database, words);
    }
}
