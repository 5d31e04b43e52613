//! Blocks of code: all Rust is compiled, and each transcript is run.

use std::path::Path;

use super::page::{Block, Page};
use super::{assert_none, pages};

/// The problems that `find` has with the blocks of all pages.
fn problems(find: impl Fn(&Page, &Block) -> Option<String>) -> Vec<String> {
    let mut problems = Vec::new();
    for page in pages() {
        for block in &page.blocks {
            let problem = find(&page, block);
            problems.extend(problem.map(|it| format!("{}: {it}", page.name())));
        }
    }
    problems
}

/// A code forge shows the lines that rustdoc hides.
#[test]
fn no_block_of_rust_has_hidden_lines() {
    assert_none(&problems(|_, block| {
        let language = block.language.split(',').next().unwrap();
        let is_hidden = |line: &&String| line.trim() == "#" || line.trim_start().starts_with("# ");
        let hidden = block.lines.iter().find(is_hidden)?;
        matches!(language, "rust" | "rs").then(|| format!("hidden line: {hidden}"))
    }));
}

/// rustdoc takes a block without a language for Rust, and `ignore` is reported as a test.
#[test]
fn each_block_has_a_language_and_none_is_ignored() {
    assert_none(&problems(|_, block| {
        let mut words = block.language.split(',');
        let is_bad = block.language.is_empty() || words.any(|word| word.starts_with("ignore"));
        is_bad.then(|| format!("a block of {:?}", block.language))
    }));
}

/// `.ci/transcripts` compiles blocks of `rs` as files of a project. Other Rust is a doc test.
#[test]
fn each_block_that_is_no_doc_test_is_a_file_of_a_transcript() {
    assert_none(&problems(|page, block| {
        if block.language != "rs" {
            return None;
        }
        let first = block.lines.first().map_or("", String::as_str);
        let name = first.strip_prefix("// ").map(Path::new);
        let is_file = name.is_some_and(|it| it.extension().is_some_and(|end| end == "rs"));
        let has_transcript = page.blocks.iter().any(|it| it.language == "console");
        (!is_file || !has_transcript)
            .then(|| format!("a block of `rs` that nothing compiles: {first}"))
    }));
}
