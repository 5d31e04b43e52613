//! On a terminal, which the program `script` makes.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use super::{NEW_PASSWORD, PASSWORD, WRONG_PASSWORD, is_let_in, register_verified, said};
use crate::calls::in_shell;
use crate::world::World;

/// So long that only what hangs takes longer.
const LONG: Duration = Duration::from_mins(2);

/// A call at work on a terminal.
struct Terminal {
    script: Child,
    keyboard: ChildStdin,
    shown: String,
    more: Receiver<String>,
    /// The device.
    name: String,
}

impl Terminal {
    fn new(world: &World, environment: &[(&str, &str)], arguments: &[&str]) -> Self {
        // It takes its command as one text.
        let outer = "quoted=; for word; do quoted=\"$quoted '$word'\"; done; \
            exec script --quiet --return --command \"tty; exec $quoted\" /dev/null";
        let mut call = in_shell(outer, &world.call(arguments));
        let mut script = call
            .env("SHELL", "/bin/sh")
            .env("TERM", "xterm")
            .envs(environment.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut screen = script.stdout.take().unwrap();
        let (sender, more) = channel();
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count) = screen.read(&mut buffer) {
                let text = String::from_utf8_lossy(&buffer[..count]).into_owned();
                if count == 0 || sender.send(text).is_err() {
                    break;
                }
            }
        });
        let keyboard = script.stdin.take().unwrap();
        let mut terminal = Self {
            script,
            keyboard,
            shown: String::new(),
            more,
            name: String::new(),
        };
        terminal.wait_for("\r\n");
        let shown = std::mem::take(&mut terminal.shown);
        let (name, rest) = shown.split_once("\r\n").unwrap();
        assert!(Path::new(name).exists(), "{name} is no terminal");
        name.clone_into(&mut terminal.name);
        rest.clone_into(&mut terminal.shown);
        terminal
    }

    fn wait_for(&mut self, text: &str) {
        while !self.shown.contains(text) {
            let more = self.more.recv_timeout(LONG);
            assert!(more.is_ok(), "`{text}` is not shown: {:?}", self.shown);
            self.shown += &more.unwrap();
        }
    }

    /// Answers a prompt, when what is typed is not shown any more.
    fn answer(&mut self, prompt: &str, line: &str) {
        self.wait_for(prompt);
        let (before, after) = self.shown.split_once(prompt).unwrap();
        self.shown = format!("{before}{after}");
        while self.shows_what_is_typed() {
            thread::sleep(Duration::from_millis(10));
        }
        writeln!(self.keyboard, "{line}").unwrap();
    }

    fn shows_what_is_typed(&self) -> bool {
        let settings = Command::new("stty").args(["-F", &self.name, "-a"]).output();
        let settings = settings.unwrap();
        assert!(
            settings.status.success(),
            "the program ends without an answer"
        );
        let settings = String::from_utf8(settings.stdout).unwrap();
        !settings
            .split_whitespace()
            .any(|setting| setting == "-echo")
    }

    /// The exit code, and all that was shown but the prompts.
    fn end(mut self) -> (Option<i32>, String) {
        while let Ok(more) = self.more.recv_timeout(LONG) {
            self.shown += &more;
        }
        let status = self.script.wait().unwrap();
        drop(self.keyboard);
        (status.code(), self.shown)
    }
}

#[test]
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
        assert!(shown.contains(words), "{shown:?}");
        assert!(!shown.contains(password), "the password is shown");
    }
}

#[test]
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

#[test]
fn there_are_colours_unless_somebody_does_not_want_them() {
    let world = World::sqlite();
    register_verified(&world, "ada");
    for arguments in [
        &["list"][..],
        &["audit"],
        &["deactivate", "nobody"],
        &["--help"],
    ] {
        let (_, shown) = Terminal::new(&world, &[], arguments).end();
        assert!(shown.contains('\u{1b}'), "{arguments:?}: {shown:?}");
        let no_colour = [("NO_COLOR", "1")];
        let (_, shown) = Terminal::new(&world, &no_colour, arguments).end();
        assert!(!shown.is_empty(), "{arguments:?}");
        assert!(!shown.contains('\u{1b}'), "{arguments:?}: {shown:?}");
    }
}

#[test]
fn the_bar_of_an_import_is_gone_when_it_is_done() {
    let world = World::sqlite();
    let original = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/lback.sqlite3");
    let terminal = Terminal::new(&world, &[], &["import", "lback", original]);
    let (ended, shown) = terminal.end();
    assert_eq!(ended, Some(0));
    let last = shown.trim_end().lines().last().unwrap();
    assert!(
        last.ends_with("imported 10, already there 0, skipped 2, tokens 0"),
        "{shown:?}"
    );
}
