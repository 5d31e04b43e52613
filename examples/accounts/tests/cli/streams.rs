//! Standard input, and exit codes when standard output cannot be written to.

use std::io::{Write, pipe};
use std::process::{Command, Stdio};

use crate::mails::mails;
use crate::world::World;

const PASSWORD: &str = "correct horse battery staple";

/// The exit code, if standard output is this, of a call that is given a password.
fn code(mut call: Command, stdout: impl Into<Stdio>) -> Option<i32> {
    let mut child = call
        .stdin(Stdio::piped())
        .stdout(stdout)
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // One that reads nothing may have ended by now.
    let _ = writeln!(child.stdin.take().unwrap(), "{PASSWORD}");
    child.wait().unwrap().code()
}

/// An output without a reader.
fn closed() -> Stdio {
    let (_, writer) = pipe().unwrap();
    writer.into()
}

#[test]
fn a_login_is_denied_without_a_reader_of_the_output() {
    let world = World::sqlite();
    assert_eq!(code(world.call(&["login", "unknown"]), closed()), Some(1));
}

#[test]
fn a_change_is_made_without_a_reader_of_the_output() {
    let world = World::sqlite();
    let register = ["register", "ada", "ada@example.org"];
    assert_eq!(code(world.call(&register), closed()), Some(0));
    let listed = world.run(&["list", "--json"], &[]);
    assert!(String::from_utf8_lossy(&listed.stdout).contains("ada@example.org"));
}

#[test]
fn output_may_be_read_in_part() {
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

#[cfg_attr(not(target_os = "linux"), ignore = "needs /dev/full of Linux")]
#[test]
fn output_that_cannot_be_written_is_a_failure() {
    let full = || {
        std::fs::File::options()
            .write(true)
            .open("/dev/full")
            .unwrap()
    };
    let world = World::sqlite();
    for arguments in [["login", "unknown"], ["wiring", "--format=lock"]] {
        assert_eq!(
            code(world.call(&arguments), full()),
            Some(2),
            "{arguments:?}"
        );
    }
}

#[test]
fn a_token_may_come_in_by_standard_input() {
    let world = World::sqlite();
    let mailed = || {
        let mail = mails(&world.folder().join("mails")).pop().unwrap();
        mail.token().unwrap().1.to_owned()
    };
    let comes_to = |arguments: &[&str], lines: &[&str], said: &str| {
        let output = world.run(arguments, lines);
        let printed = String::from_utf8_lossy(&output.stdout);
        assert!(printed.starts_with(said), "{arguments:?}: {output:?}");
    };
    let new = "staple battery horse correct";
    comes_to(&["register", "ada", "ada@example.org"], &[PASSWORD], "");
    comes_to(&["verify", "-"], &[&mailed()], "the address is verified");
    comes_to(&["reset", "ada@example.org"], &[], "");
    comes_to(
        &["reset", "--token", "-"],
        &[&mailed(), new],
        "the password is set",
    );
    comes_to(&["change-email", "ada", "ada@example.com"], &[], "");
    comes_to(
        &["change-email", "--token", "-"],
        &[&mailed()],
        "the address is changed",
    );
    comes_to(&["login", "ada@example.com"], &[new], "granted");
}
