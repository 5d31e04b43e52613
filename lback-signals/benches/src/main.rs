//! The cost of a dispatch, beside a table of functions that is written by hand and beside other crates.
//!
//! README.md says how to run it. The candidates of a group take turns in one run, and the first one is the base of
//! the ratios.
//!
//! Each receiver adds the amount of the payload to its own thread-local total, so the receivers are distinct
//! functions and wait neither for each other nor for other threads.

mod awaited;
#[cfg(feature = "tokio")]
mod background;
mod called;
mod connected;
mod harness;
mod receivers;
mod resources;
mod threads;

use std::env;
use std::process::ExitCode;

use crate::harness::Run;

const USAGE: &str = "usage: lback-signals-benches [--brief | --instructions] [FILTER]

  --brief         measures a few rounds only
  --instructions  runs each case once, for callgrind: see instructions.sh
  FILTER          the beginning of the names `group: candidate` of the cases to run";

fn main() -> ExitCode {
    let mut run = Run::Full;
    let mut filter = String::new();
    for argument in env::args().skip(1) {
        match &*argument {
            "--brief" => run = Run::Brief,
            "--instructions" => run = Run::Instructions,
            option if option.starts_with('-') => {
                eprintln!("{USAGE}");
                return ExitCode::FAILURE;
            }
            _ => filter = argument,
        }
    }
    let mut groups = called::groups();
    groups.extend(connected::groups());
    groups.extend(resources::groups());
    groups.extend(awaited::groups());
    #[cfg(feature = "tokio")]
    groups.extend(background::groups());
    if run != Run::Instructions {
        groups.extend(threads::groups());
        harness::print_header();
    }
    for group in groups {
        group.measure(run, &filter);
    }
    ExitCode::SUCCESS
}
