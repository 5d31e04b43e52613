//! Texts of others, which must not steer the terminal that they are shown on.

use std::borrow::Cow;

/// A text in which all that is not seen, or changes how the rest is seen, is written as `\u{1b}`.
pub(in super::super) fn shown(text: &str) -> Cow<'_, str> {
    if !text.contains(is_unseen) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        if is_unseen(character) {
            shown.extend(character.escape_unicode());
        } else {
            shown.push(character);
        }
    }
    Cow::Owned(shown)
}

/// Control characters, those that change the direction of writing, and those without a width.
pub(super) fn is_unseen(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{AD}'
                | '\u{61C}'
                | '\u{180E}'
                | '\u{200B}'..='\u{200F}'
                | '\u{2028}'..='\u{202E}'
                | '\u{2060}'..='\u{206F}'
                | '\u{FEFF}'
                | '\u{FFF9}'..='\u{FFFB}'
                | '\u{E0000}'..='\u{E007F}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_terminal_is_spelled_out() {
        assert_eq!(shown("\u{1b}[2Jada\u{7}"), r"\u{1b}[2Jada\u{7}");
        assert_eq!(shown("a\u{9b}31m\nb\r\0"), r"a\u{9b}31m\u{a}b\u{d}\u{0}");
        assert_eq!(
            shown("a\u{202e}b\u{2066}c\u{200f}"),
            r"a\u{202e}b\u{2066}c\u{200f}"
        );
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
