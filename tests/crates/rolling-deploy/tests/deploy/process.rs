//! A version that runs.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read};
use std::ops::Range;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// A time that no successful test needs.
const DEADLINE: Duration = Duration::from_mins(1);

/// How often each order was booked and mailed.
#[derive(Debug, Default)]
pub(crate) struct Lines(pub(crate) Mutex<BTreeMap<String, u32>>);

impl Lines {
    /// Returns the orders after a word, each of which is there once.
    pub(crate) fn orders(&self, word: &str) -> BTreeSet<i64> {
        let lines = self.0.lock().unwrap();
        let of_word = lines.iter().filter_map(|(line, times)| {
            let order = line.strip_prefix(word)?.trim().parse().unwrap();
            assert_eq!(*times, 1, "{line}");
            Some(order)
        });
        of_word.collect()
    }

    pub(crate) fn has(&self, line: &str) -> bool {
        self.0.lock().unwrap().contains_key(line)
    }
}

/// A running version. Dropping it kills it.
pub(crate) struct Version {
    process: Child,
    pub(crate) lines: Arc<Lines>,
    reader: Option<JoinHandle<()>>,
}

impl Version {
    pub(crate) fn start(program: &str, url: &str, orders: Range<i64>, arguments: &[&str]) -> Self {
        let mut process = Command::new(program)
            .arg(url)
            .arg(orders.start.to_string())
            .arg((orders.end - orders.start).to_string())
            .args(arguments)
            // Cargo's configuration of the workspace turns it off.
            .env("LBACK_STDERR", "on")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = Arc::new(Lines::default());
        let stdout = process.stdout.take().unwrap();
        let reader = Some(thread::spawn({
            let lines = Arc::clone(&lines);
            move || read(stdout, &lines)
        }));
        Self {
            process,
            lines,
            reader,
        }
    }

    pub(crate) fn wait_until_sent(&self) {
        until(|| self.lines.has("ready"));
    }

    /// Closes its standard input, which ends it. Returns its output.
    pub(crate) fn end(self) -> Arc<Lines> {
        let (lines, errors) = self.end_with_errors();
        assert_eq!(errors, "", "failures are lines on standard error");
        lines
    }

    /// Closes its standard input, which ends it. Returns its output and its standard error.
    pub(crate) fn end_with_errors(mut self) -> (Arc<Lines>, String) {
        drop(self.process.stdin.take());
        let status = self.process.wait().unwrap();
        let mut errors = String::new();
        let mut stderr = self.process.stderr.take().unwrap();
        stderr.read_to_string(&mut errors).unwrap();
        assert!(status.success(), "{status}: {errors}");
        self.reader.take().unwrap().join().unwrap();
        (Arc::clone(&self.lines), errors)
    }
}

impl Drop for Version {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn read(stdout: ChildStdout, lines: &Lines) {
    for line in BufReader::new(stdout).lines() {
        let mut lines = lines.0.lock().unwrap();
        *lines.entry(line.unwrap()).or_default() += 1;
    }
}

pub(crate) fn until(mut is_met: impl FnMut() -> bool) {
    let deadline = Instant::now() + DEADLINE;
    while !is_met() {
        assert!(Instant::now() < deadline, "not within {DEADLINE:?}");
        thread::sleep(Duration::from_millis(10));
    }
}
