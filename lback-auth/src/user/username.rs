//! Validation of usernames.

use std::ops::RangeInclusive;

use super::UserError;
use super::characters::first_refused;
use crate::case_folding::{fold_nfkc, lowercase_nfkc, nfkc};
#[cfg(feature = "accounts")]
use crate::normal_form::NormalForm;

/// The number of characters of a username that is not the account's address, without surrounding white space.
const CHARACTERS: RangeInclusive<usize> = 3..=150;

/// Checks the username of an account with this address, and returns it without surrounding white space.
pub(super) fn valid_username(username: &str, email: &str) -> Result<String, UserError> {
    let username = username.trim();
    check_characters(username)?;
    if is_own_address(username, email) {
        // The length of an address is allowed, since `set_email` changes such a username too.
        return Ok(username.to_owned());
    }
    if address_form(username).is_some() {
        return Err(UserError::UsernameNotOwnAddress);
    }
    let characters = username.chars().count();
    if CHARACTERS.contains(&characters) {
        Ok(username.to_owned())
    } else {
        Err(UserError::UsernameLength { characters })
    }
}

/// Checks the username of an account of any type, except for its length.
///
/// Surrounding white space is ignored. A username in the form of an address must be the account's own: another
/// address would keep its owner from registering.
#[cfg(feature = "accounts")]
pub(crate) fn check_username(username: &str, email: &str) -> Result<(), UserError> {
    check_characters(username.trim())?;
    let form = NormalForm::of(username);
    if form.has_domain() && form != NormalForm::of(email) {
        return Err(UserError::UsernameNotOwnAddress);
    }
    Ok(())
}

fn check_characters(username: &str) -> Result<(), UserError> {
    match first_refused(username) {
        Some(character) => Err(UserError::UsernameCharacter { character }),
        None => Ok(()),
    }
}

/// Returns whether the username of an account is its address.
///
/// This does not use `NormalForm`, which needs the feature `accounts`, and is stricter: texts that are equal here
/// have the same `NormalForm`, but a domain and its `xn--` form differ here.
pub(super) fn is_own_address(username: &str, email: &str) -> bool {
    let form = address_form(username);
    form.is_some() && form == address_form(email)
}

/// Returns a text in NFKC, with its case folded before the last `@` and in lower case after it, since folding
/// would make the domains `faß.example` and `fass.example` equal. `None` for a text without an `@`.
fn address_form(text: &str) -> Option<String> {
    let text = nfkc(text);
    let (local_part, domain) = text.rsplit_once('@')?;
    let local_part = fold_nfkc(local_part.trim_start());
    let domain = lowercase_nfkc(domain.trim_end());
    Some(format!("{local_part}@{domain}"))
}

#[cfg(all(test, feature = "accounts"))]
mod tests {
    use proptest::prelude::*;
    use unicode_normalization::char::canonical_combining_class;

    use super::*;
    use crate::normal_form::tests::pieces;

    /// Asserts that texts with the same address form have the same normal form.
    fn assert_is_finer(text: &str) {
        let normal_form = NormalForm::of(text);
        let address_form = address_form(text);
        assert_eq!(address_form.is_some(), normal_form.has_domain(), "{text:?}");
        if let Some(address_form) = address_form {
            assert_eq!(NormalForm::of(&address_form), normal_form, "{text:?}");
        }
    }

    #[test]
    fn the_address_form_of_each_character_has_its_normal_form() {
        for character in '\0'..=char::MAX {
            let text = character.to_string();
            if NormalForm::of(&text).as_str() == text && canonical_combining_class(character) == 0 {
                continue;
            }
            for text in [
                format!("ada@{character}"),
                format!("a{character}\u{323}@b{character}\u{323}.example"),
                format!("a{character}\u{345}\u{301}@b{character}\u{345}\u{301}\u{378}.example"),
            ] {
                assert_is_finer(&text);
            }
        }
    }

    #[test]
    fn a_label_that_is_valid_in_one_case_only_has_one_normal_form() {
        // Unicode 15 has only the second of these two cases of a letter.
        let [upper, lower] =
            ["\u{A7D2}", "\u{A7D3}"].map(|letter| format!("ada@ß{letter}.example"));
        assert!(is_own_address(&upper, &lower));
        assert_eq!(NormalForm::of(&upper), NormalForm::of(&lower));
    }

    proptest! {
        #[test]
        fn the_address_form_of_a_text_has_its_normal_form(text in pieces()) {
            assert_is_finer(&text);
        }
    }
}
