//! A disk that is full, which a limit of the size of files stands in for: SQLite is refused room in
//! the same places.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Output;

use rusqlite::Connection;
use serde::Deserialize;

use super::{PASSWORD, is_refused, printed, register};
use crate::calls::{fed, in_shell};
use crate::mails::mails;
use crate::world::World;

/// A call, no file of which grows beyond so many blocks.
fn with_room(world: &World, blocks: u32, arguments: &[&str]) -> Output {
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\"");
    let input = format!("{PASSWORD}\n");
    fed(in_shell(&script, &world.call(arguments)), input.as_bytes())
}

/// A line of `list --json`.
#[derive(Deserialize)]
struct Account {
    id: String,
    username: String,
}

/// A line of `audit --json`.
#[derive(Deserialize)]
struct Entry {
    signal: String,
    outcome: String,
    account: Option<String>,
}

#[test]
fn an_account_is_there_with_its_entries_or_neither_is() {
    let world = World::sqlite();
    assert!(register(&world, "first").status.success());
    let (mut refused, mut done) = (0, 0);
    for blocks in (20..400).step_by(20) {
        let before = printed(&world, &["audit", "--json"]);
        let name = format!("user{blocks}");
        let email = format!("{name}@example.org");
        let output = with_room(&world, blocks, &["register", &name, &email]);
        let names = accounts_with_entries(&world);
        if names.contains(&name) {
            done += 1;
            assert!(output.status.success() || !output.stderr.is_empty());
        } else {
            refused += 1;
            is_refused(&output, &["disk"]);
            assert_eq!(printed(&world, &["audit", "--json"]), before);
        }
    }
    assert!(refused > 0 && done > 0, "refused {refused}, done {done}");

    // With room it works again, and mails go out that could not.
    assert!(register(&world, "last").status.success());
    printed(&world, &["durable", "drain"]);
    let mailed = mails(&world.folder().join("mails"));
    let mailed: BTreeSet<_> = mailed.iter().map(|mail| mail.to.as_str()).collect();
    for name in accounts_with_entries(&world) {
        assert!(mailed.contains(&*format!("{name}@example.org")), "{name}");
    }
    is_sound(&world);
}

#[test]
fn whole_batches_are_imported_and_the_others_later() {
    let world = World::sqlite();
    large_file(&world.folder().join("large.sqlite3"));
    let import = ["import", "lback", "large.sqlite3"];
    let (mut refused, mut imported) = (0, 0);
    for blocks in (6..20).map(|power| 1 << power) {
        let output = with_room(&world, blocks, &import);
        if output.status.success() {
            break;
        }
        refused += 1;
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains("error: "), "{said}");
        let is_unknown = said.contains("did not say whether it has committed");
        let advice = if is_unknown {
            "\nhint: import again"
        } else {
            "\nhint: the disk is full"
        };
        assert!(said.contains(advice), "{said}");
        assert_eq!(said.matches("\nhint: ").count(), 1, "{said}");
        let accounts = accounts_and_entries(&world);
        assert!((imported..3_010).contains(&accounts), "{accounts}");
        imported = accounts;
    }
    assert!(refused > 2, "it was refused {refused} times");
    assert_eq!(accounts_and_entries(&world), 3_010);
    is_sound(&world);
}

/// How many accounts there are, and as many entries.
fn accounts_and_entries(world: &World) -> usize {
    let [accounts, entries] = ["list", "audit"].map(|listed| {
        let output = world.run(&[listed, "--json"], &[]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success() || said.contains("no tables of accounts"));
        output.stdout.split(|byte| *byte == b'\n').count() - 1
    });
    assert_eq!(accounts, entries);
    accounts
}

/// The names of the accounts, each of which has its entry, and no other has.
fn accounts_with_entries(world: &World) -> BTreeSet<String> {
    let accounts = printed(world, &["list", "--json"]);
    let accounts = accounts
        .lines()
        .map(|line| serde_json::from_str(line).unwrap());
    let accounts: Vec<Account> = accounts.collect();
    let entries = printed(world, &["audit", "--json"]);
    let entries = entries
        .lines()
        .map(|line| serde_json::from_str::<Entry>(line).unwrap());
    let registered = entries.filter(|entry| entry.signal == "user_registered");
    let registered: Vec<_> = registered
        .inspect(|entry| assert_eq!(entry.outcome, "done"))
        .filter_map(|entry| entry.account)
        .collect();
    let ids: Vec<_> = accounts.iter().map(|account| account.id.clone()).collect();
    assert_eq!(registered, ids);
    accounts
        .into_iter()
        .map(|account| account.username)
        .collect()
}

fn is_sound(world: &World) {
    let database = Connection::open(world.folder().join("accounts.db")).unwrap();
    let check = "PRAGMA integrity_check";
    let sound: String = database.query_row(check, (), |row| row.get(0)).unwrap();
    assert_eq!(sound, "ok");
}

/// A copy of the original with 3,000 more.
fn large_file(file: &Path) {
    let original = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/lback.sqlite3");
    fs::copy(original, file).unwrap();
    let insert = include_str!("../../data/many-users.sql");
    let inserted = Connection::open(file).unwrap().execute(insert, [3_000]);
    assert_eq!(inserted.unwrap(), 3_000);
}
