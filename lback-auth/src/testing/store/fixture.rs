//! Accounts as they are to be, and how they are compared.

use crate::auth_user::AuthUser;
use crate::email_verification::EmailVerification;
use crate::password::Password;
use crate::session::SessionEpoch;
use crate::store::Inserted;
use crate::user_id::UserId;

/// What a store keeps of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) id: Option<UserId>,
    pub(super) username: String,
    pub(super) email: String,
    pub(super) password: Option<String>,
    pub(super) epoch: [u8; 32],
    pub(super) verified: Option<String>,
    pub(super) is_active: bool,
}

/// What the cases ask of an account.
pub(super) trait Fixture: AuthUser + Sized {
    /// With this stored hash, and the epoch of this number.
    fn with_password(mut self, stored: Option<&str>, epoch: u8) -> Self {
        *self.__fields_mut().password = password(stored, epoch);
        self
    }

    /// With its own address verified.
    fn verified(self) -> Self {
        let email = self.email().to_owned();
        self.once_verified(&email)
    }

    /// With this address verified, whether or not it is its own.
    fn once_verified(mut self, email: &str) -> Self {
        *self.__fields_mut().email_verification = EmailVerification::verified(email);
        self
    }

    /// Out of use, with nothing else changed.
    fn inactive(mut self) -> Self {
        *self.__fields_mut().active = false;
        self
    }

    /// The id that a stored account has.
    fn stored_id(&self) -> UserId {
        self.id().expect("a stored account has an id")
    }

    /// What there is to compare.
    fn kept(&self) -> Kept {
        Kept {
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

/// A stored hash, and the epoch of this number.
pub(super) fn password(stored: Option<&str>, epoch: u8) -> Password {
    Password::from_stored(stored.map(str::to_owned)).with_epoch(self::epoch(epoch))
}

pub(super) fn epoch(number: u8) -> SessionEpoch {
    SessionEpoch::from_bytes([number; 32])
}

/// What there is to compare of an account that may not be there.
pub(super) fn kept<U: AuthUser>(user: Option<U>) -> Option<Kept> {
    user.map(|user| user.kept())
}

/// The id of an account that may not be there.
pub(super) fn id_of<U: AuthUser>(user: Option<U>) -> Option<UserId> {
    user.map(|user| user.stored_id())
}

/// An insertion that nobody gave way to.
pub(super) const STORED: Inserted<()> = Inserted::Stored {
    user: (),
    replaced: Vec::new(),
};

/// What became of an insertion, without the accounts.
pub(super) fn told<U>(inserted: &Inserted<U>) -> Inserted<()> {
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
