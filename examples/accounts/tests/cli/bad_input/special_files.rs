//! Paths at which there is no regular file: nothing is waited for, and nothing is created through them.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use rustix::fs::{CWD, Mode, mkfifoat};

use super::{PASSWORD, is_refused, register};
use crate::world::World;

const REGISTER: [&str; 3] = ["register", "ada", "ada@example.org"];

/// A FIFO that has no writer.
fn make_fifo(folder: &Path) {
    mkfifoat(CWD, folder.join("fifo"), Mode::RUSR | Mode::WUSR).unwrap();
}

#[test]
fn a_key_that_is_no_regular_file_is_refused() {
    let world = World::sqlite();
    make_fifo(world.folder());
    symlink("fifo", world.folder().join("link")).unwrap();
    for key in ["fifo", "link", ".", "/dev/zero", "/dev/null"] {
        let output = world.run(&[&["--key", key], &REGISTER[..]].concat(), &[PASSWORD]);
        let refused = format!("the key {key} is not a regular file");
        is_refused(&output, &[&refused, "--key FILE"]);
    }
    super::is_empty(&world);
}

#[test]
fn no_other_path_is_waited_for_either() {
    let mut world = World::sqlite();
    make_fifo(world.folder());
    is_refused(
        &world.run(&["import", "lback", "fifo"], &[]),
        &["fifo is no file"],
    );
    assert!(!world.folder().join("accounts.db").exists());

    let output = world.run(&[&["--mail", "fifo"], &REGISTER[..]].concat(), &[PASSWORD]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("cannot make the folder fifo"), "{said}");

    "sqlite:fifo".clone_into(&mut world.database);
    for command in [&["list"], &REGISTER[..]] {
        is_refused(&world.run(command, &[PASSWORD]), &["it is no file"]);
    }
}

#[test]
fn nothing_is_created_through_a_symbolic_link() {
    let mut world = World::sqlite();
    let target = world.folder().join("target");
    symlink(&target, world.folder().join("link")).unwrap();
    let is_dangling = "a symbolic link to a file that is not there";

    let with_key = [&["--key", "link"], &REGISTER[..]].concat();
    is_refused(&world.run(&with_key, &[PASSWORD]), &[is_dangling]);
    let output = world.run(&[&["--mail", "link"], &REGISTER[..]].concat(), &[PASSWORD]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("cannot make the folder link"), "{said}");

    "sqlite:link".clone_into(&mut world.database);
    for command in [&["list"], &REGISTER[..]] {
        is_refused(&world.run(command, &[PASSWORD]), &[is_dangling]);
    }
    assert!(fs::symlink_metadata(&target).is_err(), "it was created");

    // One that leads somewhere is followed.
    fs::write(&target, "").unwrap();
    assert!(register(&world, "grace").status.success());
    assert!(fs::metadata(&target).unwrap().len() > 0);
}
