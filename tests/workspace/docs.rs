//! The pages of README.md and docs/: their links, and the blocks of code.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use lback_tests::PAGES;

/// The repository, as links to it from elsewhere begin.
const REPOSITORY: &str = "https://github.com/lback/lback-signals/";

/// The folder of the workspace.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// The entries of a folder of the workspace, in the order of their names.
fn entries(folder: &str) -> BTreeSet<PathBuf> {
    let folder = root().join(folder);
    let entries = fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

/// The READMEs of the published crates.
fn crate_readmes() -> Vec<PathBuf> {
    let is_crate = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap();
        name.starts_with("lback-") && path.is_dir()
    };
    let crates = entries("").into_iter().filter(is_crate);
    crates.map(|path| path.join("README.md")).collect()
}

/// The pages whose Rust is compiled.
fn listed() -> BTreeSet<PathBuf> {
    let below_root = |path: &&str| root().join(path.trim_start_matches("../"));
    PAGES.iter().map(below_root).collect()
}

/// All pages that are checked here.
fn pages() -> Vec<Page> {
    let mut paths = listed();
    paths.extend(crate_readmes());
    paths.insert(root().join("ARCHITECTURE.md"));
    paths.iter().map(|path| Page::read(path)).collect()
}

/// Fails with all `problems`, a line each.
fn assert_none(problems: &[String]) {
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}

/// A page of Markdown, cut into what the tests look at.
struct Page {
    path: PathBuf,
    headings: Vec<String>,
    blocks: Vec<Block>,
    links: Vec<String>,
}

/// A fenced block of code.
struct Block {
    language: String,
    lines: Vec<String>,
}

impl Page {
    fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path)
            .unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()));
        let mut page = Self {
            path: path.to_owned(),
            headings: Vec::new(),
            blocks: Vec::new(),
            links: Vec::new(),
        };
        let mut prose = String::new();
        let mut in_block = false;
        for line in text.lines() {
            match line.trim_start().strip_prefix("```") {
                Some(_) if in_block => in_block = false,
                Some(language) => {
                    in_block = true;
                    page.blocks.push(Block {
                        language: language.trim().to_owned(),
                        lines: Vec::new(),
                    });
                }
                None if in_block => {
                    let block = page.blocks.last_mut().unwrap();
                    block.lines.push(line.to_owned());
                }
                None => {
                    if line.starts_with('#') {
                        page.headings.push(anchor(line));
                    }
                    prose.push_str(line);
                    prose.push('\n');
                }
            }
        }
        assert!(!in_block, "{}: a block has no end", page.name());
        page.links = prose.split("\n\n").flat_map(links).collect();
        page
    }

    /// The path below the workspace.
    fn name(&self) -> String {
        let path = self.path.strip_prefix(root()).unwrap_or(&self.path);
        path.display().to_string()
    }

    /// What is wrong with a link to `target`, if anything is.
    fn problem_of(&self, target: &str) -> Option<String> {
        let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
        let path = if path.is_empty() {
            self.path.clone()
        } else if let Some(path) = path.strip_prefix(REPOSITORY) {
            let path = path
                .strip_prefix("blob/main/")
                .or_else(|| path.strip_prefix("tree/main/"))?;
            root().join(path)
        } else if path.contains(':') {
            return None; // another site
        } else {
            self.path.with_file_name(path)
        };
        if !path.exists() {
            return Some(format!("{}: no file for the link {target}", self.name()));
        }
        let is_page = path.extension().is_some_and(|extension| extension == "md");
        if anchor.is_empty() || !is_page {
            return None;
        }
        let headings = Self::read(&path).headings;
        (!headings.iter().any(|heading| heading == anchor))
            .then(|| format!("{}: no heading for the link {target}", self.name()))
    }
}

/// The anchor that GitHub gives to a heading.
fn anchor(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
    text.chars()
        .filter(kept)
        .collect::<String>()
        .replace(' ', "-")
}

/// The targets of the links and pictures in a paragraph, and of the references it defines.
fn links(paragraph: &str) -> Vec<String> {
    let text = without_code(paragraph);
    let inline = text.split("](").skip(1).map(|rest| {
        let end = rest.find([')', ' ', '\n']).unwrap_or(rest.len());
        &rest[..end]
    });
    let defined = text.lines().filter_map(|line| {
        let (_, target) = line.strip_prefix('[')?.split_once("]: ")?;
        target.split_whitespace().next()
    });
    inline.chain(defined).map(str::to_owned).collect()
}

/// The paragraph with its code spans cut out.
fn without_code(mut text: &str) -> String {
    let mut prose = String::new();
    while let Some(start) = text.find('`') {
        prose.push_str(&text[..start]);
        let code = text[start..].trim_start_matches('`');
        let ticks = &text[start..text.len() - code.len()];
        text = match code.find(ticks) {
            Some(end) => &code[end + ticks.len()..],
            None => code,
        };
    }
    prose.push_str(text);
    prose
}

#[test]
fn each_page_of_the_folder_is_compiled() {
    let is_page = |path: &PathBuf| path.extension().is_some_and(|end| end == "md");
    let mut pages: BTreeSet<_> = entries("docs").into_iter().filter(is_page).collect();
    pages.insert(root().join("README.md"));
    assert_eq!(
        pages,
        listed(),
        "in the repository (left), in the list of `tests/docs.rs` (right)"
    );
}

#[test]
fn the_index_lists_each_page() {
    let index = Page::read(&root().join("docs/README.md"));
    let links = index
        .links
        .iter()
        .map(|link| index.path.with_file_name(link));
    let mut missing = listed();
    missing.remove(&root().join("README.md"));
    missing.remove(&index.path);
    for linked in links {
        missing.remove(&linked);
    }
    assert!(
        missing.is_empty(),
        "docs/README.md has no link to {missing:?}"
    );
}

#[test]
fn each_link_leads_somewhere() {
    let mut problems = Vec::new();
    for page in pages() {
        problems.extend(page.links.iter().filter_map(|link| page.problem_of(link)));
    }
    assert_none(&problems);
}

/// A code forge shows the lines that rustdoc hides.
#[test]
fn no_block_of_rust_has_hidden_lines() {
    let mut problems = Vec::new();
    for page in pages() {
        for block in &page.blocks {
            let language = block.language.split(',').next().unwrap();
            if !matches!(language, "rust" | "rs") {
                continue;
            }
            let hidden = |line: &&String| line.trim() == "#" || line.trim_start().starts_with("# ");
            let lines = block.lines.iter().filter(hidden);
            problems.extend(lines.map(|line| format!("{}: hidden line: {line}", page.name())));
        }
    }
    assert_none(&problems);
}

/// rustdoc takes a block without a language for Rust, and `ignore` is reported as a test.
#[test]
fn each_block_has_a_language_and_none_is_ignored() {
    let mut problems = Vec::new();
    for page in pages() {
        for block in &page.blocks {
            let mut words = block.language.split(',');
            if block.language.is_empty() || words.any(|word| word.starts_with("ignore")) {
                problems.push(format!("{}: a block of {:?}", page.name(), block.language));
            }
        }
    }
    assert_none(&problems);
}

#[test]
fn each_crate_has_its_own_readme() {
    let readmes = crate_readmes();
    for name in ["lback-auth", "lback-signals", "lback-signals-macros"] {
        let readme = root().join(name).join("README.md");
        assert!(readmes.contains(&readme), "no crate {name}");
    }
    let problems: Vec<_> = readmes
        .iter()
        .filter(|path| !fs::symlink_metadata(path).is_ok_and(|found| found.is_file()))
        .map(|path| format!("{} is not a file of its own", path.display()))
        .collect();
    assert_none(&problems);
}

/// crates.io and docs.rs show the page without the repository around it.
#[test]
fn links_out_of_a_crate_are_absolute() {
    let mut problems = Vec::new();
    for path in crate_readmes() {
        let page = Page::read(&path);
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
