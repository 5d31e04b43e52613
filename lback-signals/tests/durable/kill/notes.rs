//! The notes of the programs, in files: the runs of a receiver, and what a sender knows of its orders.

use std::collections::HashSet;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::process;
use std::time::{SystemTime, UNIX_EPOCH};

const RUNS: &str = "runs";
const OUTCOMES: &str = "outcomes";

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

/// The orders whose outcome a sender knows.
#[derive(Default)]
pub(super) struct Outcomes {
    pub(super) stored: HashSet<i64>,
    /// Rolled back, or refused by the database.
    pub(super) not_stored: HashSet<i64>,
}

/// Notes the start or the end of a run.
pub(super) fn note_run(folder: &Path, what: &str, order: i64, attempt: u32) {
    let (process, now) = (process::id(), now_in_millis());
    append(
        folder,
        RUNS,
        &format!("{what} {order} {attempt} {process} {now}\n"),
    );
}

/// Notes whether an order is stored.
pub(super) fn note_outcome(folder: &Path, order: i64, is_stored: bool) {
    append(folder, OUTCOMES, &format!("{order} {is_stored}\n"));
}

/// Appends a line with one call of the system, so that no line is cut off and lines of processes do not mix.
fn append(folder: &Path, file: &str, line: &str) {
    let file = OpenOptions::new()
        .append(true)
        .create(true)
        .open(folder.join(file));
    let written = file
        .and_then(|mut file| file.write(line.as_bytes()))
        .unwrap();
    assert_eq!(written, line.len());
}

fn lines(folder: &Path, file: &str) -> Vec<Vec<String>> {
    let text = fs::read_to_string(folder.join(file)).unwrap_or_default();
    let lines = text.lines();
    lines
        .map(|line| line.split(' ').map(str::to_owned).collect())
        .collect()
}

pub(super) fn outcomes_in(folder: &Path) -> Outcomes {
    let mut outcomes = Outcomes::default();
    for words in lines(folder, OUTCOMES) {
        let [order, is_stored] = words.as_slice() else {
            panic!("{words:?}");
        };
        let is_new = if is_stored == "true" {
            outcomes.stored.insert(order.parse().unwrap())
        } else {
            outcomes.not_stored.insert(order.parse().unwrap())
        };
        assert!(is_new, "{words:?}");
    }
    outcomes
}

/// Returns the runs in the order of their starts.
pub(super) fn runs_in(folder: &Path) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for words in lines(folder, RUNS) {
        let [what, order, attempt, process, at] = words.as_slice() else {
            panic!("{words:?}");
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
