//! Durable names that two signals or two receivers have. No outbox and no worker starts in this binary.

use std::env;
use std::fs;
use std::path::PathBuf;

use lback_signals::{Signal, WiringProblem, assert_wiring, receiver, signal, wiring};
use test_support::child_process_of;

#[signal(durable(name = "twice.paid", version = 1))]
struct Paid;

#[signal(durable(name = "twice.settled", version = 1, was("twice.paid")))]
struct Settled;

#[receiver(signal = Paid, durable(name = "twice-receipt"))]
fn send_receipt(_: &Paid) {}

#[receiver(signal = Settled, durable(name = "twice-bill", was("twice-receipt")))]
async fn send_bill(_: &Settled) {}

fn texts() -> [String; 2] {
    let infos = [Paid::info(), Settled::info()];
    let signals = infos.map(|it| format!("{}:{}", file!(), it.line()));
    let receivers = infos.map(|it| format!("{}:{}", file!(), it.receivers()[0].line()));
    let fix =
        "in `durable(…)`, give each its own `name`, and list an earlier name in one `was` only";
    [
        format!(
            "the durable name `twice.paid` has more than one signal: `wiring::durable::Paid` ({}), \
             `wiring::durable::Settled` ({}); {fix}",
            signals[0], signals[1],
        ),
        format!(
            "the durable name `twice-receipt` has more than one receiver: \
             `wiring::durable::send_receipt` ({}), `wiring::durable::send_bill` ({}); {fix}",
            receivers[0], receivers[1],
        ),
    ]
}

#[test]
fn a_name_of_two_is_found_with_both_places() {
    let problems = crate::problems_of("wiring::durable");
    assert!(matches!(
        problems.as_slice(),
        [
            WiringProblem::SharedSignalName {
                name: "twice.paid",
                ..
            },
            WiringProblem::SharedReceiverName {
                name: "twice-receipt",
                ..
            },
        ]
    ));
    let found: Vec<_> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(found, texts());
}

/// The environment variable that names the file for the test that asserts the wiring in a child process.
const FILE: &str = "TEST_OF_SHARED_NAMES";

#[test]
fn the_lock_fails_and_is_not_written() {
    if let Some(file) = env::var_os(FILE) {
        assert_wiring!(PathBuf::from(file));
        return;
    }
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("shared-names.lock");
    for (update, lock) in [("0", wiring().to_lock()), ("1", String::new())] {
        fs::write(&file, &lock).unwrap();
        let mut command = child_process_of("durable::the_lock_fails_and_is_not_written");
        let output = command
            .arg("--nocapture")
            .env(FILE, &file)
            .env("UPDATE_SIGNALS_LOCK", update)
            .output()
            .unwrap();
        assert!(!output.status.success());
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(error.contains(&texts().join("; ")), "{error}");
        assert_eq!(fs::read_to_string(&file).unwrap(), lock);
    }
}
