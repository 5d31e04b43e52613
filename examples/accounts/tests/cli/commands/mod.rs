//! Every command, as people and scripts use it, on both databases.

mod addresses;
mod audit;
mod colours;
mod follow;
mod listing;
mod mailing;
mod passwords;
mod prompts;
mod registering;
mod sessions;
mod sign_ins;
mod terminal;
mod upkeep;
mod words;

use std::path::Path;

use rusqlite::Connection as Sqlite;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection};

use crate::mails::{Mail, mails};
use crate::schema::runtime;
use crate::world::World;

const PASSWORD: &str = "a password that will do";
const NEW_PASSWORD: &str = "another that will do as well";
const WRONG_PASSWORD: &str = "not the right one, surely";

/// The output of a call that succeeds and writes nothing to standard error.
fn said(world: &World, arguments: &[&str], lines: &[&str]) -> String {
    let output = world.run(arguments, lines);
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{error}");
    assert_eq!(error, "");
    String::from_utf8(output.stdout).unwrap()
}

/// The error of a call that fails and prints nothing.
fn failed(world: &World, arguments: &[&str], lines: &[&str]) -> String {
    let output = world.run(arguments, lines);
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert!(output.stdout.is_empty(), "{error}");
    assert!(error.starts_with("error: "), "{error}");
    error
}

/// The exit code of a sign-in, and what is printed.
fn login(world: &World, login: &str, password: &str) -> (Option<i32>, String) {
    let output = world.run(&["login", login], &[password]);
    assert!(output.stderr.is_empty());
    let printed = String::from_utf8(output.stdout).unwrap();
    (output.status.code(), printed)
}

fn is_let_in(world: &World, name: &str, password: &str) -> bool {
    login(world, name, password).0 == Some(0)
}

/// Registers an account at `example.org`.
fn register(world: &World, name: &str) {
    let email = format!("{name}@example.org");
    said(world, &["register", name, &email], &[PASSWORD]);
}

/// The same, and verifies its address.
fn register_verified(world: &World, name: &str) {
    register(world, name);
    said(world, &["verify", "--", &last_token(world)], &[]);
}

/// All mails, from the first to the last.
fn sent(world: &World) -> Vec<Mail> {
    mails(&world.folder().join("mails"))
}

/// The token in the last mail.
fn last_token(world: &World) -> String {
    let last = sent(world).pop().unwrap();
    let (_, token) = last.token().unwrap();
    token.to_owned()
}

/// Does to the database what no command does.
fn execute(world: &World, statement: &str) {
    match world.database.strip_prefix("sqlite:") {
        Some(file) => {
            let database = Sqlite::open(Path::new(file)).unwrap();
            database.execute_batch(statement).unwrap();
        }
        None => runtime().block_on(async {
            let mut database = PgConnection::connect(&world.database).await.unwrap();
            let done = sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).execute(&mut database);
            done.await.unwrap();
        }),
    }
}
