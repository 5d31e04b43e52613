//! Everybody of the original signs in as its file says.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::Connection as Sqlite;
use serde::Deserialize;
use sqlx::Connection;
use sqlx::postgres::PgConnection;

use super::{import, login, original, people};
use crate::schema::runtime;
use crate::world::{World, on_each_database};

on_each_database!(everybody_signs_in_as_the_file_says_and_twice);

fn everybody_signs_in_as_the_file_says_and_twice(world: &World) {
    let (said, skipped) = import(world, &original(), &[]);
    assert_eq!(said, "imported 10, already there 0, skipped 2, tokens 0\n");
    // The two that cannot be used, one by one.
    let reason = "the stored password hash is unreadable: restore it, or have the user set a new \
        password";
    let row = |row, name| format!("warning: skipped: row {row}, \"{name}\": {reason}\n");
    let skipped_rows = row(9, "corrupt") + &row(10, "truncated");
    let unverified = people()
        .iter()
        .filter(|person| person.active && !person.verified && !person.corrupt_hash)
        .count();
    let warning = format!(
        "warning: {unverified} of these accounts have no verified address: a registration with the same \
         name or address replaces such an account\n"
    );
    assert_eq!(skipped, skipped_rows + &warning);
    is_as_the_file_says(world);
    everybody_signs_in(world);

    let before = all(world);
    let (said, skipped_again) = import(world, &original(), &[]);
    assert_eq!(said, "imported 0, already there 10, skipped 2, tokens 0\n");
    assert_eq!(skipped_again, skipped);
    assert!(
        all(world) == before,
        "the second import has changed something"
    );
    everybody_signs_in(world);
}

/// Each with the password of the original, by name and by address.
fn everybody_signs_in(world: &World) {
    for person in people() {
        let is_let_in = person.verified && person.active && !person.corrupt_hash;
        let expected = Some(i32::from(!is_let_in));
        let name = &person.username;
        assert_eq!(login(world, name, &person.password), expected, "{name}");
        assert_eq!(
            login(world, &person.email, &person.password),
            expected,
            "{name}"
        );
        assert_eq!(login(world, name, "not the right one"), Some(1), "{name}");
    }
    let hashes = hashes(world);
    for person in people().iter().filter(|person| !person.corrupt_hash) {
        // A hash is upgraded only when access is granted.
        let scheme = if person.active && person.verified {
            "$argon2id$"
        } else {
            "$2b$06$"
        };
        assert!(
            hashes[&person.username].starts_with(scheme),
            "{}",
            person.username
        );
    }
}

/// A line of `list --json`.
#[derive(Deserialize)]
struct Listed {
    username: String,
    email: String,
    verified: bool,
    active: bool,
    password: bool,
}

fn is_as_the_file_says(world: &World) {
    let listed = printed(world, &["list", "--json"]);
    let listed: Vec<Listed> = listed
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let people = people();
    let usable: Vec<_> = people
        .iter()
        .filter(|person| !person.corrupt_hash)
        .collect();
    assert_eq!(listed.len(), usable.len());
    for (listed, person) in listed.iter().zip(usable) {
        assert_eq!(listed.username, person.username);
        assert_eq!(listed.email, person.email);
        assert_eq!(listed.verified, person.verified, "{}", person.username);
        assert_eq!(listed.active, person.active, "{}", person.username);
        assert!(listed.password, "{}", person.username);
    }
    for (username, hash) in hashes(world) {
        assert!(hash.starts_with("$2b$06$"), "{username}");
    }
}

/// All that an import could change.
fn all(world: &World) -> (String, String, BTreeMap<String, String>) {
    let list = printed(world, &["list", "--json"]);
    (list, printed(world, &["audit", "--json"]), hashes(world))
}

fn printed(world: &World, arguments: &[&str]) -> String {
    let output = world.run(arguments, &[]);
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

/// The hash of each account, by its name.
fn hashes(world: &World) -> BTreeMap<String, String> {
    const HASHES: &str = "SELECT username, password FROM lback_account";
    match world.database.strip_prefix("sqlite:") {
        Some(file) => {
            let database = Sqlite::open(Path::new(file)).unwrap();
            let mut statement = database.prepare(HASHES).unwrap();
            let rows = statement.query_map((), |row| Ok((row.get(0)?, row.get(1)?)));
            rows.unwrap().map(Result::unwrap).collect()
        }
        None => runtime().block_on(async {
            let mut database = PgConnection::connect(&world.database).await.unwrap();
            let rows: Vec<(String, String)> = sqlx::query_as(HASHES)
                .fetch_all(&mut database)
                .await
                .unwrap();
            rows.into_iter().collect()
        }),
    }
}
