//! The check finds the problems that the program finds, and files that are none are errors.

use std::collections::BTreeSet;
use std::fs;

use lback_signals::{WiringProblem, receiver, signal, wiring};

use super::{lback, this_program};

#[signal(required)]
struct NeverFulfilled;

#[signal(name = "problems.same")]
struct OneName;

#[signal(name = "problems.same")]
struct AnotherName;

#[signal(owned)]
struct Disordered;

#[receiver(signal = Disordered, before(second))]
fn first(_: &Disordered) {}

#[receiver(signal = Disordered, before(first), after(third))]
fn second(_: &Disordered) {}

#[receiver(signal = Disordered, after_commit)]
fn third(_: &Disordered) {}

/// Removes the folders and files of locations, which are not in the records: `src/shop.rs:12` is `line 12`.
fn without_files(problem: &str) -> String {
    let mut parts = problem.split(" (");
    let first = parts.next().unwrap().to_owned();
    parts.fold(first, |text, part| {
        let part = match part.split_once(".rs:") {
            Some((_, line)) => format!("line {line}"),
            None => part.to_owned(),
        };
        format!("{text} ({part}")
    })
}

#[test]
fn the_check_finds_what_the_program_finds() {
    let own = wiring().check().unwrap_err();
    let own: BTreeSet<_> = own
        .iter()
        // Resources are provided at run time, and the needs of an extractor are its code.
        .filter(|problem| {
            !matches!(
                problem,
                WiringProblem::MissingResource { .. } | WiringProblem::NoReceiver { .. }
            )
        })
        .map(|problem| without_files(&problem.to_string()))
        .collect();
    assert!(own.len() >= 4, "{own:#?}");
    let program = this_program();
    let (status, stdout, stderr) = lback(["check".as_ref(), program.as_os_str()]);
    assert_eq!((status, stderr.as_str()), (1, ""));
    let found: BTreeSet<_> = stdout.lines().map(str::to_owned).collect();
    assert_eq!(found, own);
}

#[test]
fn a_file_that_cannot_be_read_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, content: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, content).unwrap();
        path
    };
    let absent = folder.path().join("absent");
    for (path, problem) in [
        (absent, "cannot be read: "),
        (folder.path().to_owned(), "is not a regular file\n"),
        (
            file("bytes", b"\xff\xfe"),
            "is neither a program or library of ELF",
        ),
        (
            file("elf", &[b"\x7fELF\x02\x01\x01", &[0xff; 60][..]].concat()),
            "is damaged: ",
        ),
        (
            file("short", b"\x7fELF\x02\x01\x01\0"),
            "is neither a program or library of ELF",
        ),
        (
            file("wasm", b"\0asm\x01\0\0\0\0\x06\x04more\0"),
            "has no records of lback: ",
        ),
        (
            file("text", b"# ok\n[pack\x1bage]\n"),
            "has an unknown line 2: `[pack\\u001bage]`",
        ),
    ] {
        for command in ["list", "graph", "check"] {
            let (status, stdout, stderr) = lback([command.as_ref(), path.as_os_str()]);
            assert_eq!((status, stdout.as_str()), (2, ""), "{stderr}");
            let expected = format!("error: {} {problem}", path.display());
            assert!(stderr.starts_with(&expected), "{stderr}");
        }
    }
}

#[test]
fn the_help_says_that_records_are_no_signature() {
    let (status, stdout, _) = lback(["--help"]);
    assert_eq!(status, 0);
    assert!(stdout.contains("not a signature"), "{stdout}");
    let (status, ..) = lback(["list"]);
    assert_eq!(status, 2);
}
