//! Moving in from the database of the Python original.

mod broken_off;
mod many;
mod meanwhile;
mod original;
mod running;
mod tokens;

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use serde::Deserialize;

use crate::world::World;

/// The database that the Python original has written.
fn original() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/lback.sqlite3")
}

/// The content of the file.
#[derive(Deserialize)]
struct Person {
    username: String,
    email: String,
    password: String,
    verified: bool,
    active: bool,
    token: Option<String>,
    corrupt_hash: bool,
}

fn people() -> Vec<Person> {
    let people: Vec<Person> = serde_json::from_str(include_str!("../../data/lback.json")).unwrap();
    assert_eq!(people.len(), 12);
    people
}

/// A copy of the original with so many more, whose passwords are those of the first two.
fn large_file(folder: &Path, rows: u32) -> PathBuf {
    let file = folder.join("large.sqlite3");
    fs::copy(original(), &file).unwrap();
    let database = Connection::open(&file).unwrap();
    let insert = include_str!("../../data/many-users.sql");
    assert_eq!(database.execute(insert, [rows]).unwrap(), rows as usize);
    file
}

/// The output of an import, and its warnings about rows that it skips.
fn import(world: &World, file: &Path, options: &[&str]) -> (String, String) {
    let mut arguments = vec!["import", "lback", file.to_str().unwrap()];
    arguments.extend(options);
    let output = world.run(&arguments, &[]);
    assert_eq!(output.status.code(), Some(0));
    let stdout = String::from_utf8(output.stdout).unwrap();
    (stdout, String::from_utf8(output.stderr).unwrap())
}

/// The exit code of a sign-in.
fn login(world: &World, login: &str, password: &str) -> Option<i32> {
    world.run(&["login", login], &[password]).status.code()
}
