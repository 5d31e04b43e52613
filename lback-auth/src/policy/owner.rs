//! Whose password it is.

use crate::AuthUser;

/// What is known of whoever a password is for, so that it is none of these.
///
/// Any [`AuthUser`] converts into one. Where there is no account yet, as in a registration, it is
/// made from what the form says. An empty text stands for one that is not known.
///
/// ```
/// use lback_auth::{PasswordOwner, User};
///
/// let registering = PasswordOwner::new("ada", "ada@example.org");
/// assert_eq!(registering.email(), "ada@example.org");
///
/// let user = User::new("ada", "ada@example.org")?;
/// assert_eq!(PasswordOwner::from(&user).username(), "ada");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct PasswordOwner<'a> {
    username: &'a str,
    email: &'a str,
}

impl<'a> PasswordOwner<'a> {
    /// The owner with this name to sign in with, and this address.
    #[must_use]
    pub const fn new(username: &'a str, email: &'a str) -> Self {
        Self { username, email }
    }

    /// The name that the owner signs in with.
    #[must_use]
    pub fn username(&self) -> &'a str {
        self.username
    }

    /// The owner's email address.
    #[must_use]
    pub fn email(&self) -> &'a str {
        self.email
    }

    /// The address up to its last `@`; all of it where it has none.
    pub(super) fn email_local_part(&self) -> &'a str {
        self.email
            .rsplit_once('@')
            .map_or(self.email, |(local_part, _)| local_part)
    }
}

impl<'a, U: AuthUser + ?Sized> From<&'a U> for PasswordOwner<'a> {
    fn from(user: &'a U) -> Self {
        Self::new(user.username(), user.email())
    }
}
