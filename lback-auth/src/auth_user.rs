//! What every account can do, whatever else it holds.

mod dynamic;
mod emails;
mod id;
pub(crate) mod passwords;

use std::any::Any;
use std::time::Duration;

pub use id::UserId;
use lback_signals::{Model, Signal};
use time::OffsetDateTime;

use crate::hasher::Outcome;
use crate::{
    EmailVerification, EmailVerificationError, Hasher, Password, PasswordError, SessionAuthHash,
    SessionKey, UserEmailVerified, VerificationToken, VerifiedBy, Voucher,
};
#[cfg(doc)]
use crate::{
    UserEmailVerificationFailed, UserEmailVerificationTokenGenerated, UserPasswordCheckFailed,
    UserPasswordChecked, UserPasswordSet, UserPasswordSetFailed, UserPasswordUpgraded,
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
        self.model_id().map(UserId::new)
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

    /// Hashes a new password and puts it in place of the old one. All sessions of the account end.
    ///
    /// The thread waits for the current [`Hasher`]: 15 ms, 19 MiB and one processor at its default
    /// settings. No rule of what a good password is applies here: see
    /// [`PasswordPolicy`](crate::PasswordPolicy).
    ///
    /// # Errors
    ///
    /// [`Empty`](PasswordError::Empty), [`TooLong`](PasswordError::TooLong),
    /// [`Entropy`](PasswordError::Entropy), [`Busy`](PasswordError::Busy) or
    /// [`OutOfMemory`](PasswordError::OutOfMemory). The old password is untouched then.
    ///
    /// # Signals
    ///
    /// [`UserPasswordSet`], or [`UserPasswordSetFailed`] with the same error.
    fn set_password(&mut self, password: &str) -> Result<(), PasswordError>
    where
        Self: Sized,
    {
        self.set_password_with(&Hasher::current(), password)
    }

    /// Like [`set_password`](Self::set_password), with a hasher of your choice.
    ///
    /// # Errors
    ///
    /// The same.
    fn set_password_with(&mut self, hasher: &Hasher, password: &str) -> Result<(), PasswordError>
    where
        Self: Sized,
    {
        passwords::set(self, hasher.hash(password))
    }

    /// Like [`set_password`](Self::set_password), while the task waits, so that no thread of the
    /// executor's does. Receivers run on one. The hasher is the one that holds where the future is
    /// polled first.
    ///
    /// # Errors
    ///
    /// The same.
    #[cfg(feature = "tokio")]
    fn set_password_async(
        &mut self,
        password: &str,
    ) -> impl Future<Output = Result<(), PasswordError>> + Send
    where
        Self: Sized,
    {
        async {
            let hasher = Hasher::current();
            self.set_password_with_async(&hasher, password).await
        }
    }

    /// Like [`set_password_async`](Self::set_password_async), with a hasher of your choice.
    ///
    /// # Errors
    ///
    /// The same.
    #[cfg(feature = "tokio")]
    fn set_password_with_async(
        &mut self,
        hasher: &Hasher,
        password: &str,
    ) -> impl Future<Output = Result<(), PasswordError>> + Send
    where
        Self: Sized,
    {
        async { passwords::set(self, hasher.hash_async(password).await) }
    }

    /// Takes the password away, so that none is right until a new one is set: for accounts that
    /// sign in by other means. All sessions of the account end, if its
    /// [epoch](Password::epoch) is saved.
    ///
    /// No password was set, so no signal says so.
    fn set_unusable_password(&mut self)
    where
        Self: Sized,
    {
        self.__password_mut().take_away();
    }

    /// Whether `password` is the account's: **look at the answer**, since `?` alone lets a wrong
    /// password pass, and do not turn an error into `false`. An account without a usable password
    /// answers `false`, at the cost of a check.
    ///
    /// # Errors
    ///
    /// The stored hash cannot be used: [`Corrupt`](PasswordError::Corrupt),
    /// [`UnknownScheme`](PasswordError::UnknownScheme),
    /// [`CostOutOfBounds`](PasswordError::CostOutOfBounds),
    /// [`UnknownPepper`](PasswordError::UnknownPepper); or it could not be checked:
    /// [`Busy`](PasswordError::Busy), [`OutOfMemory`](PasswordError::OutOfMemory). Whatever was
    /// typed is then neither right nor wrong.
    ///
    /// # Signals
    ///
    /// [`UserPasswordChecked`] with the answer, or [`UserPasswordCheckFailed`] with the same error.
    fn check_password(&self, password: &str) -> Result<bool, PasswordError>
    where
        Self: Sized,
    {
        self.check_password_with(&Hasher::current(), password)
    }

    /// Like [`check_password`](Self::check_password), with a hasher of your choice.
    ///
    /// # Errors
    ///
    /// The same.
    fn check_password_with(&self, hasher: &Hasher, password: &str) -> Result<bool, PasswordError>
    where
        Self: Sized,
    {
        let outcome = hasher.examine(password, self.__password().stored());
        passwords::checked(self, outcome)
    }

    /// Like [`check_password`](Self::check_password), while the task waits, so that no thread of the
    /// executor's does. Receivers run on one. The hasher is the one that holds where the future is
    /// polled first.
    ///
    /// # Errors
    ///
    /// The same.
    #[cfg(feature = "tokio")]
    fn check_password_async(
        &self,
        password: &str,
    ) -> impl Future<Output = Result<bool, PasswordError>> + Send
    where
        Self: Sized,
    {
        async {
            let hasher = Hasher::current();
            self.check_password_with_async(&hasher, password).await
        }
    }

    /// Like [`check_password_async`](Self::check_password_async), with a hasher of your choice.
    ///
    /// # Errors
    ///
    /// The same.
    #[cfg(feature = "tokio")]
    fn check_password_with_async(
        &self,
        hasher: &Hasher,
        password: &str,
    ) -> impl Future<Output = Result<bool, PasswordError>> + Send
    where
        Self: Sized,
    {
        async {
            let stored = self.__password().stored();
            let outcome = hasher.examine_async(password, stored).await;
            passwords::checked(self, outcome)
        }
    }

    /// Like [`check_password`](Self::check_password), and hashes a right password anew whose hash is
    /// not as it would be made today ([`Stale`](crate::Verdict::Stale)): save the account then. Its
    /// sessions stay.
    ///
    /// A right password that its hash does not prove to its end is not hashed anew: bcrypt sees no more
    /// than 72 bytes, and hashes of others cannot tell some texts with a zero byte from such without.
    /// [`must_change_password`](Self::must_change_password) then says that a new one has to be set.
    ///
    /// ```
    /// use lback_auth::{AuthUser, Password, User, UserParts};
    ///
    /// let mut parts = UserParts::new("ada", "ada@example.org");
    /// parts.password = Password::from_stored(Some(
    ///     "$argon2id$v=19$m=64,t=1,p=1$IbzGsREOESze5yOjaArMRw$DnpXOwEBzUBBuaitqSpcWpBQH86bx0GSsTLWBcm4DO8".to_owned(),
    /// ));
    /// let mut user = User::from_parts(parts);
    /// assert!(user.check_and_upgrade("correct horse battery staple")?);
    /// assert!(user.password().stored().unwrap().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    /// # Ok::<(), lback_auth::PasswordError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The same. That a right password could not be hashed anew is none: it stays right, and the
    /// next check tries again.
    ///
    /// # Signals
    ///
    /// The same, and then [`UserPasswordUpgraded`], if a new hash is in place.
    fn check_and_upgrade(&mut self, password: &str) -> Result<bool, PasswordError>
    where
        Self: Sized,
    {
        self.check_and_upgrade_with(&Hasher::current(), password)
    }

    /// Like [`check_and_upgrade`](Self::check_and_upgrade), with a hasher of your choice.
    ///
    /// # Errors
    ///
    /// The same.
    fn check_and_upgrade_with(
        &mut self,
        hasher: &Hasher,
        password: &str,
    ) -> Result<bool, PasswordError>
    where
        Self: Sized,
    {
        let outcome = hasher.examine(password, self.__password().stored());
        let is_right = passwords::noted(self, outcome)?;
        if outcome == Ok(Outcome::Stale) {
            passwords::upgrade(self, hasher.hash(password));
        }
        Ok(is_right)
    }

    /// Like [`check_and_upgrade`](Self::check_and_upgrade), while the task waits, so that no thread
    /// of the executor's does. Receivers run on one. The hasher is the one that holds where the
    /// future is polled first.
    ///
    /// # Errors
    ///
    /// The same.
    #[cfg(feature = "tokio")]
    fn check_and_upgrade_async(
        &mut self,
        password: &str,
    ) -> impl Future<Output = Result<bool, PasswordError>> + Send
    where
        Self: Sized,
    {
        async {
            let hasher = Hasher::current();
            self.check_and_upgrade_with_async(&hasher, password).await
        }
    }

    /// Like [`check_and_upgrade_async`](Self::check_and_upgrade_async), with a hasher of your choice.
    ///
    /// # Errors
    ///
    /// The same.
    #[cfg(feature = "tokio")]
    fn check_and_upgrade_with_async(
        &mut self,
        hasher: &Hasher,
        password: &str,
    ) -> impl Future<Output = Result<bool, PasswordError>> + Send
    where
        Self: Sized,
    {
        async {
            let stored = self.__password().stored();
            let outcome = hasher.examine_async(password, stored).await;
            let is_right = passwords::noted(self, outcome)?;
            if outcome == Ok(Outcome::Stale) {
                passwords::upgrade(self, hasher.hash_async(password).await);
            }
            Ok(is_right)
        }
    }

    /// Whether a new password has to be set, as
    /// [`check_and_upgrade`](Self::check_and_upgrade) has found.
    fn must_change_password(&self) -> bool
    where
        Self: Sized,
    {
        self.__password().must_change()
    }

    /// Takes the account out of use. All its sessions end, and do not come back with it.
    fn deactivate(&mut self)
    where
        Self: Sized,
    {
        *self.__active_mut() = false;
        self.__password_mut().end_sessions();
    }

    /// What a session of this account holds for as long as it is good: an HMAC over the account's model and
    /// id, and the epoch of its sessions, which is renewed when a password is set or taken away and when
    /// the account is deactivated, and not when a hash is upgraded. `None` until the account is
    /// stored.
    ///
    /// A session layer keeps it when a user signs in, and ends a session in which it is another one.
    ///
    /// ```
    /// use lback_auth::{AuthUser, Hasher, SessionKey, User, UserId};
    ///
    /// # let secret = [7; 32];
    /// let key = SessionKey::new(&secret)?; // 32 random bytes of the application's
    /// let mut user = User::new("ada", "ada@example.org")?;
    /// user.set_id(UserId::new(7));
    /// let in_session = user.session_auth_hash(&key);
    ///
    /// assert_eq!(user.session_auth_hash(&key), in_session);
    /// user.set_password_with(&Hasher::insecure_for_tests(), "correct horse battery staple")?;
    /// assert_ne!(user.session_auth_hash(&key), in_session);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    fn session_auth_hash(&self, key: &SessionKey) -> Option<SessionAuthHash>
    where
        Self: Sized,
    {
        let epoch = self.__password().epoch();
        let id = self.id()?;
        let (model, is_active) = (self.model_name(), self.is_active());
        Some(SessionAuthHash::new(key, model, &id, is_active, epoch))
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
        let verification = self.__email_verification_mut();
        let issued = verification.issue(&email, valid_for, now);
        emails::issued(self, issued)
    }

    /// Like [`generate_email_verification_token`](Self::generate_email_verification_token), but if
    /// the last for this address was issued less than `interval` ago: whoever asks again and again
    /// for the mail gets one. It knows of the last token alone: whoever may change the address to and
    /// fro needs another limit.
    ///
    /// # Errors
    ///
    /// [`TooSoon`](EmailVerificationError::TooSoon) or [`Entropy`](EmailVerificationError::Entropy).
    /// Nothing has changed then.
    ///
    /// # Signals
    ///
    /// The same.
    fn resend_email_verification_token(
        &mut self,
        valid_for: Duration,
        interval: Duration,
    ) -> Result<VerificationToken, EmailVerificationError>
    where
        Self: Sized,
    {
        let now = OffsetDateTime::now_utc();
        self.resend_email_verification_token_at(valid_for, interval, now)
    }

    /// Like [`resend_email_verification_token`](Self::resend_email_verification_token), as if it
    /// were `now`.
    ///
    /// # Errors
    ///
    /// The same.
    fn resend_email_verification_token_at(
        &mut self,
        valid_for: Duration,
        interval: Duration,
        now: OffsetDateTime,
    ) -> Result<VerificationToken, EmailVerificationError>
    where
        Self: Sized,
    {
        let email = self.email().to_owned();
        let verification = self.__email_verification_mut();
        let issued = verification.reissue(&email, valid_for, interval, now);
        emails::issued(self, issued)
    }

    /// Whether [`verify_email`](Self::verify_email) would take the token. Nothing changes and no
    /// signal is sent, so this is what a link in a mail does, which programs follow too; the form
    /// behind it verifies.
    ///
    /// # Errors
    ///
    /// As for [`verify_email`](Self::verify_email).
    fn peek_email_verification_token(&self, token: &str) -> Result<(), EmailVerificationError>
    where
        Self: Sized,
    {
        self.peek_email_verification_token_at(token, OffsetDateTime::now_utc())
    }

    /// Like [`peek_email_verification_token`](Self::peek_email_verification_token), as if it were
    /// `now`.
    ///
    /// # Errors
    ///
    /// The same.
    fn peek_email_verification_token_at(
        &self,
        token: &str,
        now: OffsetDateTime,
    ) -> Result<(), EmailVerificationError>
    where
        Self: Sized,
    {
        self.__email_verification().peek(token, self.email(), now)
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
        let verification = self.__email_verification_mut();
        let consumed = verification.consume(token, &email, now);
        emails::verified(self, consumed)
    }

    /// Verifies the current address because somebody vouches for it. The token that is out is of no
    /// use any more.
    ///
    /// # Signals
    ///
    /// [`UserEmailVerified`], which says by whom.
    fn verify_email_by(&mut self, voucher: Voucher)
    where
        Self: Sized,
    {
        let email = self.email().to_owned();
        self.__email_verification_mut().vouch(&email);
        UserEmailVerified::new(self, VerifiedBy::Voucher(voucher)).send();
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
    fn __email_verification(&self) -> &EmailVerification
    where
        Self: Sized;

    // Not public API. Implemented by generated code.
    #[doc(hidden)]
    fn __email_verification_mut(&mut self) -> &mut EmailVerification
    where
        Self: Sized;

    // Not public API. Implemented by generated code.
    #[doc(hidden)]
    fn __active_mut(&mut self) -> &mut bool
    where
        Self: Sized;

    // Not public API. Implemented by generated code.
    #[doc(hidden)]
    fn __to_boxed(&self) -> Box<dyn AuthUser>;
}
