//! What every account can do, whatever else it holds.

use std::any::Any;
use std::fmt;
use std::time::Duration;

use lback_signals::{Model, SenderAs, Signal};
use time::OffsetDateTime;

use crate::{
    EmailVerification, EmailVerificationError, Password, PasswordError,
    UserEmailVerificationFailed, UserEmailVerificationTokenGenerated, UserEmailVerified,
    UserPasswordCheckFailed, UserPasswordChecked, UserPasswordSet, UserPasswordSetFailed,
    VerificationToken,
};

/// An account: [`User`](crate::User), or a type of your own with
/// [`derive(AuthUser)`](derive@crate::AuthUser). Implement it by the derive alone: the hidden
/// methods may change in any release.
///
/// Receivers get it as `&dyn AuthUser` and can read who it is. The methods that change it belong
/// to whoever has the type itself.
///
/// ```
/// use lback_auth::{AuthUser, EmailVerification, Password, UserPasswordSet};
/// use lback_signals::receiver;
///
/// #[derive(Clone, AuthUser)]
/// struct Customer {
///     #[auth(id)]
///     id: Option<i64>,
///     #[auth(username, email)]
///     email: String,
///     #[auth(password)]
///     password: Password,
///     #[auth(email_verification)]
///     verification: EmailVerification,
///     #[auth(active)]
///     active: bool,
///     plan: &'static str,
/// }
///
/// #[receiver(signal = UserPasswordSet)]
/// fn thank_paying_customers(event: &UserPasswordSet<'_>) {
///     if let Some(customer) = event.user.downcast_ref::<Customer>() {
///         println!("{} is on the {} plan", customer.username(), customer.plan);
///     }
/// }
///
/// let mut customer = Customer {
///     id: Some(7),
///     email: "ada@example.org".to_owned(),
///     password: Password::unusable(),
///     verification: EmailVerification::unverified(),
///     active: true,
///     plan: "gold",
/// };
/// customer.set_password("correct horse battery staple").unwrap();
/// assert_eq!(customer.id().unwrap().as_str(), "7");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an account",
    label = "does not derive `AuthUser`",
    note = "derive it: `#[derive(Clone, AuthUser)]`, with `#[auth(…)]` on the fields"
)]
pub trait AuthUser: Model + Any + Send + Sync {
    /// The account's id as text; `None` until it is stored.
    fn id(&self) -> Option<UserId> {
        self.model_id().map(UserId)
    }

    /// The name that the account signs in with.
    fn username(&self) -> &str;

    /// The current email address.
    fn email(&self) -> &str;

    /// Whether the account is in use. Nothing here asks; who lets people sign in should.
    fn is_active(&self) -> bool;

    /// Whether the *current* address is the one that was verified.
    fn is_email_verified(&self) -> bool;

    /// Whether any password is stored, so that one could be right.
    fn has_usable_password(&self) -> bool;

    /// Hashes a new password and puts it in place of the old one.
    ///
    /// Takes about 15 ms of processor time and 19 MiB of memory, as the hash is meant to.
    ///
    /// # Errors
    ///
    /// [`Empty`](PasswordError::Empty), [`TooLong`](PasswordError::TooLong),
    /// [`Entropy`](PasswordError::Entropy) or [`OutOfMemory`](PasswordError::OutOfMemory). The old
    /// password is untouched then.
    ///
    /// # Signals
    ///
    /// [`UserPasswordSet`], or [`UserPasswordSetFailed`] with the same error.
    fn set_password(&mut self, password: &str) -> Result<(), PasswordError>
    where
        Self: Sized,
    {
        match Password::hash(password) {
            Ok(hash) => {
                *self.__password_mut() = hash;
                UserPasswordSet::new(self).send();
                Ok(())
            }
            Err(exception) => {
                UserPasswordSetFailed::new(self, &exception).send();
                Err(exception)
            }
        }
    }

    /// Takes the password away, so that none is right until a new one is set: for accounts that
    /// sign in by other means.
    ///
    /// No password was set, so no signal says so.
    fn set_unusable_password(&mut self)
    where
        Self: Sized,
    {
        *self.__password_mut() = Password::unusable();
    }

    /// Whether `password` is the account's: **look at the answer**, since `?` alone lets a wrong
    /// password pass, and do not turn an error into `false`. An account without a usable password answers `false`,
    /// in the time that a stored password of default cost takes.
    ///
    /// # Errors
    ///
    /// The stored hash cannot be used: [`Corrupt`](PasswordError::Corrupt),
    /// [`UnknownScheme`](PasswordError::UnknownScheme),
    /// [`CostOutOfBounds`](PasswordError::CostOutOfBounds); or there was no memory to check it:
    /// [`OutOfMemory`](PasswordError::OutOfMemory). Whatever was typed is then neither right nor
    /// wrong.
    ///
    /// # Signals
    ///
    /// [`UserPasswordChecked`] with the answer, or [`UserPasswordCheckFailed`] with the same error.
    fn check_password(&self, password: &str) -> Result<bool, PasswordError>
    where
        Self: Sized,
    {
        match self.__password().check(password) {
            Ok(success) => {
                UserPasswordChecked::new(self, success).send();
                Ok(success)
            }
            Err(exception) => {
                UserPasswordCheckFailed::new(self, &exception).send();
                Err(exception)
            }
        }
    }

    /// Issues a token that verifies the current address when it comes back within `valid_for`.
    ///
    /// A token issued earlier is no longer valid; an address that is verified stays so.
    ///
    /// # Errors
    ///
    /// [`Entropy`](EmailVerificationError::Entropy); nothing has changed then.
    ///
    /// # Signals
    ///
    /// [`UserEmailVerificationTokenGenerated`] with the token, for whoever mails it, or
    /// [`UserEmailVerificationFailed`] with the same error.
    fn generate_email_verification_token(
        &mut self,
        valid_for: Duration,
    ) -> Result<VerificationToken, EmailVerificationError>
    where
        Self: Sized,
    {
        self.generate_email_verification_token_at(valid_for, OffsetDateTime::now_utc())
    }

    /// Like [`generate_email_verification_token`](Self::generate_email_verification_token), with
    /// the validity counted from `now`.
    ///
    /// # Errors
    ///
    /// The same.
    fn generate_email_verification_token_at(
        &mut self,
        valid_for: Duration,
        now: OffsetDateTime,
    ) -> Result<VerificationToken, EmailVerificationError>
    where
        Self: Sized,
    {
        let email = self.email().to_owned();
        match self
            .__email_verification_mut()
            .issue(&email, valid_for, now)
        {
            Ok(token) => {
                UserEmailVerificationTokenGenerated::new(self, &token).send();
                Ok(token)
            }
            Err(reason) => {
                UserEmailVerificationFailed::new(self, reason).send();
                Err(reason)
            }
        }
    }

    /// Takes a token back, in any shape, and verifies the address that it was issued for. A token
    /// can be used once.
    ///
    /// # Errors
    ///
    /// [`NoToken`](EmailVerificationError::NoToken), [`Mismatch`](EmailVerificationError::Mismatch),
    /// [`Expired`](EmailVerificationError::Expired) or
    /// [`EmailChanged`](EmailVerificationError::EmailChanged). Nothing has changed then, and the
    /// right token is still good.
    ///
    /// # Signals
    ///
    /// [`UserEmailVerified`], or [`UserEmailVerificationFailed`] with the same reason.
    fn verify_email(&mut self, token: &str) -> Result<(), EmailVerificationError>
    where
        Self: Sized,
    {
        self.verify_email_at(token, OffsetDateTime::now_utc())
    }

    /// Like [`verify_email`](Self::verify_email), as if it were `now`. The expiry itself is too
    /// late.
    ///
    /// # Errors
    ///
    /// The same.
    fn verify_email_at(
        &mut self,
        token: &str,
        now: OffsetDateTime,
    ) -> Result<(), EmailVerificationError>
    where
        Self: Sized,
    {
        let email = self.email().to_owned();
        match self.__email_verification_mut().consume(token, &email, now) {
            Ok(()) => {
                UserEmailVerified::new(self).send();
                Ok(())
            }
            Err(reason) => {
                UserEmailVerificationFailed::new(self, reason).send();
                Err(reason)
            }
        }
    }

    // Not public API. Implemented by generated code, and not within reach of a `&dyn AuthUser`.
    #[doc(hidden)]
    fn __password(&self) -> &Password
    where
        Self: Sized;

    // Not public API. Implemented by generated code.
    #[doc(hidden)]
    fn __password_mut(&mut self) -> &mut Password
    where
        Self: Sized;

    // Not public API. Implemented by generated code.
    #[doc(hidden)]
    fn __email_verification_mut(&mut self) -> &mut EmailVerification
    where
        Self: Sized;

    // Not public API. Implemented by generated code.
    #[doc(hidden)]
    fn __to_boxed(&self) -> Box<dyn AuthUser>;
}

impl dyn AuthUser {
    /// The account as the application's own type, if it is one.
    #[must_use]
    pub fn downcast_ref<T: AuthUser>(&self) -> Option<&T> {
        (self as &dyn Any).downcast_ref()
    }
}

/// Receivers that take a [`SentBy<'_, Customer>`](lback_signals::SentBy) hear of customers alone.
///
/// ```
/// use lback_auth::{AuthUser, User, UserPasswordSet};
/// use lback_signals::{SentBy, Signal, receiver};
///
/// #[receiver(signal = UserPasswordSet)]
/// fn greet(user: SentBy<'_, User>) {
///     println!("well chosen, {}", user.username());
/// }
///
/// let user = User::new("ada", "ada@example.org")?;
/// assert!(UserPasswordSet::new(&user).send().is_ok());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
impl<T: AuthUser> SenderAs<T> for dyn AuthUser {
    fn sender_as(&self) -> Option<&T> {
        self.downcast_ref()
    }
}

/// A copy of its own, for receivers that keep the account longer than the signal lives.
impl ToOwned for dyn AuthUser {
    type Owned = Box<dyn AuthUser>;

    fn to_owned(&self) -> Self::Owned {
        self.__to_boxed()
    }
}

/// Who it is, and nothing that it keeps.
impl fmt::Debug for dyn AuthUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthUser")
            .field("id", &self.id())
            .field("username", &self.username())
            .finish_non_exhaustive()
    }
}

/// An account's id, as the text of whatever the application counts by.
///
/// ```
/// use lback_auth::UserId;
///
/// assert_eq!(UserId::new(7).as_str(), "7");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserId(String);

impl UserId {
    /// The id whose `Display` text is this.
    #[must_use]
    pub fn new(id: impl fmt::Display) -> Self {
        Self(id.to_string())
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
