//! Input that cannot be used: a message names it and the fix, and no change is half done.

mod databases;
mod full_disk;
mod locked;
mod options;
mod others;
mod passwords;
mod permissions;
mod postgres;
mod sources;
mod special_files;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Output;

use crate::world::World;

const PASSWORD: &str = "a password that will do";

/// In the URLs of these tests, and in nothing that is printed.
const SECRET: &str = "hunter2";

/// Looks whether a call has failed, with these words, and has said what to do.
fn is_refused(output: &Output, words: &[&str]) {
    let said = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(output.stdout.is_empty(), "{said}");
    assert!(said.starts_with("error: "), "{said}");
    assert_eq!(said.matches("\nhint: ").count(), 1, "{said}");
    assert!(!said.contains(SECRET), "the password of a URL is shown");
    for words in words {
        assert!(said.contains(words), "`{words}` is not in: {said}");
    }
}

/// All that there is in a folder, byte for byte.
fn content(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = fs::read_dir(folder).unwrap().map(Result::unwrap);
    let files = files.filter(|file| file.path().is_file());
    files
        .map(|file| {
            let name = file.file_name().into_string().unwrap();
            (name, fs::read(file.path()).unwrap())
        })
        .collect()
}

fn register(world: &World, username: &str) -> Output {
    let email = format!("{username}@example.org");
    world.run(&["register", username, &email], &[PASSWORD])
}

/// The output of a call that succeeds.
fn printed(world: &World, arguments: &[&str]) -> String {
    let output = world.run(arguments, &[]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    String::from_utf8(output.stdout).unwrap()
}

/// Looks whether there is no account and no entry, whether or not there are tables for them.
fn is_empty(world: &World) {
    for arguments in [["list", "--json"], ["audit", "--json"]] {
        let output = world.run(&arguments, &[]);
        let said = String::from_utf8(output.stderr).unwrap();
        let is_without_tables =
            said.contains("there is no such file") || said.contains("no tables of accounts");
        assert_eq!(output.status.success(), !is_without_tables, "{said}");
        assert!(output.stdout.is_empty());
    }
}
