//! The runs of a receiver, which it writes to a file.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::process;
use std::time::{SystemTime, UNIX_EPOCH};

const FILE: &str = "runs";

/// A run of a receiver.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) order: i64,
    pub(super) attempt: u32,
    pub(super) process: u32,
    /// In milliseconds since the Unix epoch.
    pub(super) started_at: u64,
    /// `None` if it was cut off.
    pub(super) ended_at: Option<u64>,
}

/// Appends a line with one call of the system, so that no line is cut off and lines of processes do not mix.
pub(super) fn note(folder: &Path, what: &str, order: i64, attempt: u32) {
    let line = format!(
        "{what} {order} {attempt} {} {}\n",
        process::id(),
        now_in_millis()
    );
    let file = OpenOptions::new()
        .append(true)
        .create(true)
        .open(folder.join(FILE));
    let written = file
        .and_then(|mut file| file.write(line.as_bytes()))
        .unwrap();
    assert_eq!(written, line.len());
}

/// Returns the runs in the order of their starts.
pub(super) fn runs_in(folder: &Path) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for line in fs::read_to_string(folder.join(FILE))
        .unwrap_or_default()
        .lines()
    {
        let words: Vec<_> = line.split(' ').collect();
        let &[what, order, attempt, process, at] = words.as_slice() else {
            panic!("{line:?}");
        };
        let (order, attempt, process) = (
            order.parse().unwrap(),
            attempt.parse().unwrap(),
            process.parse().unwrap(),
        );
        let at = at.parse().unwrap();
        if what == "start" {
            runs.push(Run {
                order,
                attempt,
                process,
                started_at: at,
                ended_at: None,
            });
            continue;
        }
        let mut started = runs.iter_mut().rev();
        let run =
            started.find(|it| (it.order, it.attempt, it.process) == (order, attempt, process));
        run.expect("an end after its start").ended_at = Some(at);
    }
    runs
}

pub(super) fn now_in_millis() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    u64::try_from(now.as_millis()).unwrap()
}
