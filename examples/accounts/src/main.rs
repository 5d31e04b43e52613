//! Accounts in a database, on the command line.
//!
//! ```text
//! cargo run --release -p accounts -- --help
//! ```

mod cli;
mod commands;
mod database;
mod failure;
mod files;
mod import;
mod mail;
mod output;
mod prompt;

use std::process::ExitCode;

use clap::Parser;

use self::cli::Cli;

fn main() -> ExitCode {
    match Cli::try_parse() {
        Ok(cli) => commands::run(cli),
        Err(error) => failure::of_arguments(&error),
    }
}
