//! Versions of a program run beside each other on one database.

mod database;
mod process;
mod three_versions;

use std::collections::BTreeSet;

use self::database::Database;
use self::process::{Version, until};

const OLD: &str = env!("CARGO_BIN_EXE_old-version");
const NEW: &str = env!("CARGO_BIN_EXE_new-version");
const NEWEST: &str = env!("CARGO_BIN_EXE_newest-version");

/// Both send and work at once. The old version ends last.
fn both_run(database: &Database) {
    const ORDERS: i64 = 50;
    let old = Version::start(OLD, &database.url, 0..ORDERS, &[]);
    until(|| !old.lines.orders("mailed").is_empty());
    let new = Version::start(NEW, &database.url, ORDERS..2 * ORDERS, &[]);
    old.wait_until_sent();
    new.wait_until_sent();
    until(|| database.deliveries().is_empty());
    let (new, old) = (new.end(), old.end());

    assert_eq!(old.orders("booked"), (0..ORDERS).collect());
    assert_eq!(new.orders("booked"), (ORDERS..2 * ORDERS).collect());
    let (by_old, by_new) = (old.orders("mailed"), new.orders("mailed"));
    assert!(by_old.is_disjoint(&by_new), "{by_old:?} {by_new:?}");
    assert!(by_new.is_superset(&new.orders("booked")));
    let all: BTreeSet<_> = by_old.union(&by_new).copied().collect();
    assert_eq!(all, (0..2 * ORDERS).collect());
}

/// Deliveries wait for the version that knows their receiver and their payload.
fn each_waits_for_its_version(database: &Database) {
    Version::start(OLD, &database.url, 0..3, &["send"]).end();
    Version::start(NEW, &database.url, 3..6, &["send"]).end();
    let old = Version::start(OLD, &database.url, 6..6, &[]);
    let left = counts(&[("book-stock", 3), ("push-legacy", 3), ("send-receipt", 3)]);
    until(|| database.deliveries() == left);
    let old = old.end();
    assert_eq!(old.orders("booked"), (0..3).collect());
    assert_eq!(old.orders("mailed"), (0..3).collect());
    let untouched = counts(&[("book-stock", 0), ("push-legacy", 0), ("send-receipt", 0)]);
    assert_eq!(database.attempts(), untouched);

    Version::start(OLD, &database.url, 6..9, &["send"]).end();
    let new = Version::start(NEW, &database.url, 9..9, &[]);
    until(|| database.deliveries() == counts(&[("book-stock", 3), ("push-legacy", 3)]));
    let new = new.end();
    assert_eq!(new.orders("booked"), (3..6).collect());
    assert_eq!(new.orders("mailed"), (3..9).collect());
    let untouched = counts(&[("book-stock", 0), ("push-legacy", 0)]);
    assert_eq!(database.attempts(), untouched);
}

fn counts(expected: &[(&str, i64)]) -> Vec<(String, i64)> {
    let expected = expected.iter();
    expected
        .map(|(name, count)| ((*name).to_owned(), *count))
        .collect()
}

#[test]
fn both_versions_run_in_sqlite() {
    both_run(&Database::in_sqlite());
}

#[test]
#[ignore = "needs LBACK_POSTGRES_URL"]
fn both_versions_run_in_postgres() {
    both_run(&Database::in_postgres("rolling_deploy_both"));
}

#[test]
fn deliveries_wait_for_their_version_in_sqlite() {
    each_waits_for_its_version(&Database::in_sqlite());
}

#[test]
#[ignore = "needs LBACK_POSTGRES_URL"]
fn deliveries_wait_for_their_version_in_postgres() {
    each_waits_for_its_version(&Database::in_postgres("rolling_deploy_waits"));
}
