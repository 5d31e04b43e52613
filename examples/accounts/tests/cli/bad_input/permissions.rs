//! Files and folders that may not be read or written to.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::{NamedTempFile, TempDir};

use super::{PASSWORD, content, is_refused, register};
use crate::calls::fed;
use crate::world::World;

/// The user without permissions, which is on every system.
const NOBODY: u32 = 65534;

/// Makes calls as a user for whom permissions hold, as they do not for root.
struct Unprivileged {
    /// A folder with a copy of the program that the user can reach, if this is root.
    copied: Option<TempDir>,
}

impl Unprivileged {
    fn new() -> Self {
        let is_root = NamedTempFile::new()
            .unwrap()
            .as_file()
            .metadata()
            .unwrap()
            .uid()
            == 0;
        let copied = is_root.then(|| {
            let folder = tempfile::tempdir().unwrap();
            allow(folder.path(), 0o755);
            let program = World::sqlite().call(&[]).get_program().to_owned();
            // By another process: a child that this one starts meanwhile would have it open for writing,
            // and then it cannot be run.
            let copied = Command::new("cp").arg(program).arg(folder.path()).status();
            assert!(copied.unwrap().success());
            folder
        });
        Self { copied }
    }

    fn run(&self, world: &World, arguments: &[&str]) -> Output {
        let mut call = world.call(arguments);
        if let Some(folder) = &self.copied {
            let mut copied = Command::new(folder.path().join("accounts"));
            copied.args(call.get_args()).current_dir(world.folder());
            call = copied;
            call.uid(NOBODY).gid(NOBODY);
        }
        fed(call, format!("{PASSWORD}\n").as_bytes())
    }
}

/// Gives a file to the user, with permissions for no other one.
fn give(path: &Path, mode: u32) {
    // Only root can, and other users need not.
    let _ = chown(path, Some(NOBODY), Some(NOBODY));
    allow(path, mode);
}

fn allow(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// A database with one account, its key, and no mails.
fn world() -> World {
    let world = World::sqlite();
    assert!(register(&world, "ada").status.success());
    fs::remove_dir_all(world.folder().join("mails")).unwrap();
    allow(&world.folder().join("accounts.key"), 0o444);
    world
}

/// Looks whether each command is refused, and leaves all that is there as it is.
fn each_command_is_refused(world: &World, words: &[&str]) {
    let unprivileged = Unprivileged::new();
    let before = content(world.folder());
    for arguments in [
        &["list"][..],
        &["register", "grace", "grace@example.org"],
        &["login", "ada"],
        &["deactivate", "ada"],
    ] {
        is_refused(&unprivileged.run(world, arguments), words);
    }
    assert!(content(world.folder()) == before, "files have changed");
    // So that the user who runs the tests can delete it.
    allow(world.folder(), 0o755);
}

#[test]
fn a_file_in_a_folder_that_may_not_be_written_to_is_refused() {
    let world = world();
    allow(&world.folder().join("accounts.db"), 0o444);
    allow(world.folder(), 0o555);
    each_command_is_refused(&world, &["readonly", "look at its permissions"]);
}

#[test]
fn a_file_that_may_not_be_read_is_refused() {
    let world = world();
    let file = world.folder().join("accounts.db");
    let bytes = fs::read(&file).unwrap();
    allow(&file, 0);
    allow(world.folder(), 0o777);
    let unprivileged = Unprivileged::new();
    let words = ["unable to open database file", "may be read and written to"];
    is_refused(&unprivileged.run(&world, &["list"]), &words);
    is_refused(&unprivileged.run(&world, &["login", "ada"]), &words);
    allow(&file, 0o644);
    assert!(fs::read(&file).unwrap() == bytes, "the file has changed");
}

#[test]
fn a_file_that_cannot_be_made_is_named() {
    let mut world = world();
    "sqlite:new.db".clone_into(&mut world.database);
    allow(world.folder(), 0o555);
    let before = content(world.folder());
    let register = ["register", "grace", "grace@example.org"];
    let output = Unprivileged::new().run(&world, &register);
    is_refused(&output, &["sqlite:new.db", "look at the permissions"]);
    assert!(content(world.folder()) == before, "files have changed");
    allow(world.folder(), 0o755);
}

#[test]
fn a_key_that_may_not_be_read_is_named() {
    let world = world();
    let unprivileged = Unprivileged::new();
    allow(&world.folder().join("accounts.key"), 0);
    give(&world.folder().join("accounts.db"), 0o600);
    give(world.folder(), 0o700);
    let words = [
        "cannot read or make the key",
        "/accounts.key",
        "look at the permissions",
    ];
    is_refused(&unprivileged.run(&world, &["login", "ada"]), &words);
}

#[test]
fn a_mail_that_cannot_be_written_is_told_of_and_the_account_is_there() {
    let world = world();
    let unprivileged = Unprivileged::new();
    give(&world.folder().join("accounts.key"), 0o600);
    give(&world.folder().join("accounts.db"), 0o600);
    give(world.folder(), 0o700);
    fs::create_dir(world.folder().join("mails")).unwrap();
    allow(&world.folder().join("mails"), 0o555);
    let output = unprivileged.run(&world, &["register", "grace", "grace@example.org"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(
        said.starts_with("warning: the verification mail to grace@example.org"),
        "{said}"
    );
    assert!(
        said.contains("warning: 1 mail waits: `accounts work` sends it"),
        "{said}"
    );
    let list = unprivileged.run(&world, &["list"]);
    assert!(
        String::from_utf8(list.stdout)
            .unwrap()
            .contains("grace@example.org")
    );
}
