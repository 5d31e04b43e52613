//! A terminal, which the program `script` makes.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::calls::in_shell;
use crate::world::World;

/// So long that only what hangs takes longer.
const LONG: Duration = Duration::from_mins(2);

/// The script of a shell that runs a call as its job, and prints how the call has left the terminal.
/// A test may have something done before the call and after it.
const SESSION: &str = r#"
settings=$(stty -g)
set -m
trap : INT
sh -c 'echo "$(tty) $$"; eval "$BEFORE"; exec "$@"' sh "$@"
code=$?
eval "$AFTER"
test "$(stty -g)" = "$settings" && echo 'as it was'
(exit "$code")
"#;

/// A call at work on a terminal.
pub(crate) struct Terminal {
    script: Child,
    keyboard: ChildStdin,
    shown: String,
    more: Receiver<String>,
    /// The device.
    name: String,
    /// The process of the call.
    process: String,
}

impl Terminal {
    pub(crate) fn new(world: &World, environment: &[(&str, &str)], arguments: &[&str]) -> Self {
        // It takes its command as one text.
        let outer = "quoted=; for word; do quoted=\"$quoted '$word'\"; done; \
            exec script --quiet --return --command \"set -- $quoted; $SESSION\" /dev/null";
        let mut call = in_shell(outer, &world.call(arguments));
        let mut script = call
            .env("SHELL", "/bin/sh")
            .env("TERM", "xterm")
            .env("SESSION", SESSION)
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
            process: String::new(),
        };
        terminal.wait_for("\r\n");
        let shown = std::mem::take(&mut terminal.shown);
        let (first, rest) = shown.split_once("\r\n").unwrap();
        let (name, process) = first.split_once(' ').unwrap();
        assert!(Path::new(name).exists(), "{name} is no terminal");
        name.clone_into(&mut terminal.name);
        process.clone_into(&mut terminal.process);
        rest.clone_into(&mut terminal.shown);
        terminal
    }

    pub(crate) fn wait_for(&mut self, text: &str) {
        while !self.shown.contains(text) {
            let more = self.more.recv_timeout(LONG);
            assert!(more.is_ok(), "`{text}` is not shown: {:?}", self.shown);
            self.shown += &more.unwrap();
        }
    }

    /// Answers a prompt as soon as it is there.
    pub(crate) fn answer(&mut self, prompt: &str, line: &str) {
        self.prompted(prompt);
        self.write(&format!("{line}\n"));
    }

    /// Waits for a prompt, and forgets it.
    pub(crate) fn prompted(&mut self, prompt: &str) {
        self.wait_for(prompt);
        let (before, after) = self.shown.split_once(prompt).unwrap();
        self.shown = format!("{before}{after}");
        assert!(!self.shows_what_is_typed(), "at `{prompt}`");
    }

    pub(crate) fn write(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
    }

    /// Waits until what is typed is not shown.
    pub(crate) fn wait_until_hidden(&self) {
        let start = Instant::now();
        while self.shows_what_is_typed() {
            assert!(start.elapsed() < LONG, "what is typed is shown");
            thread::sleep(Duration::from_millis(10));
        }
    }

    pub(crate) fn shows_what_is_typed(&self) -> bool {
        let settings = Command::new("stty").args(["-F", &self.name, "-a"]).output();
        let settings = settings.unwrap();
        assert!(settings.status.success(), "the terminal is gone");
        let settings = String::from_utf8(settings.stdout).unwrap();
        !settings
            .split_whitespace()
            .any(|setting| setting == "-echo")
    }

    /// Sends a signal to the call alone.
    pub(crate) fn signal(&self, name: &str) {
        let killed = Command::new("sh")
            .args(["-c", "kill -s \"$1\" \"$2\"", "sh", name, &self.process])
            .status();
        assert!(killed.unwrap().success());
    }

    /// Waits until the process of the call is in this state of Linux, or gone.
    pub(crate) fn wait_until(&self, state: char) {
        let start = Instant::now();
        let process = format!("/proc/{}/stat", self.process);
        while std::fs::read_to_string(&process)
            .is_ok_and(|stat| !stat.contains(&format!(") {state} ")))
        {
            assert!(start.elapsed() < LONG, "it does not come to {state}");
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// The exit code, and all that was shown but the prompts. The terminal is as it was.
    pub(crate) fn end(mut self) -> (Option<i32>, String) {
        while let Ok(more) = self.more.recv_timeout(LONG) {
            self.shown += &more;
        }
        let status = self.script.wait().unwrap();
        drop(self.keyboard);
        let shown = self.shown.strip_suffix("as it was\r\n");
        assert!(shown.is_some(), "the terminal is not: {:?}", self.shown);
        (status.code(), shown.unwrap().to_owned())
    }
}
