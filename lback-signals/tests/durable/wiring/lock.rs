//! The lock, and the texts about rows that may be stored.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::Output;

use lback_signals::{Signal, assert_wiring, receiver, signal, wiring};
use test_support::child_process_of;

use super::Paid;

fn signal_line() -> String {
    let form = Paid::info().durable().unwrap().stored_form();
    format!(
        "durable signal wiring.paid v2 (was wiring_paid) is durable::wiring::Paid, stored as {form}\n"
    )
}

const BOOK: &str = "durable wiring-book of wiring.paid by durable::wiring::b_book, attempts 20\n";
const NOTE: &str = "durable wiring-note of wiring.paid by durable::wiring::e_note, attempts 20\n";
const RECEIPT: &str = "durable wiring-receipt (was wiring-mail and wiring-letter) of wiring.paid by \
                       durable::wiring::a_send_receipt, attempts 7\n";

#[test]
fn the_lock_has_a_line_for_each_durable_signal_and_receiver() {
    let lock = wiring().to_lock();
    let heading = "# The durable signals and receivers, as outboxes store them.\n";
    let (receptions, durable) = lock.split_once(heading).unwrap();
    assert!(durable.contains(&signal_line()), "{durable}");
    assert!(
        durable.contains(&format!("{BOOK}{NOTE}{RECEIPT}")),
        "{durable}"
    );
    let receipt = "durable::wiring::Paid is received by durable::wiring::a_send_receipt \
                   (of the program itself), durable, async\n";
    assert!(receptions.contains(receipt), "{receptions}");
}

#[signal(durable(name = "wiring.keyed", version = 1, keep = "2d"))]
struct Keyed {
    #[key]
    order: u64,
}

#[receiver(signal = Keyed, durable(name = "wiring-sorted", was("wiring-unsorted"), order = key))]
fn in_order(event: &Keyed) {
    let _ = event.order;
}

#[receiver(signal = Keyed, durable(name = "wiring-sorted-too", order = key, on_dead = block))]
fn in_order_too(_: &Keyed) {}

#[test]
fn the_lines_have_the_key_and_the_order() {
    let form = Keyed::info().durable().unwrap().stored_form();
    let lock = wiring().to_lock();
    for line in [
        format!(
            "durable signal wiring.keyed v1 is durable::wiring::lock::Keyed, key order, stored as {form}\n"
        ),
        "durable wiring-sorted (was wiring-unsorted) of wiring.keyed by \
         durable::wiring::lock::in_order, order key, attempts 20\n"
            .to_owned(),
        "durable wiring-sorted-too of wiring.keyed by durable::wiring::lock::in_order_too, order \
         key, attempts 20, on_dead block\n"
            .to_owned(),
    ] {
        assert!(lock.contains(&line), "{line}{lock}");
    }
    let table = wiring().to_string();
    assert!(table.contains("key order, stored as"), "{table}");
    assert!(
        table.contains("order key, attempts 20, on_dead block"),
        "{table}"
    );
}

#[test]
fn the_json_has_the_key_and_the_order() {
    use serde_json::Value;

    let document: Value = serde_json::from_str(&wiring().to_json()).unwrap();
    let signals = document["signals"].as_array().unwrap();
    let mut signals = signals.iter();
    let signal = signals
        .find(|it| it["durable"]["name"] == "wiring.keyed")
        .unwrap();
    assert_eq!(signal["durable"]["key"], "order");
    assert_eq!(signal["durable"]["keep_ms"], 172_800_000);
    let receiver = &signal["receivers"][1]["durable"];
    assert_eq!(
        (&receiver["ordered"], &receiver["on_dead"]),
        (&true.into(), &"block".into())
    );
}

/// The environment variable that names the file for the test that asserts the wiring in a child process.
const FILE: &str = "TEST_OF_DURABLE_LOCK";

#[test]
fn the_wiring_equals_the_lock_file() {
    let file =
        env::var_os(FILE).map_or_else(|| written("equal", &wiring().to_lock()), PathBuf::from);
    assert_wiring!(file);
}

fn written(name: &str, lock: &str) -> PathBuf {
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("durable-{name}.lock"));
    fs::write(&file, lock).unwrap();
    file
}

/// Asserts the wiring of a file in a child process, which updates it if `update` is set.
fn assert_wiring_of(file: &PathBuf, update: bool) -> Result<(), String> {
    let mut command = child_process_of("wiring::lock::the_wiring_equals_the_lock_file");
    command
        .arg("--nocapture")
        .env(FILE, file)
        .env("RUST_BACKTRACE", "0")
        .env("UPDATE_SIGNALS_LOCK", if update { "1" } else { "0" });
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

/// Returns the lock with one line replaced, which it contains.
fn lock_with(line: &str, other: &str) -> String {
    let lock = wiring().to_lock();
    assert!(lock.contains(line), "no {line} in {lock}");
    lock.replace(line, other)
}

#[test]
fn a_form_that_changed_without_its_version_fails_and_is_not_written() {
    let form = Paid::info().durable().unwrap().stored_form();
    let earlier = signal_line().replace(&form, "00000000");
    let lock = lock_with(&signal_line(), &earlier);
    let file = written("form", &lock);
    let text = format!(
        "the stored form of `durable::wiring::Paid` ({}:{}) has changed, and payloads of `wiring.paid` v2 in \
         the form of the file may be stored: write `version = 3` in its `durable(…)`, or restore its fields. \
         If all that changed are new fields with `#[field(default)]`, or no database has such payloads, \
         delete the line `{}` from the file",
        Paid::info().file(),
        Paid::info().line(),
        earlier.trim_end(),
    );
    let error = assert_wiring_of(&file, false).unwrap_err();
    let diff = format!("- {earlier}+ {}", signal_line());
    assert!(error.contains(&diff), "{error}");
    assert!(error.contains(&text), "{error}");

    let error = assert_wiring_of(&file, true).unwrap_err();
    assert!(
        error.contains(&format!("{} is not written: {text}", file.display())),
        "{error}"
    );
    assert_eq!(fs::read_to_string(&file).unwrap(), lock);

    fs::write(&file, lock.replace(&earlier, "")).unwrap();
    assert_eq!(assert_wiring_of(&file, true), Ok(()));
    assert_eq!(fs::read_to_string(&file).unwrap(), wiring().to_lock());
}

#[test]
fn a_receiver_that_is_gone_fails_with_what_to_do_about_its_deliveries() {
    let gone = "durable wiring-gone of wiring.paid by durable::wiring::gone, attempts 20\n";
    let file = written("gone", &lock_with(BOOK, &format!("{BOOK}{gone}")));
    let error = assert_wiring_of(&file, false).unwrap_err();
    let text = "deliveries for the durable receiver `wiring-gone` may be stored, and no receiver of this binary \
                has the name: after a rename, write `was(\"wiring-gone\")` in its `durable(…)`; after a \
                removal, write `lback_signals::retire!(\"wiring-gone\");`, so that workers discard them.\n";
    assert!(error.contains(&format!("- {gone}")), "{error}");
    assert!(error.contains(text), "{error}");
    assert_eq!(assert_wiring_of(&file, true), Ok(()));
    assert_eq!(assert_wiring_of(&file, false), Ok(()));
}
