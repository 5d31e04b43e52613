//! The list of accounts, as a table and as JSON, and names that are to do harm there.

use std::fs;

use lback_auth::{
    AccountStore, Inserted, PostgresStore, SqliteStore, UnverifiedHolders, User, UserParts,
};
use lback_signals::CommitOutcome;
use serde::Deserialize;
use time::OffsetDateTime;
use tokio::runtime::Runtime;

use super::{PASSWORD, failed, register, register_verified, said};
use crate::calls::{fed, in_shell};
use crate::world::{World, on_each_database};

on_each_database!(
    accounts_are_listed_as_a_table_and_as_lines_of_json,
    a_name_that_would_steer_the_terminal_is_spelled_out,
);

/// A text that would colour a terminal, end a line, and turn the direction of the rest.
const HOSTILE: &str = "\u{1b}[31mred\r\nand\u{202e}turned";

/// The same, as it is shown.
const SHOWN: &str = r"\u{1b}[31mred\u{d}\u{a}and\u{202e}turned";

#[derive(Deserialize, PartialEq, Debug)]
struct Account {
    id: String,
    username: String,
    email: String,
    verified: bool,
    active: bool,
    password: bool,
}

fn listed(world: &World) -> Vec<Account> {
    let lines = said(world, &["list", "--json"], &[]);
    let accounts = lines.lines().map(serde_json::from_str);
    accounts.collect::<Result<_, _>>().unwrap()
}

fn accounts_are_listed_as_a_table_and_as_lines_of_json(world: &World) {
    said(world, &["purge"], &[]);
    let header = "ID  USERNAME  EMAIL  VERIFIED  ACTIVE  PASSWORD\n";
    assert_eq!(said(world, &["list"], &[]), header);
    assert_eq!(listed(world), []);

    register_verified(world, "ada");
    register(world, "grace");
    said(world, &["deactivate", "grace"], &[]);
    let table = "\
        ID  USERNAME  EMAIL              VERIFIED  ACTIVE  PASSWORD\n\
        1   ada       ada@example.org    yes       yes     yes\n\
        2   grace     grace@example.org  no        no      yes\n";
    assert_eq!(said(world, &["list"], &[]), table);
    let [ada, grace] = &listed(world)[..] else {
        panic!("there are two");
    };
    assert_eq!((&*ada.username, &*ada.email), ("ada", "ada@example.org"));
    assert!(ada.verified && ada.active && ada.password);
    assert_eq!((&*grace.id, &*grace.username), ("2", "grace"));
    assert!(!grace.verified && !grace.active);
}

/// Stores an account, whatever its name.
async fn insert<S: AccountStore<User = User>>(store: S, user: &User) {
    let mut transaction = store.begin().await.unwrap();
    let inserted = store.insert(
        &mut transaction,
        user,
        UnverifiedHolders::Keep,
        OffsetDateTime::UNIX_EPOCH,
    );
    assert!(matches!(inserted.await, Ok(Inserted::Stored { .. })));
    let committed = store.commit(transaction).await;
    assert!(matches!(committed, CommitOutcome::Committed));
}

fn a_name_that_would_steer_the_terminal_is_spelled_out(world: &World) {
    let register = ["register", HOSTILE, "red@example.org"];
    let answer = failed(world, &register, &[PASSWORD]);
    assert!(answer.contains("invisible character U+001B"), "{answer}");

    // An account with such a name may be there from before, or from another program.
    let user = User::from_parts(UserParts::new(HOSTILE, "red@example.org"));
    Runtime::new().unwrap().block_on(async {
        if let Some(file) = world.database.strip_prefix("sqlite:") {
            insert(SqliteStore::open(file).await.unwrap(), &user).await;
        } else {
            let store = PostgresStore::connect(&world.database).await;
            insert(store.unwrap(), &user).await;
        }
    });
    let table = said(world, &["list"], &[]);
    assert!(table.contains(SHOWN), "{table}");
    let lines = said(world, &["list", "--json"], &[]);
    assert_eq!(listed(world)[0].username, HOSTILE);

    let call = ["--request-id", HOSTILE, "deactivate", HOSTILE];
    let done = said(world, &call, &[]);
    assert!(done.starts_with(SHOWN), "{done}");
    let log = said(world, &["audit", "-n", "1"], &[]);
    assert!(log.contains(SHOWN), "{log}");
    let json = said(world, &["audit", "-n", "1", "--json"], &[]);
    let error = failed(world, &["deactivate", &format!("no{HOSTILE}")], &[]);
    assert!(error.contains(&format!("`no{SHOWN}`")), "{error}");
    for text in [answer, table, lines, done, log, json, error] {
        let is_harmful = |c: char| c.is_control() && c != '\n' || c == '\u{202e}';
        assert!(!text.contains(is_harmful), "{text:?}");
    }
}

#[test]
fn a_reader_who_has_enough_ends_it_without_a_word() {
    let world = World::sqlite();
    let large = world.folder().join("large.sqlite3");
    fs::copy(
        concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/lback.sqlite3"),
        &large,
    )
    .unwrap();
    let insert = include_str!("../../data/many-users.sql");
    let database = rusqlite::Connection::open(&large).unwrap();
    database.execute(insert, [3_000]).unwrap();
    let output = world.run(&["import", "lback", "large.sqlite3"], &[]);
    assert!(output.status.success());

    for arguments in [
        &["list"][..],
        &["list", "--json"],
        &["audit"],
        &["audit", "--json"],
        &["audit", "--follow"],
    ] {
        // More than a pipe holds.
        let script = "{ \"$@\"; echo $? >code; } | head -n 1";
        let output = fed(in_shell(script, &world.call(arguments)), b"");
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(error, "", "{arguments:?}");
        assert_eq!(String::from_utf8(output.stdout).unwrap().lines().count(), 1);
        let code = fs::read_to_string(world.folder().join("code")).unwrap();
        assert_eq!(code, "0\n", "{arguments:?}");
    }
}
