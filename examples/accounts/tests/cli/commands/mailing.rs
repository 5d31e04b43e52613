//! Mails that do not go out.

use std::net::TcpListener;
use std::thread::sleep;
use std::time::Duration;

use super::{PASSWORD, last_token, register_verified, said, sent};
use crate::world::{World, on_each_database};

on_each_database!(
    a_registration_is_done_and_its_mail_is_sent_later,
    a_requested_mail_is_sent_later,
    a_notice_is_sent_later,
    a_worker_sends_what_waits,
    without_a_database_nothing_is_created,
);

/// A mail server that is not there.
fn no_server() -> String {
    // A port that was free a moment ago.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}

/// The warning of a call whose mail is not sent.
fn warned(world: &World, arguments: &[&str], lines: &[&str]) -> String {
    let server = no_server();
    let url = format!("smtp://ada:hunter2@{server}");
    let output = world.run(&[&["--mail", &url], arguments].concat(), lines);
    let warning = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{warning}");
    assert!(warning.starts_with("warning: "), "{warning}");
    assert!(warning.contains(&format!("the mail server {server} ")));
    assert_eq!(warning.matches("\nhint: `--mail` says ").count(), 1);
    let left = "warning: 1 mail waits: `accounts work` sends it\n";
    assert!(warning.ends_with(left), "{warning}");
    assert!(!warning.contains("hunter2"), "{warning}");
    warning
}

/// Sends what waits, and returns the number of new mails.
fn drained(world: &World) -> usize {
    let before = sent(world).len();
    said(world, &["durable", "drain", "--within", "60s"], &[]);
    sent(world).len() - before
}

fn a_registration_is_done_and_its_mail_is_sent_later(world: &World) {
    let register = ["register", "ada", "ada@example.org"];
    let warning = warned(world, &register, &[PASSWORD]);
    let expected = "the verification mail to ada@example.org was not sent";
    assert!(warning.contains(expected), "{warning}");
    assert!(said(world, &["list"], &[]).contains("ada@example.org"));
    assert!(sent(world).is_empty());

    let stored = said(world, &["durable", "list"], &[]);
    assert!(stored.contains("lback.issue-token"), "{stored}");
    assert_eq!(drained(world), 1);
    said(world, &["verify", "--", &last_token(world)], &[]);
}

fn a_requested_mail_is_sent_later(world: &World) {
    register_verified(world, "ada");
    for arguments in [
        &["reset", "ada@example.org"][..],
        &["change-email", "ada", "countess@example.org"],
    ] {
        warned(world, arguments, &[]);
        assert_eq!(drained(world), 1);
    }
}

fn a_notice_is_sent_later(world: &World) {
    register_verified(world, "ada");
    let before = sent(world).len();
    warned(world, &["passwd", "ada"], &[PASSWORD, super::NEW_PASSWORD]);
    // It may send the notice.
    assert!(super::is_let_in(world, "ada", super::NEW_PASSWORD));
    drained(world);
    assert_eq!(sent(world).len(), before + 1);
}

/// The worker is interrupted when it has sent what waits.
fn a_worker_sends_what_waits(world: &World) {
    warned(world, &["register", "ada", "ada@example.org"], &[PASSWORD]);
    let mut worker = world.call(&["work"]).spawn().unwrap();
    while sent(world).is_empty() {
        assert!(worker.try_wait().unwrap().is_none(), "it has ended");
        sleep(Duration::from_millis(10));
    }
    let id = i32::try_from(worker.id()).unwrap();
    let id = rustix::process::Pid::from_raw(id).unwrap();
    rustix::process::kill_process(id, rustix::process::Signal::INT).unwrap();
    assert!(worker.wait().unwrap().success());
    said(world, &["verify", "--", &last_token(world)], &[]);
}

fn without_a_database_nothing_is_created(world: &World) {
    if world.database.starts_with("sqlite:") {
        for arguments in [&["work"][..], &["durable", "list"]] {
            let output = world.run(arguments, &[]);
            assert_eq!(output.status.code(), Some(2), "{output:?}");
            assert!(!world.folder().join("accounts.db").exists());
        }
    }
}
