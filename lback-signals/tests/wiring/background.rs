//! Async and background receivers in the wiring, and the problems that `check()` finds in their order.

use lback_signals::{Signal, WiringProblem, receiver, signal, wiring};

#[signal(async, owned)]
struct Published;

#[receiver(signal = Published, after_commit, background)]
async fn a_commits(_: &Published) {}

#[receiver(signal = Published, background)]
fn b_background(_: &Published) {}

/// Ordered after a receiver of an earlier phase.
#[receiver(signal = Published, after(e_now))]
async fn c_awaited(_: &Published) {}

/// Ordered after a receiver of a later phase.
#[receiver(signal = Published, after(b_background))]
async fn d_awaited(_: &Published) {}

/// Ordered after a receiver of a later phase.
#[receiver(signal = Published, after(c_awaited))]
fn e_now(_: &Published) {}

#[receiver(signal = Published, after_commit, first)]
fn f_commits(_: &Published) {}

#[test]
fn receivers_are_listed_by_phase_and_background_ones_first_within_a_phase() {
    let receivers = Published::info().receivers();
    let names: Vec<_> = receivers.iter().map(|it| it.name()).collect();
    assert_eq!(
        names,
        [
            "e_now",
            "c_awaited",
            "d_awaited",
            "b_background",
            "a_commits",
            "f_commits"
        ]
    );
}

#[test]
fn the_table_shows_the_phase_and_kind_of_each_receiver() {
    let table = wiring().to_string();
    for line in [
        "wiring::background::Published; async; owned",
        "async, after(e_now)",
        "background",
        "after_commit, background, async",
    ] {
        assert!(
            table.lines().any(|it| it.trim() == line),
            "no {line} in {table}"
        );
    }
}

#[test]
fn check_finds_cycles_and_constraints_across_phases() {
    let problems = crate::problems_of(module_path!());
    let mut cycles = 0;
    let mut across = Vec::new();
    for problem in &problems {
        match problem {
            WiringProblem::OrderCycle { receivers } => {
                let names: Vec<_> = receivers.iter().map(|it| it.name()).collect();
                assert_eq!(names, ["c_awaited", "e_now"]);
                cycles += 1;
            }
            WiringProblem::OrderAcrossPhases { receiver, path } => {
                across.push((receiver.name(), *path));
            }
            other => panic!("{other}"),
        }
    }
    assert_eq!(cycles, 1);
    assert_eq!(across, [("d_awaited", "b_background")]);
}
