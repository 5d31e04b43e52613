//! Async and background receivers in the wiring, and the problems that `check()` finds in their order.

#![cfg(feature = "tokio")]

use lback_signals::{Signal, WiringProblem, receiver, signal, wiring};

#[signal(async, owned)]
struct Published;

#[receiver(signal = Published, after_commit, background)]
async fn a_commits(_: &Published) {}

#[receiver(signal = Published, background)]
fn b_background(_: &Published) {}

/// Ordered after one that comes earlier by its phase.
#[receiver(signal = Published, after(e_now))]
async fn c_awaited(_: &Published) {}

/// Ordered after one that comes later by its phase.
#[receiver(signal = Published, after(b_background))]
async fn d_awaited(_: &Published) {}

/// Ordered after one that comes later by its phase.
#[receiver(signal = Published, after(c_awaited))]
fn e_now(_: &Published) {}

#[receiver(signal = Published, after_commit, first)]
fn f_commits(_: &Published) {}

#[test]
fn phases_follow_each_other_and_the_background_is_handed_over_first() {
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
fn the_table_shows_when_and_where_each_runs() {
    let table = wiring().to_string();
    for line in [
        "wiring_background::Published; async; owned",
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
fn an_order_that_cannot_be_had_is_found() {
    let problems = wiring().check().unwrap_err();
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
