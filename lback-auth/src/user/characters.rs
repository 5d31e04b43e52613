//! Characters allowed in usernames and email addresses.

use std::ops::RangeInclusive;

use unicode_joining_type::{JoiningType, get_joining_type};
use unicode_normalization::char::canonical_combining_class;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

const ZERO_WIDTH_NON_JOINER: char = '\u{200C}';
const ZERO_WIDTH_JOINER: char = '\u{200D}';

/// The canonical combining class of viramas (UAX 44, table 15).
const VIRAMA: u8 = 9;

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

/// Blank characters that neither their category nor `Default_Ignorable_Code_Point` identifies: in the code
/// charts, the glyph of each is a blank or a dashed box (`NamesList.txt`).
const BLANK: [RangeInclusive<char>; 9] = [
    // OGHAM SPACE MARK, a blank in some fonts, and the only space that NFKC does not change.
    '\u{1680}'..='\u{1680}',
    // BRAILLE PATTERN BLANK
    '\u{2800}'..='\u{2800}',
    // OBJECT REPLACEMENT CHARACTER
    '\u{FFFC}'..='\u{FFFC}',
    // EGYPTIAN HIEROGLYPH MIRROR HORIZONTALLY, FULL BLANK, HALF BLANK
    '\u{13440}'..='\u{13442}',
    // KHITAN SMALL SCRIPT FILLER
    '\u{16FE4}'..='\u{16FE4}',
    // DUPLOYAN THICK LETTER SELECTOR
    '\u{1BC9D}'..='\u{1BC9D}',
    // MUSICAL SYMBOL NULL NOTEHEAD
    '\u{1D159}'..='\u{1D159}',
    // SIGNWRITING FILL MODIFIER-2 to 6, ROTATION MODIFIER-2 to 16
    '\u{1DA9B}'..='\u{1DA9F}',
    '\u{1DAA1}'..='\u{1DAAF}',
];

/// Returns the first character that is not allowed: an invisible one, or one that changes how others are shown.
///
/// `U+200C` and `U+200D` are allowed where RFC 5892, appendices A.1 and A.2, allows them: where they
/// change how the letters around them are joined.
pub(super) fn first_refused(text: &str) -> Option<char> {
    let refused = text.char_indices().find(|&(at, character)| {
        let before = || text[..at].chars().rev();
        let after = || text[at + character.len_utf8()..].chars();
        match character {
            ZERO_WIDTH_NON_JOINER => !follows_virama(before()) && !is_between(before(), after()),
            ZERO_WIDTH_JOINER => !follows_virama(before()),
            _ => is_invisible(character),
        }
    });
    refused.map(|(_, character)| character)
}

/// Returns whether a character is invisible, or changes how the characters around it are shown.
///
/// These are the control, format, private-use and unassigned characters, line and paragraph separators (RFC
/// 8264, section 4.3.3, disallows them for free text), the characters with the property
/// `Default_Ignorable_Code_Point`, and those whose glyph is a blank, such as `U+2800`. Spaces are visible,
/// except for `U+1680`.
///
/// [`User`](crate::User) refuses such characters in usernames and addresses. A program can escape them before it
/// prints untrusted text on a terminal:
///
/// ```
/// use lback_auth::is_invisible;
///
/// fn shown(text: &str) -> String {
///     let escaped = |character: char| {
///         if is_invisible(character) {
///             character.escape_unicode().to_string()
///         } else {
///             character.to_string()
///         }
///     };
///     text.chars().map(escaped).collect()
/// }
///
/// assert_eq!(shown("Zoë Ada\u{2800}\u{1B}[2J"), r"Zoë Ada\u{2800}\u{1b}[2J");
/// ```
#[must_use]
pub fn is_invisible(character: char) -> bool {
    let has_no_glyph = matches!(
        character.general_category(),
        GeneralCategory::Control
            | GeneralCategory::Format
            | GeneralCategory::LineSeparator
            | GeneralCategory::ParagraphSeparator
            | GeneralCategory::PrivateUse
            | GeneralCategory::Unassigned
    );
    let is_in =
        |ranges: &[RangeInclusive<char>]| ranges.iter().any(|range| range.contains(&character));
    has_no_glyph || is_in(&IGNORABLE) || is_in(&BLANK)
}

fn follows_virama(mut before: impl Iterator<Item = char>) -> bool {
    before
        .next()
        .is_some_and(|character| canonical_combining_class(character) == VIRAMA)
}

/// Returns whether the character is between two letters that would be joined.
fn is_between(before: impl Iterator<Item = char>, after: impl Iterator<Item = char>) -> bool {
    let joins_next = [JoiningType::LeftJoining, JoiningType::DualJoining];
    let joins_previous = [JoiningType::RightJoining, JoiningType::DualJoining];
    first_joining(before).is_some_and(|joining| joins_next.contains(&joining))
        && first_joining(after).is_some_and(|joining| joins_previous.contains(&joining))
}

/// Returns the joining type of the first character that is not transparent.
fn first_joining(characters: impl Iterator<Item = char>) -> Option<JoiningType> {
    characters
        .map(get_joining_type)
        .find(|joining| *joining != JoiningType::Transparent)
}

#[cfg(test)]
mod tests {
    use unicode_normalization::UnicodeNormalization;

    use super::*;

    #[test]
    fn visible_texts_are_allowed() {
        for text in [
            "ada",
            "Ada Lovelace",
            "Zoë",
            "Zoe\u{308}",
            "李雷",
            "שלום",
            "محمد",
            "o'brien-smith_2.0",
            "🦀",
            "a\u{A0}b",
            "",
        ] {
            assert_eq!(first_refused(text), None, "{text:?}");
        }
    }

    #[test]
    fn invisible_characters_are_refused() {
        for refused in [
            '\0',
            '\r',
            '\n',
            '\t',
            '\u{1B}',
            '\u{7F}',
            '\u{85}',
            '\u{9B}', // control
            '\u{61C}',
            '\u{200E}',
            '\u{202E}',
            '\u{2066}',
            '\u{2069}', // direction
            '\u{AD}',
            '\u{34F}',
            '\u{115F}',
            '\u{180E}',
            '\u{200B}',
            '\u{2060}',
            '\u{3164}',
            '\u{FE0F}',
            '\u{FEFF}',
            '\u{FFA0}',
            '\u{E0041}',
            '\u{E0100}', // ignorable
            '\u{2028}',
            '\u{2029}',
            '\u{FFF9}', // separators, annotation
            '\u{378}',
            '\u{FFFF}',
            '\u{10FFFF}',
            '\u{E000}', // unassigned, private
        ] {
            for text in [format!("ada{refused}"), format!("{refused}ada")] {
                assert_eq!(first_refused(&text), Some(refused), "{text:?}");
            }
        }
    }

    #[test]
    fn blank_characters_are_refused() {
        let hangul_and_khmer = [
            '\u{115F}', '\u{1160}', '\u{3164}', '\u{FFA0}', '\u{17B4}', '\u{17B5}',
        ];
        let symbols = [
            '\u{1680}',
            '\u{2800}',
            '\u{FFFC}',
            '\u{16FE4}',
            '\u{1BC9D}',
            '\u{1D159}',
        ];
        let egyptian = '\u{13440}'..='\u{13442}';
        let fill_and_rotation = ('\u{1DA9B}'..='\u{1DA9F}').chain('\u{1DAA1}'..='\u{1DAAF}');
        for refused in hangul_and_khmer
            .into_iter()
            .chain(symbols)
            .chain(egyptian)
            .chain(fill_and_rotation)
        {
            for text in [
                format!("ada{refused}"),
                format!("{refused}ada"),
                format!("a{refused}da"),
            ] {
                assert_eq!(first_refused(&text), Some(refused), "{text:?}");
            }
        }
    }

    #[test]
    fn each_allowed_space_is_a_plain_space_in_nfkc() {
        let spaces = ('\0'..=char::MAX)
            .filter(|space| space.general_category() == GeneralCategory::SpaceSeparator);
        for space in spaces {
            let is_plain = [space].into_iter().nfkc().eq([' ']);
            assert_eq!(is_invisible(space), !is_plain, "{space:?}");
        }
    }

    #[test]
    fn a_compatibility_character_of_an_invisible_one_is_refused() {
        for character in '\0'..=char::MAX {
            let is_invisible_in_nfkc = [character].into_iter().nfkc().any(is_invisible);
            assert!(
                !is_invisible_in_nfkc || is_invisible(character),
                "{character:?}"
            );
        }
    }

    #[test]
    fn joiners_are_allowed_where_they_have_an_effect() {
        for text in [
            // Persian, between letters that join; with a mark before.
            "نامه\u{200C}ای",
            "نامهٔ\u{200C}ای",
            // Hindi and Sinhala, after a virama.
            "क्\u{200C}ष",
            "क्\u{200D}ष",
            "ශ්\u{200D}රී",
        ] {
            assert_eq!(first_refused(text), None, "{text:?}");
        }
        for (text, refused) in [
            ("a\u{200C}b", '\u{200C}'),
            ("a\u{200D}b", '\u{200D}'),
            ("\u{200C}نامه", '\u{200C}'),
            ("نامه\u{200C}", '\u{200C}'),
            // A letter that does not join the next one, and a letter that never joins.
            ("\u{62F}\u{200C}\u{628}", '\u{200C}'),
            ("\u{628}\u{200C}a", '\u{200C}'),
            ("نامه\u{200D}ای", '\u{200D}'),
            ("क\u{200D}ष", '\u{200D}'),
            ("👩\u{200D}💻", '\u{200D}'),
            ("क्\u{200D}\u{200D}ष", '\u{200D}'),
        ] {
            assert_eq!(first_refused(text), Some(refused), "{text:?}");
        }
    }
}
