//! Which names an account can have.

use std::ops::RangeInclusive;

use super::UserError;
use super::characters::first_refused;
use crate::normal_form::NormalForm;

/// The fewest and the most characters of a username, without the space around it.
const CHARACTERS: RangeInclusive<usize> = 3..=150;

/// Checks the name of an account with this address, and returns it without the space around it.
pub(super) fn valid_username(username: &str, email: &str) -> Result<String, UserError> {
    check_username(username, email)?;
    let username = username.trim();
    let characters = username.chars().count();
    if CHARACTERS.contains(&characters) {
        Ok(username.to_owned())
    } else {
        Err(UserError::UsernameLength { characters })
    }
}

/// Checks all of a name except for its length.
///
/// Space around it does not count. A name that reads as an address is the account's: another one's
/// would keep its owner from registering.
pub(crate) fn check_username(username: &str, email: &str) -> Result<(), UserError> {
    if let Some(character) = first_refused(username.trim()) {
        return Err(UserError::UsernameCharacter { character });
    }
    let form = NormalForm::of(username);
    if form.has_domain() && form != NormalForm::of(email) {
        return Err(UserError::UsernameNotOwnAddress);
    }
    Ok(())
}

/// Whether the name of an account is its address, and so is to be that of a new address.
pub(super) fn is_own_address(username: &str, email: &str) -> bool {
    NormalForm::of(username) == NormalForm::of(email)
}
