//! Three versions, up and down: a receiver has other names, a payload other fields, and a receiver is removed.

use std::fs;
use std::process::Command;

use super::database::Database;
use super::process::{Version, until};
use super::{NEW, NEWEST, OLD, counts};

/// Returns how many deliveries a version says that it has discarded, by warning.
fn discarded(errors: &str) -> Vec<usize> {
    let counts = errors.lines().map(|line| {
        let count = line.strip_prefix("lback-signals: discarded ");
        let count = count
            .and_then(|rest| rest.split_once(" deliveries of the retired receiver `push-legacy`"));
        let (count, _hint) = count.unwrap_or_else(|| panic!("{line}"));
        count.parse::<usize>().unwrap()
    });
    counts.collect()
}

/// Rows of three versions wait: the newest delivers all of them, and discards those of the receiver that it removed.
fn the_newest_delivers_the_rows_of_all(database: &Database) {
    Version::start(OLD, &database.url, 0..30, &["send"]).end();
    Version::start(NEW, &database.url, 30..60, &["send"]).end();
    Version::start(NEWEST, &database.url, 60..63, &["send"]).end();
    let newest = Version::start(NEWEST, &database.url, 63..63, &[]);
    until(|| database.deliveries().is_empty());
    let (newest, errors) = newest.end_with_errors();
    assert_eq!(newest.orders("booked"), (0..63).collect());
    assert_eq!(newest.orders("mailed"), (0..63).collect());
    assert_eq!(discarded(&errors), [60], "more than are discarded at once");
    assert_eq!(database.signals(), []);
}

/// The same on the way back: each version delivers what it knows, and leaves the rest as it was.
fn each_delivers_its_own_on_the_way_back(database: &Database) {
    Version::start(NEWEST, &database.url, 0..3, &["send"]).end();
    Version::start(NEW, &database.url, 3..6, &["send"]).end();
    Version::start(OLD, &database.url, 6..9, &["send"]).end();

    let old = Version::start(OLD, &database.url, 9..9, &[]);
    let left = counts(&[
        ("book-stock", 6),
        ("push-legacy", 3),
        ("send-bill", 3),
        ("send-receipt", 3),
    ]);
    until(|| database.deliveries() == left);
    let old = old.end();
    assert_eq!(old.orders("booked"), (6..9).collect());
    assert_eq!(old.orders("mailed"), (6..9).collect());
    assert_eq!(old.orders("pushed"), (6..9).collect());
    let untouched = counts(&[
        ("book-stock", 0),
        ("push-legacy", 0),
        ("send-bill", 0),
        ("send-receipt", 0),
    ]);
    assert_eq!(database.attempts(), untouched);

    let new = Version::start(NEW, &database.url, 9..9, &[]);
    let left = counts(&[("book-stock", 3), ("send-bill", 3)]);
    until(|| database.deliveries() == left);
    let new = new.end();
    assert_eq!(new.orders("booked"), (3..6).collect());
    assert_eq!(new.orders("mailed"), (3..6).collect());
    assert_eq!(new.orders("pushed"), (3..6).collect());
    let untouched = counts(&[("book-stock", 0), ("send-bill", 0)]);
    assert_eq!(database.attempts(), untouched);

    let newest = Version::start(NEWEST, &database.url, 9..9, &[]);
    until(|| database.deliveries().is_empty());
    let newest = newest.end();
    assert_eq!(newest.orders("booked"), (0..3).collect());
    assert_eq!(newest.orders("mailed"), (0..3).collect());
}

/// Before a version starts, its check and its lock say which rows it would leave.
fn the_check_names_the_rows_that_would_wait(database: &Database) {
    Version::start(OLD, &database.url, 0..2, &["send"]).end();
    Version::start(NEW, &database.url, 2..5, &["send"]).end();
    Version::start(NEWEST, &database.url, 5..6, &["send"]).end();
    let folder = tempfile::tempdir().unwrap();
    let stranded_of = |program: &str| {
        let lock = Command::new(program).arg("lock").output().unwrap();
        let file = folder.path().join("signals.lock");
        fs::write(&file, lock.stdout).unwrap();
        let by_lock = ["check", file.to_str().unwrap()];
        let [by_itself, by_lock] =
            [(program, &by_lock[..1]), (OLD, &by_lock)].map(|(by, check)| {
                let lines = Version::start(by, &database.url, 9..9, check).end();
                let lines = lines.0.lock().unwrap();
                let lines = lines.keys().filter(|line| *line != "ready");
                let starts = lines.map(|line| line.split([';', '(']).next().unwrap().to_owned());
                starts.collect::<Vec<_>>()
            });
        assert_eq!(by_itself, by_lock);
        by_lock
    };
    let of = |count: &str, form: &str, why: &str| format!("{count} of `order.{form}: {why}");
    let unknown = "no receiver has the name";
    let up_to = "the program reads versions up to 1";
    assert_eq!(
        stranded_of(OLD),
        [
            of("1 delivery", "placed` v3 for `book-stock`", up_to),
            of("1 delivery", "shipped` v1 for `send-bill`", unknown),
            of("3 deliveries", "placed` v2 for `book-stock`", up_to),
            of("3 deliveries", "placed` v2 for `push-legacy`", up_to),
            of("3 deliveries", "shipped` v1 for `send-receipt`", unknown),
        ]
    );
    let up_to = "the program reads versions up to 2";
    let from = "the program reads versions from 2";
    assert_eq!(
        stranded_of(NEW),
        [
            of("1 delivery", "placed` v3 for `book-stock`", up_to),
            of("1 delivery", "shipped` v1 for `send-bill`", unknown),
            of("2 deliveries", "placed` v1 for `book-stock`", from),
            of("2 deliveries", "placed` v1 for `push-legacy`", from),
        ]
    );
    assert_eq!(stranded_of(NEWEST), [] as [String; 0]);
}

#[test]
fn the_check_names_the_rows_that_would_wait_in_sqlite() {
    the_check_names_the_rows_that_would_wait(&Database::in_sqlite());
}

#[test]
#[ignore = "needs LBACK_POSTGRES_URL"]
fn the_check_names_the_rows_that_would_wait_in_postgres() {
    the_check_names_the_rows_that_would_wait(&Database::in_postgres("rolling_deploy_check"));
}

#[test]
fn rows_of_three_versions_wait_for_the_newest_in_sqlite() {
    the_newest_delivers_the_rows_of_all(&Database::in_sqlite());
}

#[test]
#[ignore = "needs LBACK_POSTGRES_URL"]
fn rows_of_three_versions_wait_for_the_newest_in_postgres() {
    the_newest_delivers_the_rows_of_all(&Database::in_postgres("rolling_deploy_newest"));
}

#[test]
fn three_versions_step_back_in_sqlite() {
    each_delivers_its_own_on_the_way_back(&Database::in_sqlite());
}

#[test]
#[ignore = "needs LBACK_POSTGRES_URL"]
fn three_versions_step_back_in_postgres() {
    each_delivers_its_own_on_the_way_back(&Database::in_postgres("rolling_deploy_back"));
}
