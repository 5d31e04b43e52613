//! Checks of README.md, the guide in docs/ and the other pages of the repository.

mod blocks;
mod contents;
mod items;
mod links;
mod page;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use self::page::Page;

/// The folder of the workspace.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// The entries of a folder of the workspace, in the order of their names.
fn entries(folder: &str) -> BTreeSet<PathBuf> {
    let entries = fs::read_dir(root().join(folder)).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

/// The pages of Markdown in a folder of the workspace.
fn markdown(folder: &str) -> impl Iterator<Item = PathBuf> {
    let is_page = |path: &PathBuf| path.extension().is_some_and(|end| end == "md");
    entries(folder).into_iter().filter(is_page)
}

/// The folders of the published crates.
const CRATES: [&str; 3] = ["lback-auth", "lback-signals", "lback-signals-macros"];

/// The pages of the guide.
fn guide() -> Vec<Page> {
    markdown("docs").map(|path| Page::read(&path)).collect()
}

/// All pages: of the repository, of the guide and of the crates.
fn pages() -> Vec<Page> {
    let folders = ["", "docs"].into_iter().chain(CRATES);
    let paths = folders.flat_map(markdown);
    paths.map(|path| Page::read(&path)).collect()
}

/// Fails with all `problems`, a line each.
fn assert_none(problems: &[String]) {
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}
