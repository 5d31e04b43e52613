//! Tests in a child process, for what a process sets once: a hook, a queue that a drain closes.

use std::env;
use std::process::{Command, Output};
use std::thread;

/// Names the test that a child process runs.
const VARIABLE: &str = "LBACK_TEST_IN_CHILD_PROCESS";

/// Runs the body of a test in a child process, which runs no other test.
///
/// # Panics
///
/// If the body panics.
pub fn in_child_process(body: impl FnOnce()) {
    in_child_processes(1, body);
}

/// Runs the body of a test in this many child processes, one after the other.
///
/// # Panics
///
/// If the body panics in one of them.
pub fn in_child_processes(count: u32, body: impl FnOnce()) {
    for _ in 0..count {
        match child_process() {
            Some(command) => drop(output_of(command)),
            None => return body(),
        }
    }
}

/// Returns the command that runs the current test again in a child process, or `None` in that process.
///
/// # Panics
///
/// If it is not called on the thread of a test.
#[must_use]
pub fn child_process() -> Option<Command> {
    let thread = thread::current();
    // The test harness gives each thread the name of its test.
    let test = thread.name().expect("a thread with the name of a test");
    let is_child = env::var(VARIABLE).is_ok_and(|running| running == test);
    (!is_child).then(|| child_process_of(test))
}

/// Returns the command that runs a test of this program in a child process.
///
/// # Panics
///
/// If the path of this program is unknown.
#[must_use]
pub fn child_process_of(test: &str) -> Command {
    let mut command = Command::new(env::current_exe().expect("the path of this program"));
    command
        .args(["--exact", test, "--include-ignored"])
        .env(VARIABLE, test);
    command
}

/// Runs the command of a child process, prints its output and returns it.
///
/// # Panics
///
/// If the test fails, or if the child process does not run exactly one test.
#[must_use]
pub fn output_of(mut command: Command) -> Output {
    let output = command.output().expect("a child process");
    let stdout = String::from_utf8_lossy(&output.stdout);
    let stderr = String::from_utf8_lossy(&output.stderr);
    // The harness shows this if the test fails. Indented, since the child's result is not one of this process.
    for line in stdout.lines().chain(stderr.lines()) {
        println!("    {line}");
    }
    assert!(
        output.status.success() && stdout.contains("test result: ok. 1 passed"),
        "{command:?}: {}",
        output.status,
    );
    output
}
