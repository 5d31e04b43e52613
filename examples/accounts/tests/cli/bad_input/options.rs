//! Options that cannot be used.

use std::fs;

use super::{PASSWORD, SECRET, content, is_refused};
use crate::world::World;

const REGISTER: [&str; 3] = ["register", "ada", "ada@example.org"];

#[test]
fn mails_that_can_go_nowhere_are_refused_before_anything_is_done() {
    let world = World::sqlite();
    for options in [
        ["--mail", "ftp://ada:hunter2@localhost/mails"],
        ["--mail", "smtp://ada:hunter2@localhost:many"],
        ["--mail", ""],
        ["--mail-from", "no address at all"],
    ] {
        let output = world.run(&[&options[..], &REGISTER].concat(), &[PASSWORD]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{options:?}");
        assert!(said.starts_with("error: "), "{said}");
        assert!(
            said.contains(options[0]) && !said.contains(SECRET),
            "{said}"
        );
    }
    assert!(content(world.folder()).is_empty());
}

#[test]
fn a_key_that_cannot_be_used_is_refused_before_anything_is_done() {
    let world = World::sqlite();
    fs::write(world.folder().join("short.key"), "short").unwrap();
    for (key, words) in [
        (
            "short.key",
            &["the key short.key is too short", "another is made"],
        ),
        (
            "nowhere/accounts.key",
            &["nowhere/accounts.key", "look whether its folder is there"],
        ),
    ] {
        let options = ["--key", key];
        let output = world.run(&[&options[..], &REGISTER].concat(), &[PASSWORD]);
        is_refused(&output, words);
    }
    super::is_empty(&world);
}

#[test]
fn an_account_that_cannot_be_is_refused_before_anything_is_done() {
    let world = World::sqlite();
    for (username, email) in [("a", "ada@example.org"), ("ada", "ada")] {
        let output = world.run(&["register", username, email], &[PASSWORD]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.starts_with("error: the "), "{said}");
    }
    assert!(content(world.folder()).is_empty());
}

#[test]
fn words_that_are_none_of_the_command_line_are_refused() {
    let world = World::sqlite();
    for arguments in [
        &["sign-in"][..],
        &["register", "ada"],
        &["verify"],
        &["reset"],
        &["change-email", "ada"],
        &["login", "ada", "--password", "on the command line"],
        &["audit", "--since", "yesterday"],
        &["audit", "-n", "few"],
        &["--client", "somewhere", "list"],
        &["wiring", "--format", "oil on canvas"],
        &["completions", "esh"],
    ] {
        let output = world.run(arguments, &[]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(said.starts_with("error: "), "{said}");
        assert!(said.contains("--help"), "{said}");
    }
    assert!(content(world.folder()).is_empty());
}

#[test]
fn arguments_that_are_refused_are_not_shown_raw() {
    let world = World::sqlite();
    for arguments in [
        &["list", "--\u{202E}nosj"][..],
        &["list\u{202E}"],
        &["list", "ada\u{9B}31m"],
        &["audit", "--since", "\u{7}\u{2066}"],
    ] {
        let output = world.run(arguments, &[]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(
            said.starts_with("error: ") && said.contains("\\u{"),
            "{said}"
        );
        assert!(
            !said.contains(['\u{7}', '\u{9B}', '\u{202E}', '\u{2066}']),
            "{said:?}"
        );
    }
}
