//! The lock of the wiring, and its comparison with a file.

use std::env;
use std::fs;
use std::panic::catch_unwind;
use std::path::PathBuf;
use std::process::Output;

use lback_signals::{assert_wiring, wiring};
use test_support::child_process_of;

const LOCK: &str = include_str!("data/wiring.lock");

#[test]
fn each_line_of_the_lock_states_one_fact() {
    assert_eq!(wiring().to_lock(), LOCK);
}

/// The environment variable that names the file for the test that asserts the wiring in a child process.
const FILE: &str = "TEST_OF_SIGNALS_LOCK";

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name)
}

#[test]
fn the_wiring_equals_the_lock_file() {
    let file = env::var_os(FILE).map_or_else(
        || {
            let file = file("equal.lock");
            fs::write(&file, LOCK).unwrap();
            file
        },
        PathBuf::from,
    );
    assert_wiring!(file);
}

/// Runs the test above on a file, with the environment variable for updates set to `update`.
fn assert_wiring_of(file: &PathBuf, update: Option<&str>) -> Result<(), String> {
    let mut command = child_process_of("lock::the_wiring_equals_the_lock_file");
    command
        .arg("--nocapture")
        .env(FILE, file)
        .env("RUST_BACKTRACE", "0")
        .env_remove("UPDATE_SIGNALS_LOCK");
    if let Some(update) = update {
        command.env("UPDATE_SIGNALS_LOCK", update);
    }
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().unwrap();
    let stdout = String::from_utf8(stdout).unwrap();
    assert!(stdout.contains("running 1 test"), "{stdout}");
    if status.success() {
        Ok(())
    } else {
        Err(String::from_utf8(stderr).unwrap())
    }
}

#[test]
fn an_equal_file_with_windows_line_ends_passes() {
    let file = file("windows.lock");
    fs::write(&file, LOCK.replace('\n', "\r\n")).unwrap();
    assert_eq!(assert_wiring_of(&file, None), Ok(()));
}

#[test]
fn a_missing_file_fails_and_the_message_says_how_to_write_it() {
    let file = file("missing.lock");
    let _ = fs::remove_file(&file);
    let error = assert_wiring_of(&file, None).unwrap_err();
    let text = format!(
        "{} does not exist: run the test with UPDATE_SIGNALS_LOCK=1 to write it, and commit it",
        file.display()
    );
    assert!(error.contains(&text), "{error}");
    assert!(
        error.contains("tests/snapshots/lock.rs:"),
        "no source location: {error}"
    );
    assert!(!file.exists());
}

#[test]
fn a_file_that_is_not_text_fails() {
    let file = file("binary.lock");
    fs::write(&file, [0xff, 0xfe]).unwrap();
    let error = assert_wiring_of(&file, None).unwrap_err();
    assert!(error.contains("binary.lock cannot be read: "), "{error}");
}

#[test]
fn a_difference_fails_and_lists_only_the_different_lines() {
    let file = file("different.lock");
    let gone = "snapshots::shop::Gone is sent as `gone`\n";
    let shipped = "snapshots::shop::Shipped is received by snapshots::shop::tell_carrier \
                   (of the program itself), after_commit\n";
    fs::write(&file, LOCK.replace(shipped, "") + gone).unwrap();
    let error = assert_wiring_of(&file, None).unwrap_err();
    let text = format!(
        "the wiring differs from {} (`-` only in the file, `+` only in this binary):\n\n\
         + {shipped}- {gone}\n\
         If the change is intended, run the test with UPDATE_SIGNALS_LOCK=1 and commit the file. If \
         this binary lacks a receiver, link its crate: `lback_signals::link!(the_crate);`\n",
        file.display()
    );
    assert!(error.contains(&text), "{error}");
    assert!(
        error.contains("tests/snapshots/lock.rs:"),
        "no source location: {error}"
    );

    // Only `1` updates the file.
    let locked = fs::read_to_string(&file).unwrap();
    assert!(assert_wiring_of(&file, Some("0")).is_err());
    assert_eq!(fs::read_to_string(&file).unwrap(), locked);
}

#[test]
fn a_relative_path_starts_at_the_directory_of_the_crate() {
    let panic = catch_unwind(|| assert_wiring!("tests/no such directory/signals.lock"));
    let error = *panic.unwrap_err().downcast::<String>().unwrap();
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/no such directory/signals.lock"
    );
    assert!(error.starts_with(file), "{error}");
}

#[test]
fn the_environment_variable_for_updates_writes_the_file() {
    let file = file("written.lock");
    fs::write(&file, "an outdated line\n").unwrap();
    assert_eq!(assert_wiring_of(&file, Some("1")), Ok(()));
    assert_eq!(fs::read_to_string(&file).unwrap(), LOCK);
    assert_eq!(assert_wiring_of(&file, None), Ok(()));
}

#[test]
fn a_file_that_cannot_be_written_fails() {
    let file = file("no such directory").join("signals.lock");
    let error = assert_wiring_of(&file, Some("1")).unwrap_err();
    assert!(
        error.contains("signals.lock cannot be written: "),
        "{error}"
    );
}
