//! The cost of durable receivers, beside the bare statements and beside job queues of other crates.
//!
//! README.md says how to run it. The candidates of a measure take turns in one run, and the first one is the base of
//! the ratios.

mod candidates;
mod child;
mod engine;
mod handled;
mod measures;
mod options;
mod report;
mod settings;

use std::error::Error;
use std::process::ExitCode;

use crate::options::{Command, Options};

/// Any error ends the benchmark.
type Result<T, E = Box<dyn Error + Send + Sync>> = std::result::Result<T, E>;

#[tokio::main]
async fn main() -> ExitCode {
    let command = match Options::parse(std::env::args().skip(1)) {
        Ok(command) => command,
        Err(error) => {
            eprintln!("{error}\n\n{}", options::USAGE);
            return ExitCode::FAILURE;
        }
    };
    let result = match command {
        Command::Measure(options) => measures::run(&options).await,
        Command::Worker { candidate, url } => child::work(&candidate, &url).await,
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
