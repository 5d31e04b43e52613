//! Many rows, and rows of many megabytes.

use std::fs::{self, File};
use std::path::Path;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use rusqlite::Connection;

use super::{large_file, login, original, people};
use crate::world::World;

/// An import of these takes 40 to 51 MB. One that holds all rows at once takes 28 MB more.
const ROWS: u32 = 50_000;

/// In kB.
const MOST_MEMORY: u64 = 62 * 1024;

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "needs /proc of Linux")]
fn an_import_does_not_hold_all_rows_at_once() {
    let world = World::sqlite();
    let file = large_file(world.folder(), ROWS);
    let said = import_in_bounded_memory(&world, &file);
    let ids = 13..13 + ROWS;
    let tokens = 1 + ids.clone().filter(|id| id % 3 == 0).count();
    let expected = format!(
        "imported {}, already there 0, skipped 2, tokens {tokens}\n",
        ROWS + 10
    );
    assert_eq!(said, expected);
    // The last that has the hash of the first, and is verified.
    let last = ids.rev().find(|id| id % 2 == 0 && id % 3 != 0).unwrap();
    let password = &people()[0].password;
    let last = format!("user{last}@example.org");
    assert_eq!(login(&world, &last, password), Some(0));
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "needs /proc of Linux")]
fn texts_that_are_too_long_are_not_read() {
    let world = World::sqlite();
    let file = world.folder().join("long.sqlite3");
    fs::copy(original(), &file).unwrap();
    Connection::open(&file)
        .unwrap()
        .execute_batch(
            "UPDATE users SET username = CAST(zeroblob(80000000) AS TEXT) WHERE id = 1;
             UPDATE users SET email_verification_token = zeroblob(80000000) WHERE id = 2",
        )
        .unwrap();
    let said = import_in_bounded_memory(&world, &file);
    let expected = "imported 9, already there 0, skipped 3, tokens 1\n";
    assert_eq!(said, expected);
}

/// The output of an import that keeps tokens.
fn import_in_bounded_memory(world: &World, file: &Path) -> String {
    let said = world.folder().join("said");
    let mut import = world
        .call(&["import", "lback", file.to_str().unwrap(), "--keep-tokens"])
        .stdin(Stdio::null())
        .stdout(File::create(&said).unwrap())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // Its peak of memory stays visible as long as it runs; it grows no more at the end.
    let mut most = 0;
    let status = loop {
        most = most.max(peak(import.id()));
        if let Some(status) = import.try_wait().unwrap() {
            break status;
        }
        thread::sleep(Duration::from_millis(20));
    };
    assert!(status.success());
    assert!(most > 0, "its memory was never seen");
    assert!(most < MOST_MEMORY, "it used {most} kB");
    fs::read_to_string(said).unwrap()
}

/// The most memory that a process had at a time, in kB; none, if it has ended.
fn peak(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = peak.map(|peak| peak.trim().trim_end_matches("kB").trim());
    peak.map_or(0, |peak| peak.parse().unwrap())
}
