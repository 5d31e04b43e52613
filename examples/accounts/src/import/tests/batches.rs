//! Batches that end before their last row, because they take long.

use std::cell::Cell;
use std::path::Path;
use std::time::{Duration, Instant};

use indicatif::ProgressBar;
use rusqlite::Connection;

use super::super::{BATCH_TIME, from_lback};
use super::failures::imported;
use super::{file_of, import, in_sqlite, real_file, row, target};

/// A clock that goes on by this each time it is read, which is after each row.
fn moving(step: Duration) -> impl Fn() -> Instant {
    let now = Cell::new(Instant::now());
    move || now.replace(now.get() + step)
}

/// Returns the number of accounts at each report of a skipped row, whose batch has committed then.
async fn there_after_batches(file: &Path, clock: &dyn Fn() -> Instant) -> Vec<u32> {
    let folder = tempfile::tempdir().unwrap();
    let accounts = in_sqlite(&folder).await;
    let other = Connection::open(target(&folder)).unwrap();
    let mut there = Vec::new();
    let mut skip = |_: &_| {
        let count = "SELECT count(*) FROM lback_account";
        let count = other.query_row(count, (), |row| row.get(0));
        there.push(count.unwrap());
    };
    let progress = ProgressBar::hidden();
    let imported = from_lback(&accounts, file, true, clock, &progress, &mut skip);
    imported.await.unwrap();
    there
}

#[tokio::test]
async fn a_batch_ends_when_it_has_taken_its_time() {
    let rows: Vec<_> = (0..10)
        .flat_map(|number| {
            let name = format!("user{number}");
            let usable = row(&name, &format!("{name}@example.org"));
            [usable, row("no address", "")]
        })
        .collect();
    let rows: Vec<_> = rows.iter().map(String::as_str).collect();
    let (_folder, file) = file_of(&rows);
    // After the first row, one that takes as long as a batch may, or three that take a third each.
    for (step, expected) in [
        (BATCH_TIME, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
        (BATCH_TIME / 3, [2, 2, 4, 4, 6, 6, 8, 8, 10, 10]),
        (BATCH_TIME / 100, [10; 10]),
    ] {
        assert_eq!(there_after_batches(&file, &moving(step)).await, expected);
    }
}

#[tokio::test]
async fn short_batches_come_to_the_same() {
    let (folder, file) = real_file();
    let in_one = in_sqlite(&folder).await;
    let (in_one, _) = import(&in_one, &file, true).await;
    let in_many_folder = tempfile::tempdir().unwrap();
    let in_many = in_sqlite(&in_many_folder).await;
    let clock = moving(BATCH_TIME);
    let progress = ProgressBar::hidden();
    let in_many = from_lback(&in_many, &file, true, &clock, &progress, &mut |_| ()).await;
    assert_eq!(in_many.unwrap(), in_one.unwrap());
    assert!(imported(&target(&in_many_folder)) == imported(&target(&folder)));
}
