//! The lock of the wiring, and its comparison with a file.

use std::env;
use std::fs;
use std::panic::catch_unwind;
use std::path::PathBuf;
use std::process::{Command, Output};

use lback_signals::{Res, SentBy, Signal, assert_wiring, receiver, signal, wiring};

struct Order;

/// The lock does not contain these docs.
#[signal(name = "paid")]
struct OrderPaid<'a> {
    #[sender]
    order: &'a Order,
    amount_cents: u64,
    notes: Option<&'a [String]>,
}

#[signal(reply = Option<u32>, required)]
struct Quoting;

#[signal]
#[expect(dead_code, reason = "it is neither sent nor received")]
struct Unheard {
    at: std::time::SystemTime,
}

#[signal(owned, required)]
struct Shipped;

struct Tariff;
trait Mailer: Send + Sync {}

#[receiver(signal = OrderPaid, after(ship, self::write_line))]
fn bill(_: SentBy<'_, Order>, _: Res<'_, dyn Mailer>, _: Option<Res<'_, Tariff>>) {}

#[receiver(signal = OrderPaid)]
fn ship(event: &OrderPaid<'_>) {
    assert!(event.amount_cents > 0 && event.notes.is_none());
}

#[receiver(signal = [OrderPaid, Quoting], last)]
fn count<S: Signal<Reply: Default>>(_: &S) -> S::Reply {
    S::Reply::default()
}

#[receiver(signal = OrderPaid, first, before(ship))]
fn write_line(_: &OrderPaid<'_>) {}

#[receiver(signal = Quoting, fulfills)]
fn quote(_: &Quoting, _: Res<'_, Tariff>) -> Option<u32> {
    None
}

#[receiver(signal = Shipped, after_rollback)]
fn call_back(_: &Shipped) {}

#[receiver(signal = Shipped, fulfills)]
fn load(_: &Shipped) {}

#[receiver(signal = Shipped, after_commit, first, before(tell_carrier))]
fn tell_buyer(_: &Shipped, _: Res<'_, dyn Mailer>) {}

#[receiver(signal = Shipped, after_commit)]
fn tell_carrier(_: &Shipped) {}

const LOCK: &str = "\
# The signals of this program and their receivers, in the order in which they run.
wiring_lock::OrderPaid is sent as `paid` with order: &'a Order (the sender), amount_cents: u64, \
notes: Option<&'a [String]>
wiring_lock::OrderPaid is received by wiring_lock::write_line (of the program itself), \
first, before(ship)
wiring_lock::OrderPaid is received by wiring_lock::ship (of the program itself)
wiring_lock::OrderPaid is received by wiring_lock::bill (of the program itself), \
after(ship, self::write_line); it takes \
dyn wiring_lock::Mailer, wiring_lock::Tariff if there is one
wiring_lock::OrderPaid is received by wiring_lock::count (of the program itself), \
last
wiring_lock::Quoting is sent as `quoting`; answered with Option<u32>; required
wiring_lock::Quoting is received by wiring_lock::quote (of the program itself), \
which fulfills it; it takes \
wiring_lock::Tariff
wiring_lock::Quoting is received by wiring_lock::count (of the program itself), \
last
wiring_lock::Shipped is sent as `shipped`; owned; required
wiring_lock::Shipped is received by wiring_lock::load (of the program itself), \
which fulfills it
wiring_lock::Shipped is received by wiring_lock::tell_buyer (of the program itself), \
after_commit, first, \
before(tell_carrier); it takes dyn wiring_lock::Mailer
wiring_lock::Shipped is received by wiring_lock::tell_carrier (of the program itself), \
after_commit
wiring_lock::Shipped is received by wiring_lock::call_back (of the program itself), \
after_rollback
wiring_lock::Unheard is sent as `unheard` with at: std::time::SystemTime
";

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
    let mut command = Command::new(env::current_exe().unwrap());
    command
        .args(["--exact", "the_wiring_equals_the_lock_file", "--nocapture"])
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
        error.contains("tests/wiring_lock.rs:"),
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
    let gone = "wiring_lock::Gone is sent as `gone`\n";
    let shipped =
        "wiring_lock::OrderPaid is received by wiring_lock::ship (of the program itself)\n";
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
        error.contains("tests/wiring_lock.rs:"),
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
