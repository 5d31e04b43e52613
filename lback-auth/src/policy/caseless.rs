//! Caseless comparison of whole texts.

use unicode_normalization::UnicodeNormalization;

use crate::case_folding::fold;
use crate::password::map_space;

/// Returns the characters of a text with their case folded, in NFC and with U+0020 for each space.
///
/// Two texts with equal results are a canonical caseless match (Unicode Standard, definition D145).
///
/// The text is not copied as a whole; the iterators buffer long runs of combining marks.
pub(super) fn folded(text: &str) -> impl Iterator<Item = char> {
    fold(text.chars().map(map_space).nfd()).nfc()
}

/// Returns whether two texts differ at most in case.
pub(super) fn matches(one: &str, other: &str) -> bool {
    folded(one).eq(folded(other))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn case_form_and_kind_of_space_do_not_count() {
        for (one, other) in [
            ("Ada Lovelace", "aDA lOVELACE"),
            ("CAF\u{C9}", "cafe\u{301}"),
            ("ΟΔΥΣΣΕΥΣ", "οδυσσευς"),
            ("STRASSE", "straße"),
            ("GRO\u{1E9E}", "groß"),
            ("\u{390}", "\u{3AA}\u{301}"),
            // Folding turns an iota subscript into a letter after all marks.
            ("\u{1FB3}\u{323}", "\u{3B1}\u{323}\u{345}"),
            ("Ada\u{A0}Lovelace", "ada lovelace"),
        ] {
            assert!(matches(one, other), "{one} {other}");
            assert!(matches(other, one), "{other} {one}");
        }
    }

    #[test]
    fn anything_else_counts() {
        for (one, other) in [
            ("ada", "adam"),
            ("ada", "ad"),
            ("ada", "ada "),
            ("cafe", "caf\u{E9}"),
            ("\u{B2}", "2"),
            ("\u{FF21}da", "ada"),
            ("\u{131}ris", "iris"),
            ("", "a"),
        ] {
            assert!(!matches(one, other), "{one} {other}");
            assert!(!matches(other, one), "{other} {one}");
        }
    }

    proptest! {
        #[test]
        fn every_text_matches_its_upper_case(text in any::<String>()) {
            prop_assert!(matches(&text, &text));
            // NFD orders the marks, which upper case could otherwise move to another letter. The upper case
            // of the dotless `ı` is that of `i`.
            let ordered: String = text.nfd().filter(|character| *character != 'ı').collect();
            prop_assert!(matches(&ordered, &ordered.to_uppercase()));
        }
    }
}
