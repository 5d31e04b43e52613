//! The owner of a password.

use crate::auth_user::AuthUser;

/// The username and address of a password's owner, which the password must not be.
///
/// Any [`AuthUser`] converts into one. A registration, which has no account yet, makes one from its
/// form. An empty text means unknown.
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
    /// Returns the owner with this username and email address.
    #[must_use]
    pub const fn new(username: &'a str, email: &'a str) -> Self {
        Self { username, email }
    }

    /// Returns the owner's username.
    #[must_use]
    pub fn username(&self) -> &'a str {
        self.username
    }

    /// Returns the owner's email address.
    #[must_use]
    pub fn email(&self) -> &'a str {
        self.email
    }

    /// Returns the address up to its last `@`, or the whole address if it has none.
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
