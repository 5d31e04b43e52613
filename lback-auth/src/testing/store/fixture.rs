//! Accounts in a given state, and their comparison.

use crate::auth_user::AuthUser;
use crate::email_verification::EmailVerification;
use crate::password::Password;
use crate::session::SessionEpoch;
use crate::store::Inserted;
use crate::user_id::UserId;

/// State of an account that a store keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct AccountState {
    pub(super) id: Option<UserId>,
    pub(super) username: String,
    pub(super) email: String,
    pub(super) password: Option<String>,
    pub(super) epoch: [u8; 32],
    pub(super) verified: Option<String>,
    pub(super) is_active: bool,
}

/// Extension methods for the accounts of the cases.
pub(super) trait Fixture: AuthUser + Sized {
    /// Returns the account with this stored hash and the epoch of this number.
    fn with_password(mut self, stored: Option<&str>, epoch: u8) -> Self {
        *self.__fields_mut().password = password(stored, epoch);
        self
    }

    /// Returns the account with its current address verified.
    fn verified(self) -> Self {
        let email = self.email().to_owned();
        self.once_verified(&email)
    }

    /// Returns the account with this verified address, which may differ from the current one.
    fn once_verified(mut self, email: &str) -> Self {
        *self.__fields_mut().email_verification = EmailVerification::verified(email);
        self
    }

    /// Returns the account inactive, with the same epoch.
    fn inactive(mut self) -> Self {
        *self.__fields_mut().active = false;
        self
    }

    /// Returns the id of a stored account.
    fn stored_id(&self) -> UserId {
        self.id().expect("a stored account has an id")
    }

    /// Returns the state to compare.
    fn state(&self) -> AccountState {
        AccountState {
            id: self.id(),
            username: self.username().to_owned(),
            email: self.email().to_owned(),
            password: self.__fields().password.stored().map(str::to_owned),
            epoch: *self.__fields().password.epoch().as_bytes(),
            verified: self
                .__fields()
                .email_verification
                .verified_email()
                .map(str::to_owned),
            is_active: self.is_active(),
        }
    }
}

impl<U: AuthUser> Fixture for U {}

/// Returns a password with this stored hash and the epoch of this number.
pub(super) fn password(stored: Option<&str>, epoch: u8) -> Password {
    Password::from_stored(stored.map(str::to_owned)).with_epoch(self::epoch(epoch))
}

pub(super) fn epoch(number: u8) -> SessionEpoch {
    SessionEpoch::from_bytes([number; 32])
}

/// Returns the state of an account, if there is one.
pub(super) fn state_of<U: AuthUser>(user: Option<U>) -> Option<AccountState> {
    user.map(|user| user.state())
}

/// Returns the id of an account, if there is one.
pub(super) fn id_of<U: AuthUser>(user: Option<U>) -> Option<UserId> {
    user.map(|user| user.stored_id())
}

/// Outcome of an insert that replaced no account.
pub(super) const STORED: Inserted<()> = Inserted::Stored {
    user: (),
    replaced: Vec::new(),
};

/// Returns the outcome of an insert, without the accounts.
pub(super) fn without_accounts<U>(inserted: &Inserted<U>) -> Inserted<()> {
    match inserted {
        Inserted::Stored { replaced, .. } => Inserted::Stored {
            user: (),
            replaced: vec![(); replaced.len()],
        },
        Inserted::UsernameTaken => Inserted::UsernameTaken,
        Inserted::EmailTaken => Inserted::EmailTaken,
        Inserted::Unstorable => Inserted::Unstorable,
    }
}
