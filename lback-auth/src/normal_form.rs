//! Normal form in which usernames and email addresses are compared.

use std::fmt;

use idna::AsciiDenyList;
use idna::uts46::{Hyphens, Uts46};

use crate::case_folding::{fold_nfkc, lowercase_nfkc, nfkc};

/// The maximum length of a normal form, in bytes. Indices of all supported databases can hold it.
const MAX_LEN: usize = 1024;

/// The maximum number of passes until a text is stable. The tests know no text that a second pass changes, but
/// the crates have tables of different Unicode versions.
const MAX_PASSES: usize = 8;

/// A username or an email address as stores compare it.
///
/// Two texts with the same normal form are the same name or address:
///
/// - Compatibility characters are replaced: `ﬁ` equals `fi`, and full-width letters equal plain ones (NFKC).
/// - Case is folded: `GROẞ`, `groß` and `gross` are the same name (full default case folding).
/// - Surrounding white space is removed.
/// - The part after the last `@` is a domain, whose labels are mapped by [UTS 46] without transitional
///   mappings: `bücher.example`, `BÜCHER.example` and `xn--bcher-kva.example` are the same, `faß.example` and
///   `fass.example` are different. Labels that are invalid in UTS 46 are converted to lower case.
///
/// The local part of an address is case-sensitive in RFC 5321, but not in practice. Letters that only look alike
/// (`а` and `a`) remain different.
///
/// `Debug` does not show the text, since users type passwords into fields for names.
///
/// ```
/// use lback_auth::NormalForm;
///
/// assert_eq!(NormalForm::of("Ada@Example.ORG").as_str(), "ada@example.org");
/// assert_eq!(NormalForm::of("ＡＤＡ "), NormalForm::of("ada"));
/// assert_eq!(
///     NormalForm::of("ada@xn--bcher-kva.example"),
///     NormalForm::of("ada@Bücher.example"),
/// );
/// ```
///
/// [UTS 46]: https://www.unicode.org/reports/tr46/
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NormalForm(String);

impl NormalForm {
    /// Returns the normal form of a name or an address, or an empty one for a text that is too long.
    #[must_use]
    pub fn of(text: &str) -> Self {
        Self(stable_form(text).unwrap_or_default())
    }

    /// Returns the text of the normal form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns whether no account can have this name or address: the text is blank or too long.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns whether it has the form of an address.
    pub(crate) fn has_domain(&self) -> bool {
        self.0.contains('@')
    }
}

impl fmt::Debug for NormalForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NormalForm(..)")
    }
}

/// Normalizes a text until it is stable.
fn stable_form(text: &str) -> Option<String> {
    let text = text.trim();
    if text.len() > MAX_LEN {
        return None;
    }
    // PostgreSQL accepts U+0000 neither in rows nor in parameters.
    let mut form = text.replace('\0', "\u{FFFD}");
    for _ in 0..MAX_PASSES {
        let next = normalized(&form);
        if next.len() > MAX_LEN {
            return None;
        }
        if next == form {
            return Some(form);
        }
        form = next;
    }
    None
}

fn normalized(text: &str) -> String {
    if is_plain(text) {
        return text.to_ascii_lowercase();
    }
    // `＠` is an `@` too.
    let text = nfkc(text);
    let normalized = match text.rsplit_once('@') {
        None => fold_nfkc(&text),
        Some((local_part, domain)) => format!("{}@{}", fold_nfkc(local_part), mapped(domain)),
    };
    // NFKC turns some marks that stand alone into a space and a mark.
    normalized.trim().to_owned()
}

/// Returns whether normalizing can change only the case of ASCII letters.
fn is_plain(text: &str) -> bool {
    let is_punycode = |label: &[u8]| label.eq_ignore_ascii_case(b"xn--");
    text.is_ascii() && !text.as_bytes().windows(4).any(is_punycode)
}

/// Maps a domain in NFKC label by label, so that an invalid label does not affect the others.
fn mapped(domain: &str) -> String {
    // `。` is a dot too. NFKC has mapped the other forms of a dot to one of these two.
    let labels = domain.split(['.', '\u{3002}']).map(mapped_label);
    labels.collect::<Vec<_>>().join(".")
}

/// Maps a label by UTS 46, or converts it to lower case if it is invalid.
///
/// A label with a new character is invalid until the tables of UTS 46 contain it. Case folding would change its
/// `ß` to `ss`, and the normal form would change with the tables.
fn mapped_label(label: &str) -> String {
    let (mapped, valid) =
        Uts46::new().to_unicode(label.as_bytes(), AsciiDenyList::EMPTY, Hyphens::Allow);
    match valid {
        Ok(()) => mapped.into_owned(),
        Err(_) => lowercase_nfkc(label),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use idna::uts46::DnsLength;
    use proptest::prelude::*;
    use unicode_normalization::UnicodeNormalization;
    use unicode_normalization::char::canonical_combining_class;

    use super::*;

    #[test]
    fn case_width_form_and_surrounding_space_are_ignored() {
        for (one, other) in [
            ("Ada", "aDA"),
            ("ﬁona", "FIONA"),
            ("ＡＤＡ", "ada"),
            ("ΟΔΟΣ", "οδος"),
            ("STRASSE", "straße"),
            ("GRO\u{1E9E}", "groß"),
            ("GRO\u{1E9E}", "gross"),
            ("CAF\u{C9}", "cafe\u{301}"),
            (" ada\t", "ada"),
            ("K\u{212A}", "kk"),
            ("\u{1FDD}", "\u{314}\u{300}"),
            // A subscript iota, before and after an accent, becomes a letter.
            ("\u{3B1}\u{345}\u{301}", "\u{3B1}\u{301}\u{345}"),
            ("\u{1FB3}\u{323}", "\u{3B1}\u{323}\u{3B9}"),
            ("ada\u{FF20}example.org", "ada@example.org"),
        ] {
            assert_eq!(NormalForm::of(one), NormalForm::of(other), "{one} {other}");
        }
    }

    #[test]
    fn other_differences_remain() {
        for (one, other) in [
            ("ada", "аda"),
            ("ada", "ad a"),
            ("straße", "strase"),
            ("\u{131}ris", "iris"),
            ("ada@faß.example", "ada@fass.example"),
            ("ada@οδος.example", "ada@οδοσ.example"),
            // A name is not a domain.
            ("xn--bcher-kva", "bücher"),
            ("xn--bcher-kva@example.org", "bücher@example.org"),
        ] {
            assert_ne!(NormalForm::of(one), NormalForm::of(other), "{one} {other}");
        }
    }

    #[test]
    fn a_domain_equals_its_punycode() {
        for (one, other) in [
            ("ada@bücher.example", "ada@xn--bcher-kva.example"),
            ("Ada@BÜCHER.example", "ada@XN--BCHER-KVA.EXAMPLE"),
            ("ada@bu\u{308}cher.example", "ada@xn--bcher-kva.example"),
            ("ada@faß.example", "ada@xn--fa-hia.example"),
            ("ada@FA\u{1E9E}.example", "ada@faß.example"),
            ("ada@例え.テスト", "ada@xn--r8jz45g.xn--zckzah"),
            ("ada@例え\u{3002}テスト", "ada@例え.テスト"),
            ("größe@bücher.example", "GRÖSSE@xn--bcher-kva.example"),
        ] {
            assert_eq!(NormalForm::of(one), NormalForm::of(other), "{one} {other}");
        }
    }

    #[test]
    fn a_label_equals_its_punycode_beside_an_invalid_label() {
        for domain in [
            "{}.xn--0.example",
            "xn--a.{}",
            "{}.1\u{5D0}",
            "1\u{5D0}.{}.\u{301}a",
        ] {
            for (label, punycode) in [
                ("Müller", "xn--mller-kva"),
                ("例え", "XN--r8jz45g"),
                ("faß", "xn--fa-hia"),
                ("שלום", "xn--9dbne9b"),
            ] {
                let [one, other] =
                    [label, punycode].map(|label| format!("ada@{}", domain.replace("{}", label)));
                assert_eq!(
                    NormalForm::of(&one),
                    NormalForm::of(&other),
                    "{one} {other}"
                );
            }
        }
    }

    #[test]
    fn each_character_of_a_domain_is_mapped_by_uts_46() {
        for character in '\0'..=char::MAX {
            let label = format!("a{character}");
            if label.nfkc().eq(label.chars()) {
                continue;
            }
            let (mapped, valid) =
                Uts46::new().to_unicode(label.as_bytes(), AsciiDenyList::EMPTY, Hyphens::Allow);
            if valid.is_ok() {
                let form = NormalForm::of(&format!("ada@{label}.example"));
                assert_eq!(
                    form.as_str(),
                    format!("ada@{mapped}.example"),
                    "{character:?}"
                );
            }
        }
    }

    #[test]
    fn an_invalid_label_is_in_lower_case() {
        for (text, form) in [
            ("ada@XN--\u{DF}", "ada@xn--\u{DF}"),
            ("ada@xn--a", "ada@xn--a"),
            ("ada@xn--0.Example", "ada@xn--0.example"),
            ("ada@\u{301}\u{1E9E}", "ada@\u{301}\u{DF}"),
            ("ada@1\u{5D0}\u{DF}.Example", "ada@1\u{5D0}\u{DF}.example"),
            ("ADA@", "ada@"),
            ("@ADA", "@ada"),
        ] {
            assert_eq!(NormalForm::of(text).as_str(), form, "{text}");
        }
    }

    #[test]
    fn the_normal_form_of_each_character_is_stable() {
        let is_stable = |text: &str| {
            let form = NormalForm::of(text);
            form == NormalForm::of(form.as_str()) && (!form.is_empty() || text.trim().is_empty())
        };
        for character in '\0'..=char::MAX {
            let text = character.to_string();
            // A starter that is its own normal form is stable in every context.
            if NormalForm::of(&text).as_str() == text && canonical_combining_class(character) == 0 {
                continue;
            }
            for text in [
                &*text,
                &format!("a{character}\u{301}"),
                &format!("{character}\u{345}\u{301}"),
                &format!("a{character}@b{character}.example"),
            ] {
                assert!(is_stable(text), "{text:?}");
            }
        }
    }

    /// The dotless `ı`, whose upper case is that of `i`, is the only exception.
    #[test]
    fn the_case_of_every_character_is_ignored() {
        let cased = |character: &char| {
            !character.to_uppercase().eq([*character]) || !character.to_lowercase().eq([*character])
        };
        for character in ('\0'..=char::MAX)
            .filter(cased)
            .filter(|character| *character != 'ı')
        {
            let form = NormalForm::of(&character.to_string());
            let upper = NormalForm::of(&character.to_uppercase().to_string());
            let lower = NormalForm::of(&character.to_lowercase().to_string());
            assert_eq!(upper, form, "{character:?}");
            assert_eq!(lower, form, "{character:?}");
        }
    }

    #[test]
    fn a_text_that_is_too_long_has_an_empty_form() {
        assert!(!NormalForm::of(&"a".repeat(1024)).is_empty());
        assert!(NormalForm::of(&"a".repeat(1025)).is_empty());
        assert!(NormalForm::of(&"\u{FDFA}".repeat(150)).is_empty());
        assert!(NormalForm::of(" \n").is_empty());
    }

    #[test]
    fn debug_does_not_show_the_text() {
        assert_eq!(format!("{:?}", NormalForm::of("hunter2")), "NormalForm(..)");
    }

    /// Texts of pieces that have broken some normalization.
    pub(crate) fn pieces() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            any::<char>().prop_map(String::from),
            proptest::sample::select(vec![
                "@", ".", "xn--", "-", " ", "ß", "\u{1E9E}", "\u{345}", "\u{301}", "\u{323}",
                "\u{3B1}", "\u{130}", "\u{200D}", "\u{FF20}", "\u{3002}", "\u{A8}", "\u{1FB3}",
                "a", "A", "kva", "\u{5D0}", "1",
            ])
            .prop_map(str::to_owned),
        ];
        proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn a_normal_form_is_stable(text in pieces()) {
            let form = NormalForm::of(&text);
            prop_assert!(!form.is_empty() || text.trim().is_empty());
            prop_assert_eq!(NormalForm::of(form.as_str()), form);
        }

        #[test]
        fn a_label_equals_its_punycode_beside_any_labels(
            before in pieces(),
            label in "[a-zß-öø-ÿά-ώа-яא-תا-ي一-三0-9-]{1,12}",
            after in pieces(),
        ) {
            let (uts46, label) = (Uts46::new(), label.as_bytes());
            let ascii = uts46.to_ascii(label, AsciiDenyList::EMPTY, Hyphens::Allow, DnsLength::Ignore);
            prop_assume!(ascii.is_ok() && !after.nfkc().any(|character| character == '@'));
            let beside = |label: &str| NormalForm::of(&format!("ada@{before}.{label}.{after}"));
            prop_assert_eq!(beside(str::from_utf8(label)?), beside(&ascii.unwrap_or_default()));
        }

        #[test]
        fn a_valid_domain_can_be_mapped_label_by_label(domain in pieces()) {
            let domain: String = domain.nfkc().collect();
            let (whole, valid) =
                Uts46::new().to_unicode(domain.as_bytes(), AsciiDenyList::EMPTY, Hyphens::Allow);
            if valid.is_ok() {
                prop_assert_eq!(mapped(&domain), whole);
            }
        }

        #[test]
        fn texts_with_the_same_nfkc_have_the_same_normal_form(text in pieces()) {
            // A compatibility character of a final sigma is a different letter in a domain.
            prop_assume!(nfkc(&text) == text.nfkc().collect::<String>());
            for same in [text.nfd().collect::<String>(), text.nfkc().collect(), text.nfkd().collect()] {
                prop_assert_eq!(NormalForm::of(&same), NormalForm::of(&text));
            }
        }

        #[test]
        fn the_fast_path_for_plain_texts_gives_the_same_result(text in "[ -~]{0,40}") {
            let (local_part, domain) = text.rsplit_once('@').map_or((&*text, None), |(one, other)| {
                (one, Some(other))
            });
            let mut expected = fold_nfkc(local_part);
            if let Some(domain) = domain {
                expected = format!("{expected}@{}", mapped(domain));
            }
            let form = NormalForm::of(&text);
            prop_assert_eq!(form.as_str(), expected.trim());
        }

        #[test]
        fn ascii_case_is_ignored(text in "[a-zA-Z0-9@.+-]{0,40}") {
            prop_assert_eq!(NormalForm::of(&text.to_uppercase()), NormalForm::of(&text));
        }
    }
}
