//! The account type that comes with the crate.

use email_address::{EmailAddress, Options};
use thiserror::Error;

use crate::{AuthUser, EmailVerification, Password, UserId};

/// The fewest and the most characters of a username, without the space around it.
const USERNAME_CHARACTERS: std::ops::RangeInclusive<usize> = 3..=150;

/// The most bytes of an email address that SMTP carries: RFC 5321, section 4.5.3.1.3, less the
/// angle brackets.
const MAX_EMAIL_LEN: usize = 254;

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
    /// # Errors
    ///
    /// The username has fewer than 3 or more than 150 characters, or the address is not a plain
    /// `local@domain` (RFC 5321) of at most 254 bytes.
    pub fn new(username: impl AsRef<str>, email: impl AsRef<str>) -> Result<Self, UserError> {
        let username = valid_username(username.as_ref())?;
        let email = valid_email(email.as_ref())?;
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
        self.username = valid_username(username.as_ref())?;
        Ok(())
    }

    /// Gives the account another address, which is unverified until it is verified itself.
    ///
    /// # Errors
    ///
    /// As for [`new`](Self::new); the old address stays.
    pub fn set_email(&mut self, email: impl AsRef<str>) -> Result<(), UserError> {
        self.email = valid_email(email.as_ref())?;
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
    /// The username is too short or too long.
    #[error("the username's length is {characters}; 3 to 150 characters are allowed")]
    UsernameLength {
        /// How many there are, without the space around them.
        characters: usize,
    },
    /// The address is too long for mail to reach it.
    #[error("the email address's length is {bytes}; at most 254 bytes are allowed")]
    EmailTooLong {
        /// How many there are.
        bytes: usize,
    },
    /// The address is not of the form `local@domain`.
    #[error("the email address is not valid: {reason}")]
    InvalidEmail {
        /// What is wrong with it.
        reason: String,
    },
    /// No store can keep the username or the address.
    #[error(
        "the username or the address cannot be stored: it is empty, holds the character U+0000, or \
         is over 1,024 bytes long in its normal form"
    )]
    Unstorable,
}

fn valid_username(username: &str) -> Result<String, UserError> {
    let username = username.trim();
    let characters = username.chars().count();
    if USERNAME_CHARACTERS.contains(&characters) {
        Ok(username.to_owned())
    } else {
        Err(UserError::UsernameLength { characters })
    }
}

pub(crate) fn valid_email(email: &str) -> Result<String, UserError> {
    if email.len() > MAX_EMAIL_LEN {
        return Err(UserError::EmailTooLong { bytes: email.len() });
    }
    // `Ada <ada@example.org>` and `ada@[127.0.0.1]` are addresses too, but not of an account.
    let options = Options::default()
        .without_display_text()
        .without_domain_literal();
    EmailAddress::parse_with_options(email, options)
        .and_then(|parsed| {
            // An empty display text gets past that, and line breaks with it: ` <ada@example.org>`.
            if parsed.email() == email {
                Ok(email.to_owned())
            } else {
                Err(email_address::Error::UnsupportedDisplayName)
            }
        })
        .map_err(|error| UserError::InvalidEmail {
            reason: error.to_string().trim_end_matches('.').to_owned(),
        })
}
