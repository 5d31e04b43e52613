//! The texts of the picture, and their widths.

use std::fmt;

use super::super::text::shorten;

/// The maximum number of characters of a label. A longer one loses its middle, and its tooltip shows all of it.
const LABEL: usize = 60;
pub(super) const PADDING: usize = 8;

pub(super) fn label(text: &str) -> String {
    shorten(text, LABEL)
}

pub(super) fn box_width(text: &str) -> usize {
    2 * PADDING + text_width(text)
}

/// Estimates the width of a text: no common font of fixed width is wider at 12 pixels. Characters of other
/// scripts may be twice as wide.
pub(super) fn text_width(text: &str) -> usize {
    let columns: usize = text.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum();
    columns * 15 / 2
}

/// Escaped XML text. XML cannot represent control characters, so spaces replace them.
pub(super) struct Xml<'t>(pub(super) &'t str);

impl fmt::Display for Xml<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '\n' => f.write_str("\n")?,
                '\u{fffe}' | '\u{ffff}' => f.write_str(" ")?,
                _ if c.is_control() => f.write_str(" ")?,
                _ => write!(f, "{c}")?,
            }
        }
        Ok(())
    }
}
