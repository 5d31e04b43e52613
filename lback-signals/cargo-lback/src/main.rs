//! `cargo lback`: reads the wiring of signals out of a program, and compares releases.

mod check;
mod cli;
mod cursor;
mod diff;
mod error;
mod escape;
mod notes;
mod record;
mod sections;
mod semver;
mod source;
#[cfg(test)]
mod testing;
mod wiring;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run(std::env::args_os())
}
