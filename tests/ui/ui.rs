//! The compiler's messages for users of the macros, and the code that it accepts without one.
//!
//! `TRYBUILD=overwrite cargo test -p lback-ui` writes the messages anew; then read them.

use std::fs;

use trybuild::TestCases;

/// The messages are compared as they stand, and each compiler lays them out in its own way.
#[test]
#[rustversion::attr(not(stable(1.95)), ignore = "the messages are those of rustc 1.95")]
fn a_mistake_gives_one_message_that_says_what_to_do() {
    assert!(number_of_cases("fail") > 100);
    TestCases::new().compile_fail("*/fail/*.rs");
}

#[test]
fn correct_code_compiles_and_runs() {
    assert!(number_of_cases("pass") > 20);
    TestCases::new().pass("*/pass/*.rs");
}

/// Counts the cases that a pattern has to match: `trybuild` is content if it matches none.
fn number_of_cases(kind: &str) -> usize {
    let subjects = fs::read_dir(env!("CARGO_MANIFEST_DIR")).expect("the folder of the cases");
    subjects
        .filter_map(|subject| fs::read_dir(subject.ok()?.path().join(kind)).ok())
        .flatten()
        .filter(|case| {
            let path = case.as_ref().expect("a case").path();
            path.extension().is_some_and(|extension| extension == "rs")
        })
        .count()
}
