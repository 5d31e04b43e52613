//! When two names, or two addresses, are the same.

use std::fmt;

use unicode_normalization::UnicodeNormalization;

/// The longest that a name or an address may be, in bytes of its normal form: what the indices of
/// all databases can hold.
const MAX_LEN: usize = 1024;

/// A username or an email address as it is compared: NFKC, in any case.
///
/// Two that have one normal form are the same to a store. Compatibility characters count as what they
/// stand for (`ﬁ` as `fi`, full-width letters as plain ones), letters as the lower case of their upper
/// case (`ß` as `ss`), and space around it does not count. An address is compared whole: to RFC 5321
/// the part before the `@` has a case, and in practice it has none. Letters that only look alike (`а`
/// and `a`) stay two, and so do names that differ in characters that nobody sees.
///
/// Its `Debug` does not show it, since people type passwords where a name is asked for.
///
/// ```
/// use lback_auth::NormalForm;
///
/// assert_eq!(NormalForm::of("Ada@Example.ORG").as_str(), "ada@example.org");
/// assert_eq!(NormalForm::of("ＡＤＡ "), NormalForm::of("ada"));
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NormalForm(String);

impl NormalForm {
    /// The normal form of a name or an address. That of a text longer than any account's is empty, as
    /// no account's is.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let trimmed = text.trim();
        if trimmed.len() > MAX_LEN {
            return Self(String::new());
        }
        let form: String = trimmed
            .nfkc()
            .flat_map(char::to_uppercase)
            .flat_map(char::to_lowercase)
            .nfkc()
            .collect();
        // Some marks that stand alone are a space with a mark in NFKC.
        let mut form = form.trim().to_owned();
        if form.contains('\0') {
            // PostgreSQL keeps no such character, and takes none to look for.
            form = form.replace('\0', "\u{FFFD}");
        }
        if form.len() > MAX_LEN {
            form.clear();
        }
        Self(form)
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is that of no account: nothing was there, or too much.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for NormalForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NormalForm(..)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn case_width_form_and_space_around_do_not_count() {
        for (one, other) in [
            ("Ada", "aDA"),
            ("ﬁona", "FIONA"),
            ("ＡＤＡ", "ada"),
            ("ΟΔΟΣ", "οδος"),
            ("STRASSE", "straße"),
            ("CAF\u{C9}", "cafe\u{301}"),
            (" ada\t", "ada"),
            ("K\u{212A}", "kk"),
            ("\u{1FDD}", "\u{314}\u{300}"),
        ] {
            assert_eq!(NormalForm::of(one), NormalForm::of(other), "{one} {other}");
        }
    }

    #[test]
    fn anything_else_counts() {
        for (one, other) in [("ada", "аda"), ("ada", "ad a"), ("straße", "strase")] {
            assert_ne!(NormalForm::of(one), NormalForm::of(other), "{one} {other}");
        }
    }

    #[test]
    fn what_is_too_long_is_nobodys() {
        assert!(!NormalForm::of(&"a".repeat(1024)).is_empty());
        assert!(NormalForm::of(&"a".repeat(1025)).is_empty());
        assert!(NormalForm::of(&"\u{FDFA}".repeat(150)).is_empty());
        assert!(NormalForm::of(" \n").is_empty());
    }

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", NormalForm::of("hunter2")), "NormalForm(..)");
    }

    proptest! {
        #[test]
        fn it_is_its_own_normal_form(text in any::<String>()) {
            let form = NormalForm::of(&text);
            prop_assert_eq!(NormalForm::of(form.as_str()), form);
        }

        #[test]
        fn case_never_counts(text in "[a-zA-Z0-9@.+-]{0,40}") {
            prop_assert_eq!(NormalForm::of(&text.to_uppercase()), NormalForm::of(&text));
        }
    }
}
