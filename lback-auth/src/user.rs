//! The account type that comes with the crate.

mod address;
mod characters;
mod username;

use thiserror::Error;

pub(crate) use self::address::valid_email;
pub use self::characters::is_invisible;
#[cfg(feature = "accounts")]
pub(crate) use self::username::check_username;
use self::username::{is_own_address, valid_username};
use crate::auth_user::AuthUser;
use crate::derive::AuthUser;
use crate::email_verification::EmailVerification;
use crate::password::Password;
use crate::user_id::UserId;

/// An account with a name, an address and a password, for applications that need no type of their
/// own.
///
/// Its methods are those of [`AuthUser`]: bring the trait into scope.
///
/// ```
/// use lback_auth::{AuthUser, User};
///
/// let mut user = User::new("ada", "ada@example.org")?;
/// assert!(user.is_active() && !user.is_email_verified() && !user.has_usable_password());
///
/// user.set_password("correct horse battery staple")?;
/// assert!(user.has_usable_password());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, AuthUser)]
#[auth(crate = crate)]
pub struct User {
    #[auth(id)]
    id: Option<UserId>,
    #[auth(username)]
    username: String,
    #[auth(email)]
    email: String,
    #[auth(password)]
    password: Password,
    #[auth(email_verification)]
    email_verification: EmailVerification,
    #[auth(active)]
    active: bool,
}

impl User {
    /// A new, active account without a password, not yet stored.
    ///
    /// The space around the username is taken off.
    ///
    /// ```
    /// use lback_auth::{User, UserError};
    ///
    /// let invisible = User::new("ada\u{200B}", "ada@example.org").unwrap_err();
    /// assert_eq!(invisible, UserError::UsernameCharacter { character: '\u{200B}' });
    /// let of_another = User::new("bob@example.org", "ada@example.org").unwrap_err();
    /// assert_eq!(of_another, UserError::UsernameNotOwnAddress);
    /// ```
    ///
    /// # Errors
    ///
    /// The address is not a plain `local@domain` (RFC 5321) of at most 254 bytes; the username has an
    /// `@` and is not that address (see [`UsernameNotOwnAddress`](UserError::UsernameNotOwnAddress)); the
    /// username has fewer than 3 or more than 150 characters, unless it is that address; or either has an
    /// [invisible](crate::is_invisible) character (see
    /// [`UsernameCharacter`](UserError::UsernameCharacter)). The username's length is checked last.
    pub fn new(username: impl AsRef<str>, email: impl AsRef<str>) -> Result<Self, UserError> {
        let email = valid_email(email.as_ref())?;
        let username = valid_username(username.as_ref(), &email)?;
        Ok(Self::from_parts(UserParts::new(username, email)))
    }

    /// The account that a store holds. Its parts are taken as they are: what was right when it was
    /// stored need not be right for a new account today.
    #[must_use]
    pub fn from_parts(parts: UserParts) -> Self {
        let UserParts {
            id,
            username,
            email,
            password,
            email_verification,
            active,
        } = parts;
        Self {
            id,
            username,
            email,
            password,
            email_verification,
            active,
        }
    }

    /// All that there is to store.
    #[must_use]
    pub fn into_parts(self) -> UserParts {
        let Self {
            id,
            username,
            email,
            password,
            email_verification,
            active,
        } = self;
        UserParts {
            id,
            username,
            email,
            password,
            email_verification,
            active,
        }
    }

    /// The stored password.
    #[must_use]
    pub fn password(&self) -> &Password {
        &self.password
    }

    /// Which address was verified, and the token that is out.
    #[must_use]
    pub fn email_verification(&self) -> &EmailVerification {
        &self.email_verification
    }

    /// Gives the account the id under which it has been stored.
    pub fn set_id(&mut self, id: UserId) {
        self.id = Some(id);
    }

    /// Renames the account.
    ///
    /// # Errors
    ///
    /// As for [`new`](Self::new); the old name stays.
    pub fn set_username(&mut self, username: impl AsRef<str>) -> Result<(), UserError> {
        self.username = valid_username(username.as_ref(), &self.email)?;
        Ok(())
    }

    /// Gives the account another address, which is unverified until it is verified itself. A username
    /// that is the account's address becomes the new address too.
    ///
    /// # Errors
    ///
    /// As for [`new`](Self::new); the old address stays.
    pub fn set_email(&mut self, email: impl AsRef<str>) -> Result<(), UserError> {
        let email = valid_email(email.as_ref())?;
        if is_own_address(&self.username, &self.email) {
            self.username.clone_from(&email);
        }
        self.email = email;
        Ok(())
    }

    /// Puts the account in or out of use; out of use is what [`deactivate`](AuthUser::deactivate)
    /// does.
    pub fn set_active(&mut self, active: bool) {
        if active {
            self.active = true;
        } else {
            self.deactivate();
        }
    }
}

/// The parts of a [`User`], for loading and saving one.
///
/// ```
/// use lback_auth::{AuthUser, EmailVerification, Password, User, UserId, UserParts};
///
/// let mut parts = UserParts::new("ada", "ada@example.org");
/// parts.id = Some(UserId::new(7));
/// parts.password = Password::from_stored(Some(
///     "$argon2id$v=19$m=64,t=1,p=1$IbzGsREOESze5yOjaArMRw$DnpXOwEBzUBBuaitqSpcWpBQH86bx0GSsTLWBcm4DO8".to_owned(),
/// ));
/// parts.email_verification = EmailVerification::verified("ada@example.org");
///
/// let user = User::from_parts(parts);
/// assert!(user.check_password("correct horse battery staple").unwrap());
/// assert!(user.is_email_verified());
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct UserParts {
    /// `None` until stored.
    pub id: Option<UserId>,
    /// The name to sign in with.
    pub username: String,
    /// The current address.
    pub email: String,
    /// The stored password.
    pub password: Password,
    /// Which address was verified, and the token that is out.
    pub email_verification: EmailVerification,
    /// Whether the account is in use.
    pub active: bool,
}

impl UserParts {
    /// The parts of an account that is not stored, has no password, is unverified and active.
    #[must_use]
    pub fn new(username: impl Into<String>, email: impl Into<String>) -> Self {
        Self {
            id: None,
            username: username.into(),
            email: email.into(),
            password: Password::unusable(),
            email_verification: EmailVerification::unverified(),
            active: true,
        }
    }
}

/// Why an account cannot have a name or an address.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum UserError {
    /// The username is too short or too long. The account's own address is not.
    #[error("the username's length is {characters}; 3 to 150 characters are allowed")]
    UsernameLength {
        /// How many there are, without the space around them.
        characters: usize,
    },
    /// The username has a character that [is invisible](crate::is_invisible). `U+200C` and `U+200D` are
    /// allowed where they join letters otherwise (RFC 5892, appendices A.1 and A.2).
    #[error("the character U+{:04X} is not allowed in a username", u32::from(*character))]
    UsernameCharacter {
        /// The first such character.
        character: char,
    },
    /// The username has an `@`, and is not the account's own address. Case and width do not count. A
    /// domain and its `xn--` form are two addresses to [`User`], and one where an account of any type is
    /// registered.
    #[error("a username with an `@` must be the account's own address")]
    UsernameNotOwnAddress,
    /// The address is too long for mail to reach it.
    #[error("the email address's length is {bytes}; at most 254 bytes are allowed")]
    EmailTooLong {
        /// How many there are.
        bytes: usize,
    },
    /// The address is not of the form `local@domain`, or has an invisible character.
    #[error("the email address is not valid: {reason}")]
    InvalidEmail {
        /// What is wrong with it.
        reason: String,
    },
    /// No store can keep the username or the address.
    #[error(
        "the username or the address cannot be stored: it is empty, or over 1,024 bytes long in its \
         normal form"
    )]
    Unstorable,
}
