//! Files that other users of the system may read or change.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::register;
use crate::world::World;

fn allow(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// The warnings of a command that works.
fn warnings(world: &World, arguments: &[&str]) -> Vec<String> {
    let output = world.run(arguments, &["not the password of any account"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_ne!(output.status.code(), Some(2), "{said}");
    said.lines().map(str::to_owned).collect()
}

#[test]
fn a_database_that_all_may_write_is_warned_of_in_a_line() {
    let world = World::sqlite();
    assert!(register(&world, "ada").status.success());
    let file = world.folder().join("accounts.db");
    let shown = file.display();
    for (mode, is_warned_of) in [(0o602, true), (0o646, true), (0o664, false), (0o644, false)] {
        allow(&file, mode);
        let expected: &[String] = &[format!(
            "warning: every user of this system can write to the database {shown}: `chmod o-rwx {shown}` \
             ends that"
        )];
        let expected = if is_warned_of { expected } else { &[] };
        for command in [&["list", "--json"][..], &["audit"], &["login", "ada"]] {
            assert_eq!(warnings(&world, command), expected, "{mode:o} {command:?}");
        }
    }
}

#[test]
fn a_folder_that_all_may_write_to_is_warned_of_in_a_line() {
    let world = World::sqlite();
    assert!(register(&world, "ada").status.success());
    let shown = world.folder().canonicalize().unwrap();
    let shown = shown.display();
    // Sticky, too: all may put a log beside the database.
    for (mode, is_warned_of) in [(0o777, true), (0o1777, true), (0o775, false)] {
        allow(world.folder(), mode);
        let expected: &[String] = &[format!(
            "warning: every user of this system can replace files in {shown}: use a folder that is yours \
             alone, or run `chmod o-w {shown}`"
        )];
        let expected = if is_warned_of { expected } else { &[] };
        for command in [&["list"][..], &["login", "ada"]] {
            assert_eq!(warnings(&world, command), expected, "{mode:o} {command:?}");
        }
    }
}

#[test]
fn a_key_that_all_may_read_is_warned_of_in_a_line() {
    let world = World::sqlite();
    assert!(register(&world, "ada").status.success());
    let key = world.folder().join("accounts.key");
    let shown = key.display();
    for (mode, can) in [(0o604, "read"), (0o602, "write to"), (0o666, "write to")] {
        allow(&key, mode);
        let expected = format!(
            "warning: every user of this system can {can} the key {shown}: `chmod o-rwx {shown}` ends that"
        );
        assert_eq!(warnings(&world, &["login", "ada"]), [expected]);
        // It is not looked at.
        assert_eq!(warnings(&world, &["list"]), [""; 0]);
    }
    allow(&key, 0o640);
    assert_eq!(warnings(&world, &["login", "ada"]), [""; 0]);
}
