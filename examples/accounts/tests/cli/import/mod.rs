//! Moving in from the database of the Python original.

mod many;
mod original;
mod tokens;

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::world::World;

/// The database that the Python original has written.
fn original() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/lback.sqlite3")
}

/// What is in it.
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

/// What an import prints, and what it says is left behind.
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
