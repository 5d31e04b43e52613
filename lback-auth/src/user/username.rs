//! Which names an account can have.

use std::ops::RangeInclusive;

use super::UserError;
use super::characters::first_refused;
use crate::case_folding::{fold_nfkc, lowercase_nfkc, nfkc};
#[cfg(feature = "accounts")]
use crate::normal_form::NormalForm;

/// The fewest and the most characters of a username that is not the account's address, without the space
/// around it.
const CHARACTERS: RangeInclusive<usize> = 3..=150;

/// Checks the name of an account with this address, and returns it without the space around it.
pub(super) fn valid_username(username: &str, email: &str) -> Result<String, UserError> {
    let username = username.trim();
    check_characters(username)?;
    if is_own_address(username, email) {
        // It is as long as an address may be: it follows when the address changes.
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

/// Checks all of a name except for its length, for an account of any type.
///
/// Space around it does not count. A name that reads as an address is the account's: another one's
/// would keep its owner from registering.
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

/// Whether the name of an account is its address.
///
/// This compares without `NormalForm`, which needs the feature `accounts`, and is stricter: two texts that
/// are equal here have one `NormalForm`, but a domain and its `xn--` form differ here.
pub(super) fn is_own_address(username: &str, email: &str) -> bool {
    let form = address_form(username);
    form.is_some() && form == address_form(email)
}

/// A text in NFKC, with its case folded before the last `@` and in lower case after it: folding would take
/// the domains `faß.example` and `fass.example` for one. `None` for a text without an `@`.
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

    /// Fails if two texts with the same address form could have different normal forms.
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
    fn a_label_that_is_valid_in_one_case_has_one_normal_form() {
        // Of these two cases of a letter, Unicode 15 has the second.
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
