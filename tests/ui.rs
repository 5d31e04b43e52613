//! What the compiler says to users of the macros, and what it has nothing to say about.
//!
//! `TRYBUILD=overwrite cargo test --test ui` writes the messages anew; then read them.

use std::env;
use std::process::Command;

use trybuild::TestCases;

/// The messages are compared as they stand, and each compiler lays them out in its own way.
const COMPILER: &str = "rustc 1.95.";

#[test]
fn a_mistake_gives_one_message_that_says_what_to_do() {
    if !is_the_compiler_of_the_messages() {
        println!("skipped: the messages are those of rustc 1.95");
        return;
    }
    let cases = TestCases::new();
    cases.compile_fail("tests/ui/*/fail/*.rs");
}

#[test]
fn what_is_right_compiles_and_runs() {
    let cases = TestCases::new();
    cases.pass("tests/ui/*/pass/*.rs");
}

fn is_the_compiler_of_the_messages() -> bool {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Command::new(rustc)
        .arg("--version")
        .output()
        .expect("the compiler tells its version");
    String::from_utf8_lossy(&version.stdout).starts_with(COMPILER)
}
