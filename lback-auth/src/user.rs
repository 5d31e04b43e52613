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

/// An account with a username, an email address and a password, for applications that need no custom type.
///
/// Its methods are those of [`AuthUser`], so bring that trait into scope.
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
    /// Creates an active account without an id and without a password.
    ///
    /// White space around the username is removed.
    ///
    /// ```
    /// use lback_auth::{User, UserError};
    ///
    /// let invisible = User::new("ada\u{200B}", "ada@example.org").unwrap_err();
    /// assert_eq!(invisible, UserError::UsernameCharacter { character: '\u{200B}' });
    /// let other_address = User::new("bob@example.org", "ada@example.org").unwrap_err();
    /// assert_eq!(other_address, UserError::UsernameNotOwnAddress);
    /// ```
    ///
    /// # Errors
    ///
    /// Returns an error if
    ///
    /// - the address is not a plain `local@domain` (RFC 5321) of at most 254 bytes;
    /// - the username has an `@` and is not that address (see
    ///   [`UsernameNotOwnAddress`](UserError::UsernameNotOwnAddress));
    /// - either has an [invisible](crate::is_invisible) character (see
    ///   [`UsernameCharacter`](UserError::UsernameCharacter));
    /// - the username has fewer than 3 or more than 150 characters and is not that address. This is checked last.
    pub fn new(username: impl AsRef<str>, email: impl AsRef<str>) -> Result<Self, UserError> {
        let email = valid_email(email.as_ref())?;
        let username = valid_username(username.as_ref(), &email)?;
        Ok(Self::from_parts(UserParts::new(username, email)))
    }

    /// Creates an account from stored parts, without validation: the rules for new accounts may have changed
    /// since the account was stored.
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

    /// Returns the parts to store.
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

    /// Returns the stored password.
    #[must_use]
    pub fn password(&self) -> &Password {
        &self.password
    }

    /// Returns the verified address and the pending token.
    #[must_use]
    pub fn email_verification(&self) -> &EmailVerification {
        &self.email_verification
    }

    /// Sets the id under which the account is stored.
    pub fn set_id(&mut self, id: UserId) {
        self.id = Some(id);
    }

    /// Sets the username.
    ///
    /// # Errors
    ///
    /// As for [`new`](Self::new). The old username is kept then.
    pub fn set_username(&mut self, username: impl AsRef<str>) -> Result<(), UserError> {
        self.username = valid_username(username.as_ref(), &self.email)?;
        Ok(())
    }

    /// Sets the address, which is unverified. A username that is the account's address is replaced by the new
    /// address too.
    ///
    /// # Errors
    ///
    /// As for [`new`](Self::new). The old address is kept then.
    pub fn set_email(&mut self, email: impl AsRef<str>) -> Result<(), UserError> {
        let email = valid_email(email.as_ref())?;
        if is_own_address(&self.username, &self.email) {
            self.username.clone_from(&email);
        }
        self.email = email;
        Ok(())
    }

    /// Activates the account, or [deactivates](AuthUser::deactivate) it.
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
    /// The id. `None` until the account is stored.
    pub id: Option<UserId>,
    /// The username.
    pub username: String,
    /// The current address.
    pub email: String,
    /// The stored password.
    pub password: Password,
    /// The verified address and the pending token.
    pub email_verification: EmailVerification,
    /// Whether the account is active.
    pub active: bool,
}

impl UserParts {
    /// Creates the parts of an active account without an id, a password or a verified address.
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

/// Error returned when a username or an email address is not allowed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum UserError {
    /// The username is too short or too long. The account's own address is exempt.
    #[error("the username has {characters} characters: use 3 to 150")]
    UsernameLength {
        /// The number of characters, without surrounding white space.
        characters: usize,
    },
    /// The username has a character that [is invisible](crate::is_invisible). `U+200C` and `U+200D` are
    /// allowed where they join letters otherwise (RFC 5892, appendices A.1 and A.2).
    #[error("the username has the invisible character U+{:04X}: remove it", u32::from(*character))]
    UsernameCharacter {
        /// The first such character.
        character: char,
    },
    /// The username has an `@` and is not the account's own address. Case and width are ignored. [`User`]
    /// distinguishes a domain from its `xn--` form; the registration of an account of any type does not.
    #[error(
        "the username has an `@`, but is not the account's email address: use that address, or no `@`"
    )]
    UsernameNotOwnAddress,
    /// The address is longer than SMTP allows.
    #[error("the email address has {bytes} bytes: use at most 254")]
    EmailTooLong {
        /// The length in bytes.
        bytes: usize,
    },
    /// The address is not of the form `local@domain`, or has an invisible character.
    #[error("the email address is not valid: {reason}")]
    InvalidEmail {
        /// The reason.
        reason: String,
    },
    /// The normal form of the username or the address is empty or too long for a store.
    #[error(
        "the username or the email address is empty, or its normal form exceeds 1,024 bytes: use another one"
    )]
    Unstorable,
}
