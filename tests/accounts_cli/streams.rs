//! Exit codes when standard output cannot be written to.

use std::io::{Write, pipe};
use std::process::{Command, Stdio};

use crate::world::World;

/// The exit code, if standard output is this, of a call that is given a password.
fn code(mut call: Command, stdout: impl Into<Stdio>) -> Option<i32> {
    let mut child = call
        .stdin(Stdio::piped())
        .stdout(stdout)
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // One that reads nothing may have ended by now.
    let _ = writeln!(child.stdin.take().unwrap(), "correct horse battery staple");
    child.wait().unwrap().code()
}

/// What nobody reads from.
fn closed() -> Stdio {
    let (_, writer) = pipe().unwrap();
    writer.into()
}

#[test]
fn a_login_is_denied_though_nobody_reads_of_it() {
    let world = World::sqlite();
    assert_eq!(code(world.call(&["login", "nobody"]), closed()), Some(1));
}

#[test]
fn what_is_written_is_done_though_nobody_reads_of_it() {
    let world = World::sqlite();
    let register = ["register", "ada", "ada@example.org"];
    assert_eq!(code(world.call(&register), closed()), Some(0));
    let listed = world.run(&["list", "--json"], &[]);
    assert!(String::from_utf8_lossy(&listed.stdout).contains("ada@example.org"));
}

#[test]
fn what_is_only_read_may_be_read_in_part() {
    let world = World::sqlite();
    let register = ["register", "ada", "ada@example.org"];
    assert_eq!(code(world.call(&register), Stdio::null()), Some(0));
    let reading: [&[&str]; 4] = [&["list"], &["audit"], &["wiring"], &["completions", "bash"]];
    for arguments in reading {
        assert_eq!(
            code(world.call(arguments), closed()),
            Some(0),
            "{arguments:?}"
        );
    }
}

#[cfg(target_os = "linux")]
#[test]
fn what_cannot_be_printed_is_a_failure() {
    let full = || {
        std::fs::File::options()
            .write(true)
            .open("/dev/full")
            .unwrap()
    };
    let world = World::sqlite();
    for arguments in [["login", "nobody"], ["wiring", "--format=lock"]] {
        assert_eq!(
            code(world.call(&arguments), full()),
            Some(2),
            "{arguments:?}"
        );
    }
}
