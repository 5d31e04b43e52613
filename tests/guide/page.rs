//! Pages of Markdown.

use std::fs;
use std::path::{Path, PathBuf};

use super::root;

/// A page of Markdown, cut into what the tests look at.
pub(crate) struct Page {
    pub(crate) path: PathBuf,
    /// The anchors of its headings.
    pub(crate) anchors: Vec<String>,
    pub(crate) blocks: Vec<Block>,
    /// The targets of its links and pictures.
    pub(crate) links: Vec<String>,
    /// The code in its prose and blocks.
    pub(crate) code: String,
}

/// A fenced block of code.
pub(crate) struct Block {
    pub(crate) language: String,
    pub(crate) lines: Vec<String>,
}

impl Page {
    pub(crate) fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path)
            .unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()));
        let mut page = Self {
            path: path.to_owned(),
            anchors: Vec::new(),
            blocks: Vec::new(),
            links: Vec::new(),
            code: String::new(),
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
                    page.code += line;
                    page.code.push('\n');
                }
                None => {
                    if line.starts_with('#') {
                        page.anchors.push(anchor(line));
                    }
                    prose.push_str(line);
                    prose.push('\n');
                }
            }
        }
        assert!(!in_block, "{}: a block has no end", page.name());
        for paragraph in prose.split("\n\n") {
            let (text, code) = without_code(paragraph);
            page.links.extend(links(&text));
            page.code += &code;
        }
        page
    }

    /// The path below the workspace.
    pub(crate) fn name(&self) -> String {
        let path = self.path.strip_prefix(root()).unwrap_or(&self.path);
        path.display().to_string()
    }
}

/// The anchor that GitHub and mdBook give to a heading.
fn anchor(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
    text.chars()
        .filter(kept)
        .collect::<String>()
        .replace(' ', "-")
}

/// The targets of the links and pictures in a paragraph, and of the references it defines.
fn links(text: &str) -> Vec<String> {
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

/// A paragraph without its code spans, and these, a line each.
fn without_code(mut text: &str) -> (String, String) {
    let mut prose = String::new();
    let mut spans = String::new();
    while let Some(start) = text.find('`') {
        prose.push_str(&text[..start]);
        let code = text[start..].trim_start_matches('`');
        let ticks = &text[start..text.len() - code.len()];
        text = match code.find(ticks) {
            Some(end) => {
                spans.push_str(&code[..end]);
                spans.push('\n');
                &code[end + ticks.len()..]
            }
            None => code,
        };
    }
    prose.push_str(text);
    (prose, spans)
}
