//! The lists of pages: what is compiled, the index and the table of contents of the book.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use super::page::Page;
use super::{CRATES, assert_none, markdown, root};

/// The pages that a page of the guide links to, without anchors.
fn linked_by(page: &str) -> BTreeSet<PathBuf> {
    let page = Page::read(&root().join("docs").join(page));
    let is_page = |link: &&String| !link.contains(':');
    let links = page.links.iter().filter(is_page);
    links.map(|link| page.path.with_file_name(link)).collect()
}

#[test]
fn each_page_of_the_guide_is_compiled() {
    let below_root = |path: &&str| root().join(path.trim_start_matches("../"));
    let compiled: BTreeSet<_> = lback_tests::PAGES.iter().map(below_root).collect();
    let mut pages: BTreeSet<_> = markdown("docs").collect();
    pages.insert(root().join("README.md"));
    assert_eq!(
        pages, compiled,
        "in the repository (left), in tests/docs.rs (right)"
    );
}

#[test]
fn the_table_of_contents_lists_each_page_of_the_guide() {
    let mut pages: BTreeSet<_> = markdown("docs").collect();
    pages.remove(&root().join("docs/SUMMARY.md"));
    assert_eq!(
        linked_by("SUMMARY.md"),
        pages,
        "in SUMMARY.md (left), in docs/ (right)"
    );
}

/// The index is for readers of a forge, and the table of contents for those of the book.
#[test]
fn the_index_and_the_table_of_contents_are_equal() {
    let mut listed = linked_by("SUMMARY.md");
    listed.remove(&root().join("docs/README.md"));
    assert_eq!(
        linked_by("README.md"),
        listed,
        "in README.md (left), in SUMMARY.md (right)"
    );
}

#[test]
fn each_crate_has_its_own_readme() {
    let readmes = CRATES.map(|name| root().join(name).join("README.md"));
    let problems: Vec<_> = readmes
        .iter()
        .filter(|path| !fs::symlink_metadata(path).is_ok_and(|found| found.is_file()))
        .map(|path| format!("{} is not a file of its own", path.display()))
        .collect();
    assert_none(&problems);
}
