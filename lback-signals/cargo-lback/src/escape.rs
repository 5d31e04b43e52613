//! Escapes texts of files, which may be hostile, for a terminal and for Markdown.

use std::fmt::Write;

/// Returns whether a terminal may interpret the character, or show the text around it in another order.
fn is_special(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        )
}

/// Escapes all control and bidirectional characters except line feeds, as JSON and Rust do: `\u202e`.
pub(crate) fn terminal(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if is_special(c) && c != '\n' {
            // All of them are in the basic plane, so four digits are enough.
            let _ = write!(escaped, "\\u{:04x}", u32::from(c));
        } else {
            escaped.push(c);
        }
    }
    escaped
}

/// Returns the text as code in Markdown, with each character of HTML and Markdown as an entity.
pub(crate) fn markdown(text: &str) -> String {
    let mut escaped = String::from("<code>");
    for c in text.chars() {
        if c.is_alphanumeric() || matches!(c, ' ' | ',' | '.' | ':' | ';' | '/' | '-') {
            escaped.push(c);
        } else if is_special(c) {
            escaped.push('\u{fffd}');
        } else {
            let _ = write!(escaped, "&#{};", u32::from(c));
        }
    }
    escaped.push_str("</code>");
    escaped
}

#[cfg(test)]
mod tests {
    use super::{markdown, terminal};

    #[test]
    fn a_terminal_gets_no_control_and_no_bidirectional_character() {
        let hostile = "a\u{1b}[2J\r\u{9b}\u{202e}\u{2066}\u{200f}\u{61c}\u{2028}\tb\nc";
        let shown = "a\\u001b[2J\\u000d\\u009b\\u202e\\u2066\\u200f\\u061c\\u2028\\u0009b\nc";
        assert_eq!(terminal(hostile), shown);
        assert_eq!(terminal("&'a dyn Größe<T>"), "&'a dyn Größe<T>");
    }

    #[test]
    fn markdown_is_not_interpreted() {
        let hostile = "`</code><img src=x>|*a*_b_[c](d)@e#1~\\\n\u{202e}";
        assert_eq!(
            markdown(hostile),
            "<code>&#96;&#60;/code&#62;&#60;img src&#61;x&#62;&#124;&#42;a&#42;&#95;b&#95;&#91;c&#93;\
             &#40;d&#41;&#64;e&#35;1&#126;&#92;\u{fffd}\u{fffd}</code>"
        );
        assert_eq!(markdown("shop::mail"), "<code>shop::mail</code>");
    }
}
