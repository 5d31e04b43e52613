//! A log that is followed as it grows.

use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use super::{PASSWORD, login, register_verified, said};
use crate::world::{World, on_each_database};

on_each_database!(
    following_shows_entries_of_other_processes_until_an_interrupt,
    following_shows_only_matching_entries,
);

/// So long that only what hangs takes longer.
const LONG: Duration = Duration::from_mins(2);

const SIGINT: i32 = 2;

/// `audit --follow` at work.
struct Follower {
    child: Child,
    lines: Receiver<String>,
}

impl Follower {
    fn new(world: &World, filter: &[&str]) -> Self {
        let mut call = world.call(&[&["audit", "--follow", "--json"], filter].concat());
        let mut child = call
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = channel();
        thread::spawn(move || {
            for line in stdout.lines() {
                if sender.send(line.unwrap()).is_err() {
                    break;
                }
            }
        });
        Self { child, lines }
    }

    fn next(&self) -> String {
        self.lines.recv_timeout(LONG).unwrap()
    }

    /// Interrupts it, as Ctrl-C does, and says which signal has ended it and what it has still shown.
    fn interrupt(mut self) -> (Option<i32>, Vec<String>) {
        let id = self.child.id().to_string();
        let killed = Command::new("sh")
            .args(["-c", "kill -INT \"$1\"", "sh", &id])
            .status();
        assert!(killed.unwrap().success());
        let start = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(start.elapsed() < LONG, "it goes on after an interrupt");
            thread::sleep(Duration::from_millis(10));
        };
        (status.signal(), self.lines.iter().collect())
    }
}

/// A failed test leaves no process behind that follows the log.
impl Drop for Follower {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn lines(world: &World) -> Vec<String> {
    let printed = said(world, &["audit", "--json"], &[]);
    printed.lines().map(str::to_owned).collect()
}

fn following_shows_entries_of_other_processes_until_an_interrupt(world: &World) {
    register_verified(world, "ada");
    let follower = Follower::new(world, &[]);
    let mut shown: Vec<_> = lines(world).iter().map(|_| follower.next()).collect();
    for _ in 0..3 {
        let before = shown.len();
        assert_eq!(login(world, "ada", PASSWORD).0, Some(0));
        for _ in before..lines(world).len() {
            shown.push(follower.next());
        }
        assert!(shown.len() > before);
    }
    assert_eq!(shown, lines(world));
    assert_eq!(follower.interrupt(), (Some(SIGINT), Vec::new()));
}

fn following_shows_only_matching_entries(world: &World) {
    register_verified(world, "ada");
    let filter = ["--signal", "user_deactivated"];
    let follower = Follower::new(world, &filter);
    said(world, &["deactivate", "ada"], &[]);
    said(world, &["reactivate", "ada"], &[]);
    said(world, &["deactivate", "ada"], &[]);
    for _ in 0..2 {
        assert!(follower.next().contains("\"user_deactivated\""));
    }
    assert_eq!(follower.interrupt(), (Some(SIGINT), Vec::new()));
}
