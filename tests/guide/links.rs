//! Links: each leads to a file and a heading of the checkout, or to another site.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::page::Page;
use super::{CRATES, assert_none, guide, pages, root};

/// The repository, as links to it from elsewhere begin.
const REPOSITORY: &str = "https://github.com/lback/lback-signals";

/// The views of a forge that show a file or a folder of the main branch.
const VIEWS: [&str; 3] = ["/blob/main/", "/raw/main/", "/tree/main/"];

/// Returns the problem of a link from a file.
fn problem_of(target: &str, file: &Path) -> Option<String> {
    let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
    let path = if path.is_empty() {
        file.to_owned()
    } else if let Some(path) = path.strip_prefix(REPOSITORY) {
        match VIEWS.iter().find_map(|view| path.strip_prefix(view)) {
            Some(path) => root().join(path),
            // The repository itself.
            None if path.is_empty() => return None,
            None => return Some("no view of a file or folder of `main`".to_owned()),
        }
    } else if path.contains(':') {
        return None; // another site
    } else {
        file.with_file_name(path)
    };
    if !path.exists() {
        return Some("no such file".to_owned());
    }
    let is_page = path.extension().is_some_and(|extension| extension == "md");
    let has_anchor = || Page::read(&path).anchors.iter().any(|it| it == anchor);
    (!anchor.is_empty() && is_page && !has_anchor()).then(|| "no such heading".to_owned())
}

#[test]
fn each_link_of_a_page_leads_somewhere() {
    let mut problems = Vec::new();
    for page in pages() {
        for link in &page.links {
            let problem = problem_of(link, &page.path);
            problems.extend(problem.map(|it| format!("{}: {link}: {it}", page.name())));
        }
    }
    assert_none(&problems);
}

#[test]
fn links_to_nothing_are_found() {
    let readme = root().join("README.md");
    let missing = |link: &str| problem_of(link, &readme);
    let (file, heading) = (
        Some("no such file".to_owned()),
        Some("no such heading".to_owned()),
    );
    assert_eq!(missing("docs/README.md#signals"), None);
    assert_eq!(missing("https://example.org/docs#signals"), None);
    assert_eq!(missing("docs/READ.md"), file);
    assert_eq!(
        missing(&format!("{REPOSITORY}/blob/main/docs/READ.md")),
        file
    );
    assert_eq!(missing("docs/README.md#signal"), heading);
    assert_eq!(missing("#no-such"), heading);
    assert!(missing(&format!("{REPOSITORY}/wiki/Signals")).is_some());
}

/// rustdoc itself checks links to items.
#[test]
fn each_link_from_rust_to_the_repository_leads_somewhere() {
    let mut problems = Vec::new();
    for folder in CRATES {
        for file in rust_files(&root().join(folder)) {
            let text = fs::read_to_string(&file).unwrap();
            for (start, _) in text.match_indices(REPOSITORY) {
                let link = &text[start..];
                let end = link.find([')', '>', '"', '`', ' ', '\n']);
                let link = &link[..end.unwrap_or(link.len())];
                let problem = problem_of(link, &file);
                problems.extend(problem.map(|it| format!("{}: {link}: {it}", file.display())));
            }
        }
    }
    assert_none(&problems);
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|end| end == "rs") {
            files.push(path);
        }
    }
    files
}

/// A book of the guide has no files from outside its folder.
#[test]
fn links_out_of_the_guide_are_absolute() {
    let mut problems = Vec::new();
    for page in guide() {
        for link in page.links.iter().filter(|link| link.starts_with("..")) {
            problems.push(format!("{}: relative link: {link}", page.name()));
        }
    }
    assert_none(&problems);
}

/// crates.io and docs.rs show the page without the repository around it.
#[test]
fn links_out_of_the_readme_of_a_crate_are_absolute() {
    let mut problems = Vec::new();
    for folder in CRATES {
        let page = Page::read(&root().join(folder).join("README.md"));
        for link in &page.links {
            let inside = link.starts_with('#') || link.contains(':');
            let picture =
                !link.contains("..") && [".svg", ".png"].iter().any(|end| link.ends_with(end));
            if !inside && !picture {
                problems.push(format!("{}: relative link: {link}", page.name()));
            }
        }
    }
    assert_none(&problems);
}

#[test]
fn no_page_has_two_headings_of_one_anchor() {
    let mut problems = Vec::new();
    // The changelog repeats the headings of each release.
    for page in pages().iter().filter(|it| it.name() != "CHANGELOG.md") {
        let mut seen = BTreeSet::new();
        let twice = page.anchors.iter().filter(|anchor| !seen.insert(*anchor));
        problems.extend(twice.map(|anchor| format!("{}: #{anchor}", page.name())));
    }
    assert_none(&problems);
}
