//! The rows that are skipped, and the reasons.

use std::fmt;

use super::super::output::shown;

/// The most characters of a name that are shown.
const SHOWN: usize = 60;

/// A row that cannot be used, or its token alone. It shows no hash and no token.
pub(in super::super) struct Skipped {
    pub(super) row: i64,
    pub(super) name: Option<String>,
    pub(super) part: Part,
    pub(super) reason: String,
}

/// How much of a row is left behind.
#[derive(Clone, Copy)]
pub(super) enum Part {
    Row,
    Token,
}

impl fmt::Display for Skipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if matches!(self.part, Part::Token) {
            f.write_str("the token of ")?;
        }
        write!(f, "row {}", self.row)?;
        if let Some(name) = &self.name {
            write!(f, ", {}", quoted(name))?;
        }
        write!(f, ": {}", self.reason)
    }
}

/// A text that may be anything, on one line of a terminal.
pub(super) fn quoted(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        None => format!("\"{}\"", shown(text)),
        Some((end, _)) => format!("\"{}\"…", shown(&text[..end])),
    }
}
