//! Arguments and outcomes of the store's operations on accounts.

use crate::auth_user::AuthUser;
use crate::password::Password;

/// Outcome of [`AccountStore::insert`](crate::AccountStore::insert) and
/// [`Accounts::register_in`](crate::Accounts::register_in).
#[must_use = "the username or the address may be taken: match each outcome"]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inserted<U> {
    /// The account is stored.
    Stored {
        /// The account as stored, with its id.
        user: U,
        /// The accounts that were deleted to make room for it, at most two.
        replaced: Vec<U>,
    },
    /// Another account has the username.
    UsernameTaken,
    /// Another account has the address, and none has the username.
    EmailTaken,
    /// The username or the address has an empty [`NormalForm`](crate::NormalForm): it is blank or
    /// too long.
    Unstorable,
}

/// Outcome of [`AccountStore::set_email`](crate::AccountStore::set_email).
#[must_use = "another account may have the address: match each outcome"]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EmailSet<U> {
    /// The address is set.
    Set {
        /// The account as stored.
        user: U,
        /// The account that was deleted to make room for the address.
        replaced: Option<U>,
    },
    /// Another account has the address, or has it as its username where the username of this account
    /// changes with the address.
    Taken,
    /// The address has an empty [`NormalForm`](crate::NormalForm).
    Unstorable,
    /// No account has this id, or its address is another one by now.
    Changed,
}

/// The stored password that [`AccountStore::set_password`](crate::AccountStore::set_password)
/// replaces.
#[derive(Clone, Copy)]
pub enum Expected<'a> {
    /// Any password, or none.
    Any,
    /// This password, or none, with the same [epoch](Password::epoch).
    Stored(&'a Password),
}

impl Expected<'_> {
    pub(super) fn is_met_by(self, stored: &Password) -> bool {
        match self {
            Self::Any => true,
            Self::Stored(expected) => {
                (expected.stored(), expected.epoch()) == (stored.stored(), stored.epoch())
            }
        }
    }
}

/// Choice between keeping and replacing the unverified accounts that hold a username or an address.
///
/// An account is unverified here if it is active and none of its addresses was ever verified. Other
/// accounts are never replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnverifiedHolders {
    /// Keeps them: the username or the address is taken.
    Keep,
    /// Deletes them, with their tokens, if that frees both the username and the address.
    Replace,
}

impl UnverifiedHolders {
    pub(crate) fn replace_if(condition: bool) -> Self {
        if condition { Self::Replace } else { Self::Keep }
    }

    /// Returns whether another account may replace this one.
    pub(crate) fn may_replace(self, user: &impl AuthUser) -> bool {
        let was_verified = user
            .__fields()
            .email_verification
            .verified_email()
            .is_some();
        self == Self::Replace && user.is_active() && !was_verified
    }
}
