//! Prints the report, and returns the number of receivers that were called: a program for `wasm32-unknown-unknown`
//! cannot print.

use std::process::ExitCode;

fn main() -> ExitCode {
    let (called, report) = forty_app::report();
    println!("{report}");
    ExitCode::from(u8::try_from(called).unwrap_or(u8::MAX))
}
