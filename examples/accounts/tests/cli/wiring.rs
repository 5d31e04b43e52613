//! The wiring, in all the forms in which the program shows it.

use std::env;
use std::fs;
use std::path::Path;

use serde::Deserialize;

use crate::program::accounts;

/// The program's JSON.
#[derive(Deserialize)]
struct Wiring {
    signals: Vec<Signal>,
}

#[derive(Deserialize)]
struct Signal {
    name: String,
    type_path: String,
    receivers: Vec<Receiver>,
}

#[derive(Deserialize)]
struct Receiver {
    id: String,
    name: String,
}

#[test]
fn the_picture_is_the_one_in_the_readme() {
    is_the_file("svg", "wiring.svg");
}

#[test]
fn the_lines_are_those_that_were_reviewed() {
    is_the_file("lock", "signals.lock");
}

#[test]
fn all_signals_and_receivers_are_in_the_picture_the_lock_and_the_table() {
    let wiring: Wiring = serde_json::from_str(&wiring_as("json")).unwrap();
    let (svg, lock, table) = (wiring_as("svg"), wiring_as("lock"), wiring_as("table"));
    let receivers = || wiring.signals.iter().flat_map(|signal| &signal.receivers);
    assert_eq!(
        svg.matches("class=\"signal\"").count(),
        wiring.signals.len()
    );
    assert_eq!(
        svg.matches("class=\"receiver\"").count(),
        receivers().count()
    );
    assert_eq!(lock.matches(" is sent as ").count(), wiring.signals.len());
    assert_eq!(
        lock.matches(" is received by ").count(),
        receivers().count()
    );
    for Signal {
        name,
        type_path,
        receivers,
    } in &wiring.signals
    {
        assert!(svg.contains(&format!(">{name}<")), "{name} is not drawn");
        // The drawn text of a long path is shortened.
        assert!(
            svg.contains(&format!("<title>{type_path} (")),
            "{type_path} is not drawn"
        );
        let sent = format!("\n{type_path} is sent as `{name}`");
        assert!(lock.contains(&sent), "{name} is not in the lock");
        let listed = |line: &str| line.split_whitespace().next() == Some(name);
        assert!(table.lines().any(listed), "{name} is not in the table");
        for Receiver { id, name } in receivers {
            assert!(svg.contains(&format!("{name}<")), "{name} is not drawn");
            let received = format!("\n{type_path} is received by {id}");
            assert!(lock.contains(&received), "{id} is not in the lock");
            assert!(table.contains(id), "{id} is not in the table");
        }
    }
}

#[test]
fn the_mails_and_the_log_are_what_receives() {
    let wiring: Wiring = serde_json::from_str(&wiring_as("json")).unwrap();
    let of = |signal: &str| {
        let signal = wiring.signals.iter().find(|other| other.name == signal);
        let receivers = signal.unwrap().receivers.iter();
        receivers
            .map(|receiver| receiver.name.as_str())
            .collect::<Vec<_>>()
    };
    assert_eq!(of("address_mail_requested"), ["issue_token"]);
    assert_eq!(of("address_mail_due"), ["mail_token"]);
    assert_eq!(of("user_password_changed"), ["warn_of_a_new_password"]);
    assert_eq!(of("user_password_checked"), ["note_check"]);
}

/// Compares the output with a file, byte for byte. `UPDATE_SIGNALS_LOCK=1` writes the file first, as
/// it does for `assert_wiring!`.
fn is_the_file(format: &str, file: &str) {
    let printed = wiring_as(format);
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    if env::var_os("UPDATE_SIGNALS_LOCK").is_some_and(|value| value == "1") {
        fs::write(&file, &printed).unwrap();
    }
    let kept = fs::read_to_string(&file).unwrap_or_default();
    assert!(
        printed == kept,
        "`accounts wiring --format {format}` is not {}: if this is meant, run this test with \
         UPDATE_SIGNALS_LOCK=1 and commit the file",
        file.display()
    );
}

fn wiring_as(format: &str) -> String {
    let output = accounts()
        .args(["wiring", "--format", format])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stderr.is_empty());
    String::from_utf8(output.stdout).unwrap()
}
