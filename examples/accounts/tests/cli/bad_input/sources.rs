//! Files that are no database of the Python original.

use std::fs;

use rusqlite::Connection;

use super::{content, is_refused, register};
use crate::world::World;

fn import(world: &World, file: &str) -> std::process::Output {
    world.run(&["import", "lback", file], &[])
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let world = World::sqlite();
    let words = ["there is no file nowhere.sqlite3", "the Python original"];
    is_refused(&import(&world, "nowhere.sqlite3"), &words);
    is_refused(
        &import(&world, "."),
        &[". is no file", "the Python original"],
    );
    assert!(content(world.folder()).is_empty());
}

#[test]
fn a_file_of_something_else_is_named() {
    let world = World::sqlite();
    fs::write(world.folder().join("notes.txt"), "nothing but notes\n").unwrap();
    let words = ["notes.txt is no database of SQLite", "the Python original"];
    is_refused(&import(&world, "notes.txt"), &words);
    assert_eq!(content(world.folder()).len(), 1);
}

#[test]
fn a_database_of_something_else_is_named() {
    let world = World::sqlite();
    let shop = Connection::open(world.folder().join("shop.db")).unwrap();
    shop.execute_batch("CREATE TABLE orders (id)").unwrap();
    let words = ["shop.db is no database of lback: it has no table users"];
    is_refused(&import(&world, "shop.db"), &words);
    shop.execute_batch("CREATE TABLE users (id, username)")
        .unwrap();
    let words = ["its table users has no ordinary column email, password"];
    is_refused(&import(&world, "shop.db"), &words);
    assert_eq!(content(world.folder()).len(), 1);
}

#[test]
fn the_accounts_themselves_are_no_source() {
    let world = World::sqlite();
    assert!(register(&world, "ada").status.success());
    let words = ["accounts.db is no database of lback: it has no table users"];
    is_refused(&import(&world, "accounts.db"), &words);
}
