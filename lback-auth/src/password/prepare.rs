//! Preparing a password, so that different keyboards give the same bytes.

use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use super::PasswordError;

/// The longest password accepted, in bytes of UTF-8, before and after preparation.
///
/// Long enough for passphrases and generated secrets; the time to normalise so much is negligible beside
/// Argon2.
pub(crate) const MAX_LEN: usize = 4096;

/// Applies the mapping steps of the `OpaqueString` profile (RFC 8265, section 4.2.1): non-ASCII
/// spaces become U+0020, then the text is normalised to NFC.
///
/// The profile also forbids code points, such as emoji and tabs. That step is left out: it would refuse
/// existing passwords and makes none of them safer.
///
/// # Errors
///
/// [`PasswordError::Empty`] or [`PasswordError::TooLong`].
pub(crate) fn prepare(password: &str) -> Result<Zeroizing<String>, PasswordError> {
    if password.is_empty() {
        return Err(PasswordError::Empty);
    }
    if password.len() > MAX_LEN {
        return Err(PasswordError::TooLong);
    }
    // Growing later would leave a copy of the password in freed memory.
    let mut prepared = Zeroizing::new(String::with_capacity(MAX_LEN));
    for character in password.chars().map(map_space).nfc() {
        if prepared.len() + character.len_utf8() > MAX_LEN {
            return Err(PasswordError::TooLong);
        }
        prepared.push(character);
    }
    Ok(prepared)
}

/// Maps each code point of the general category `Zs` (space separator) to U+0020.
///
/// The list is that of `UnicodeData.txt`. It has not changed since Unicode 6.3 removed U+180E.
pub(crate) fn map_space(character: char) -> char {
    match character {
        '\u{00A0}' // no-break space
        | '\u{1680}' // ogham space mark
        | '\u{2000}'..='\u{200A}' // en quad to hair space
        | '\u{202F}' // narrow no-break space
        | '\u{205F}' // medium mathematical space
        | '\u{3000}' // ideographic space
            => ' ',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// U+FB2C: 3 bytes of UTF-8 become 6, since its composition is excluded from NFC.
    const DOUBLES: &str = "\u{FB2C}";
    /// U+1D160: 4 bytes become 12, the most that NFC can do (UAX #15, section 14.1).
    const TRIPLES: &str = "\u{1D160}";

    fn prepared(password: &str) -> String {
        prepare(password).expect("can be prepared").to_string()
    }

    #[test]
    fn composed_and_decomposed_forms_become_one() {
        assert_eq!(prepared("caf\u{65}\u{301}"), "caf\u{E9}");
        assert_eq!(prepared("caf\u{E9}"), "caf\u{E9}");
    }

    #[test]
    fn compatibility_forms_are_kept_apart() {
        // NFKC would make these "fi", "2" and "A".
        for text in ["\u{FB01}", "\u{B2}", "\u{FF21}"] {
            assert_eq!(prepared(text), text);
        }
    }

    #[test]
    fn every_space_separator_becomes_the_ascii_space() {
        let spaces = "\u{A0}\u{1680}\u{2000}\u{2001}\u{2002}\u{2003}\u{2004}\u{2005}\u{2006}\
                      \u{2007}\u{2008}\u{2009}\u{200A}\u{202F}\u{205F}\u{3000}";
        assert_eq!(spaces.chars().count(), 16);
        for space in spaces.chars() {
            assert_eq!(prepared(&format!("a{space}b")), "a b", "{space:?}");
        }
    }

    #[test]
    fn nothing_else_is_mapped_or_refused() {
        let kept = [
            " leading and trailing ",
            "tab\tnew\nline\r\0\u{7F}\u{85}",
            "🦀🔐🦀",
            "👩\u{200D}💻",
            "zero\u{200B}width\u{FEFF}",
            "old\u{180E}space",
            "line\u{2028}separator",
            "unassigned \u{378}, private \u{E000}, non-character \u{FFFF}",
            "PaSsWoRd",
        ];
        for text in kept {
            assert_eq!(prepared(text), text);
        }
    }

    #[test]
    fn length_is_limited_before_and_after() {
        let cases = [
            (String::new(), Err(PasswordError::Empty)),
            ("a".repeat(4096), Ok(4096)),
            ("a".repeat(4097), Err(PasswordError::TooLong)),
            (DOUBLES.repeat(682), Ok(4092)),
            (DOUBLES.repeat(683), Err(PasswordError::TooLong)),
            (TRIPLES.repeat(341), Ok(4092)),
            (TRIPLES.repeat(341) + "abcd", Ok(4096)),
            (TRIPLES.repeat(341) + "abcde", Err(PasswordError::TooLong)),
            // Refused although it would fit in composed form.
            ("e\u{301}".repeat(1366), Err(PasswordError::TooLong)),
            ("e\u{301}".repeat(1365), Ok(2730)),
        ];
        for (password, expected) in cases {
            assert_eq!(prepare(&password).map(|text| text.len()), expected);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(test_support::rounds(2560)))]

        #[test]
        fn preparing_twice_changes_nothing(password in any::<String>()) {
            if let Ok(once) = prepare(&password) {
                prop_assert_eq!(&prepare(&once), &Ok(once.clone()));
            }
        }

        #[test]
        fn the_buffer_never_grows(password in r"(\PC|\u{FB2C}|\u{1D160}|\u{301}){1,1024}") {
            if let Ok(text) = prepare(&password) {
                prop_assert!(text.len() <= MAX_LEN);
                prop_assert_eq!(text.capacity(), MAX_LEN);
            }
        }
    }
}
