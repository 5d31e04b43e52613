//! Texts of others, which must not steer the terminal that they are shown on.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

/// The characters with the property `Default_Ignorable_Code_Point`, assigned or reserved
/// (`DerivedCoreProperties.txt`).
const IGNORABLE: [RangeInclusive<char>; 17] = [
    '\u{AD}'..='\u{AD}',
    '\u{34F}'..='\u{34F}',
    '\u{61C}'..='\u{61C}',
    '\u{115F}'..='\u{1160}',
    '\u{17B4}'..='\u{17B5}',
    '\u{180B}'..='\u{180F}',
    '\u{200B}'..='\u{200F}',
    '\u{202A}'..='\u{202E}',
    '\u{2060}'..='\u{206F}',
    '\u{3164}'..='\u{3164}',
    '\u{FE00}'..='\u{FE0F}',
    '\u{FEFF}'..='\u{FEFF}',
    '\u{FFA0}'..='\u{FFA0}',
    '\u{FFF0}'..='\u{FFF8}',
    '\u{1BCA0}'..='\u{1BCA3}',
    '\u{1D173}'..='\u{1D17A}',
    '\u{E0000}'..='\u{E0FFF}',
];

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

/// Whether it is none that is seen, or changes how others are: a control, format, private-use or
/// unassigned character, a line or paragraph separator, or one that is ignorable by default.
pub(super) fn is_unseen(character: char) -> bool {
    let has_no_glyph = matches!(
        character.general_category(),
        GeneralCategory::Control
            | GeneralCategory::Format
            | GeneralCategory::LineSeparator
            | GeneralCategory::ParagraphSeparator
            | GeneralCategory::PrivateUse
            | GeneralCategory::Unassigned
    );
    has_no_glyph || IGNORABLE.iter().any(|range| range.contains(&character))
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
    fn what_is_not_seen_is_spelled_out() {
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
