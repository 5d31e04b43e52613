//! Passwords and tokens that are asked for on a terminal.

use std::thread;
use std::time::Duration;

use super::{
    NEW_PASSWORD, PASSWORD, WRONG_PASSWORD, is_let_in, last_token, register, register_verified,
    said,
};
use crate::terminal::Terminal;
use crate::world::World;

const STOP_SHOWING: &str = "\u{13}";
const GO_ON_SHOWING: &str = "\u{11}";

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "needs the `script` of Linux")]
fn a_password_is_asked_for_and_not_shown() {
    let world = World::sqlite();
    register_verified(&world, "ada");
    for (password, code, words) in [
        (PASSWORD, Some(0), "granted"),
        (WRONG_PASSWORD, Some(1), "denied"),
    ] {
        let mut terminal = Terminal::new(&world, &[], &["login", "ada"]);
        terminal.answer("Password: ", password);
        let (ended, shown) = terminal.end();
        assert_eq!(ended, code);
        let next_line = shown.strip_prefix("\r\n");
        assert!(
            next_line.is_some_and(|line| line.contains(words)),
            "{shown:?}"
        );
        assert!(!shown.contains(password), "the password is shown");
    }
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "needs the `script` of Linux")]
fn a_new_password_is_asked_for_twice() {
    let world = World::sqlite();
    let register = ["register", "ada", "ada@example.org"];
    let mut terminal = Terminal::new(&world, &[], &register);
    terminal.answer("New password: ", PASSWORD);
    terminal.answer("New password again: ", WRONG_PASSWORD);
    let (ended, shown) = terminal.end();
    assert_eq!(ended, Some(2));
    assert!(
        shown.contains("the two passwords are not the same"),
        "{shown:?}"
    );
    assert_eq!(said(&world, &["list", "--json"], &[]), "");

    register_verified(&world, "ada");
    let mut terminal = Terminal::new(&world, &[], &["passwd", "ada"]);
    terminal.answer("Present password: ", PASSWORD);
    terminal.answer("New password: ", NEW_PASSWORD);
    terminal.answer("New password again: ", NEW_PASSWORD);
    let (ended, shown) = terminal.end();
    assert_eq!(ended, Some(0), "{shown:?}");
    for password in [PASSWORD, NEW_PASSWORD] {
        assert!(!shown.contains(password), "a password is shown");
    }
    assert!(is_let_in(&world, "ada", NEW_PASSWORD));
}

/// Between two prompts there is no moment to wait for, so that it is looked for a while.
#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "needs the `script` of Linux")]
fn input_is_hidden_before_and_between_prompts() {
    let world = World::sqlite();
    let before = [("BEFORE", "read -r _")];
    let register = ["register", "ada", "ada@example.org"];
    let mut terminal = Terminal::new(&world, &before, &register);
    terminal.write(&format!("{STOP_SHOWING}\n"));
    terminal.wait_until_hidden();
    terminal.write(GO_ON_SHOWING);
    terminal.prompted("New password: ");
    terminal.write(&format!("{STOP_SHOWING}{PASSWORD}\n"));
    for _ in 0..50 {
        assert!(!terminal.shows_what_is_typed());
        thread::sleep(Duration::from_millis(10));
    }
    terminal.write(GO_ON_SHOWING);
    terminal.answer("New password again: ", PASSWORD);
    let (ended, shown) = terminal.end();
    assert_eq!(ended, Some(0), "{shown:?}");
    assert!(!shown.contains(PASSWORD), "the password is shown");
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "needs the `script` of Linux")]
fn a_signal_ends_a_prompt_and_leaves_the_terminal_as_it_was() {
    let world = World::sqlite();
    for (signal, code) in [("HUP", 129), ("INT", 130), ("QUIT", 131), ("TERM", 143)] {
        let mut terminal = Terminal::new(&world, &[], &["login", "ada"]);
        terminal.prompted("Password: ");
        terminal.signal(signal);
        assert_eq!(terminal.end().0, Some(code), "{signal}");
    }
    let mut terminal = Terminal::new(&world, &[], &["register", "ada", "ada@example.org"]);
    terminal.answer("New password: ", PASSWORD);
    terminal.prompted("New password again: ");
    terminal.write("\u{3}");
    assert_eq!(terminal.end().0, Some(130), "Ctrl-C");
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "needs the `script` of Linux")]
fn a_prompt_in_the_background_is_ended_by_a_signal() {
    let world = World::sqlite();
    let login = ["login", "ada"];
    // As interactive shells do with a job that is stopped.
    let after = (
        "AFTER",
        "stty \"$settings\"; echo 'it is stopped'; read -r _",
    );
    let mut taken_there = Terminal::new(&world, &[after], &login);
    taken_there.prompted("Password: ");
    taken_there.write("\u{1a}");
    taken_there.wait_for("it is stopped");
    let before = ("BEFORE", "kill -s STOP $$");
    let mut started_there = Terminal::new(&world, &[before, after], &login);
    started_there.wait_for("it is stopped");
    started_there.signal("CONT");
    for mut terminal in [taken_there, started_there] {
        terminal.wait_until('T');
        terminal.signal("TERM");
        terminal.signal("CONT");
        terminal.wait_until('Z');
        terminal.write("\n");
        terminal.end();
    }
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "needs the `script` of Linux")]
fn the_settings_of_those_in_the_foreground_are_not_taken_for_those_to_go_back_to() {
    let world = World::sqlite();
    let environment = [
        ("BEFORE", "kill -s STOP $$"),
        (
            "AFTER",
            "stty ixany; echo 'it is stopped'; read -r _; stty \"$settings\"; fg",
        ),
    ];
    let mut terminal = Terminal::new(&world, &environment, &["login", "ada"]);
    terminal.wait_for("it is stopped");
    terminal.signal("CONT");
    terminal.wait_until('T');
    terminal.write("\n");
    terminal.answer("Password: ", PASSWORD);
    let (_, shown) = terminal.end();
    assert!(shown.contains("denied"), "{shown:?}");
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "needs the `script` of Linux")]
fn a_password_that_is_typed_is_the_one_on_standard_input() {
    let world = World::sqlite();
    let password = "a tab\tand \u{e4} in a password";
    let mut terminal = Terminal::new(&world, &[], &["register", "ada", "ada@example.org"]);
    terminal.answer("New password: ", password);
    terminal.answer("New password again: ", password);
    let (ended, shown) = terminal.end();
    assert_eq!(ended, Some(0), "{shown:?}");
    said(&world, &["verify", "--", &last_token(&world)], &[]);
    assert!(is_let_in(&world, "ada", password));
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "needs the `script` of Linux")]
fn an_incomplete_line_is_no_password() {
    let world = World::sqlite();
    let longest = 4094;
    for (keys, code, words) in [
        ("a".repeat(longest) + "\n", 1, "denied"),
        ("a".repeat(longest + 1) + "\n", 2, "too long for a password"),
        ("a".repeat(5000) + "\n", 2, "too long for a password"),
        (
            "\u{4}".to_owned(),
            2,
            "there is no password on the terminal",
        ),
    ] {
        let mut terminal = Terminal::new(&world, &[], &["login", "ada"]);
        terminal.prompted("Password: ");
        terminal.write(&keys);
        let (ended, shown) = terminal.end();
        assert_eq!(ended, Some(code), "{shown:?}");
        assert!(shown.contains(words), "{shown:?}");
        assert!(!shown.contains("aaa"), "it is shown");
    }
}

#[test]
fn white_space_around_a_token_is_no_part_of_it() {
    let world = World::sqlite();
    register(&world, "ada");
    let token = format!("{}\r", last_token(&world));
    said(&world, &["verify", "--", &token], &[]);
    register(&world, "alan");
    let token = format!(" {}\t", last_token(&world));
    said(&world, &["verify", "-\r"], &[&token]);
}
