//! The program, built once.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

/// Where it is. `cargo test` does not build examples when one test alone is asked for.
static PROGRAM: LazyLock<PathBuf> = LazyLock::new(|| {
    // This test is in `target/PROFILE/deps`.
    let test = std::env::current_exe().unwrap();
    let profile = test.parent().and_then(Path::parent).unwrap();
    let mut build = Command::new(env!("CARGO"));
    build
        .args(["build", "--quiet", "--locked", "--example", "accounts"])
        .current_dir(env!("CARGO_MANIFEST_DIR"));
    if profile.ends_with("release") {
        build.arg("--release");
    }
    // What cargo tells this test of its package. It is not so when somebody builds the example, and
    // build scripts that look at it would run again each time.
    for (name, _) in std::env::vars_os() {
        let shown = name.to_string_lossy();
        if shown.starts_with("CARGO_PKG_") || shown.starts_with("CARGO_MANIFEST_") {
            build.env_remove(name);
        }
    }
    assert!(
        build.status().unwrap().success(),
        "the example does not build"
    );
    profile.join("examples/accounts")
});

/// A call of it, without whatever this environment says to it.
pub(crate) fn accounts() -> Command {
    let mut command = Command::new(&*PROGRAM);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("ACCOUNTS_") {
            command.env_remove(name);
        }
    }
    command.env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
    command
}
