//! Texts of others, which must not steer the terminal that they are shown on.

use lback_auth::is_invisible;
use std::borrow::Cow;

/// Returns a text with each invisible character written as `\u{1b}`.
pub(in super::super) fn shown(text: &str) -> Cow<'_, str> {
    if !text.contains(is_invisible) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        if is_invisible(character) {
            shown.extend(character.escape_unicode());
        } else {
            shown.push(character);
        }
    }
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_spelled_out() {
        assert_eq!(shown("\u{1b}[2Jada\u{7}"), r"\u{1b}[2Jada\u{7}");
        assert_eq!(shown("a\u{9b}31m\nb\r\0"), r"a\u{9b}31m\u{a}b\u{d}\u{0}");
        assert_eq!(
            shown("a\u{202e}b\u{2066}c\u{200f}"),
            r"a\u{202e}b\u{2066}c\u{200f}"
        );
    }

    #[test]
    fn invisible_characters_are_spelled_out() {
        for unseen in [
            '\u{AD}',
            '\u{34F}',
            '\u{115F}',
            '\u{180E}',
            '\u{200B}',
            '\u{200D}',
            '\u{2028}',
            '\u{3164}',
            '\u{FE0F}',
            '\u{FEFF}',
            '\u{FFA0}',
            '\u{E000}',
            '\u{E0041}',
            '\u{E0100}',
            '\u{378}',
            '\u{2800}',
            '\u{10FFFF}',
        ] {
            let expected = format!("a\\u{{{:x}}}", u32::from(unseen));
            assert_eq!(shown(&format!("a{unseen}")), expected);
        }
    }

    #[test]
    fn all_else_stays_as_it_is() {
        for text in [
            "",
            "ada lovelace",
            "Zoë",
            "Zoe\u{308}",
            "李雷",
            "שלום",
            r"DOMAIN\ada",
            "🦀",
        ] {
            assert!(matches!(shown(text), Cow::Borrowed(same) if same == text));
        }
    }
}
