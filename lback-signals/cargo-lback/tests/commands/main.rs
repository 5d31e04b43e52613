//! Runs the commands on this test program, and compares their output with its wiring at run time.

mod listing;
mod problems;
mod releases;
mod verify;
mod wires;

use std::env;
use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::{Command, Output};

// The crates whose receivers this program has.
lback_signals::link!(lback_auth, shop_audit, shop_payments, shop_receivers);

/// Runs the tool as `cargo lback` does, and returns its exit status and what it prints.
fn lback<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-lback"));
    let Output {
        status,
        stdout,
        stderr,
    } = command.arg("lback").args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

/// Returns what a command that succeeds prints about this program.
fn of_this_program(arguments: &[&str]) -> String {
    let program = this_program();
    let mut all: Vec<_> = arguments.iter().map(OsStr::new).collect();
    all.push(program.as_os_str());
    let (status, stdout, stderr) = lback(all);
    assert_eq!((status, stderr.as_str()), (0, ""), "{stdout}");
    stdout
}

fn this_program() -> PathBuf {
    env::current_exe().unwrap()
}
