//! What the compiler says to users of the macros, and which code it accepts without a word.
//!
//! `TRYBUILD=overwrite cargo test -p lback-ui` writes the messages anew; then read them.

use trybuild::TestCases;

/// The messages are compared as they stand, and each compiler lays them out in its own way.
#[test]
#[rustversion::attr(not(stable(1.95)), ignore = "the messages are those of rustc 1.95")]
fn a_mistake_gives_one_message_that_says_what_to_do() {
    TestCases::new().compile_fail("*/fail/*.rs");
}

#[test]
fn correct_code_compiles_and_runs() {
    TestCases::new().pass("*/pass/*.rs");
}
