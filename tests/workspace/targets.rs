//! The targets of the workspace: Cargo builds no tests of one with `test = false`.

use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn no_target_without_tests_has_one() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut checked = 0;
    let mut unseen = Vec::new();
    for manifest in files(root, "Cargo.toml") {
        if !fs::read_to_string(&manifest)
            .unwrap()
            .contains("\ntest = false\n")
        {
            continue;
        }
        checked += 1;
        let sources = files(&manifest.with_file_name("src"), ".rs");
        unseen.extend(sources.into_iter().filter(|source| {
            let text = fs::read_to_string(source).unwrap();
            text.contains("#[test]") || text.contains("cfg(test)")
        }));
    }
    assert!(checked > 10, "only {checked} packages were found");
    assert!(unseen.is_empty(), "no test of these files runs: {unseen:?}");
}

/// The files below a folder whose names end like this.
fn files(folder: &Path, end: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut files = Vec::new();
    for path in entries.map(|entry| entry.unwrap().path()) {
        let name = path.file_name().unwrap().to_string_lossy();
        if path.is_dir() && name != "target" && !name.starts_with('.') {
            files.extend(self::files(&path, end));
        } else if name.ends_with(end) {
            files.push(path);
        }
    }
    files
}
