//! The trait of all account types.

mod dynamic;
pub(crate) mod fields;
mod sessions;
#[cfg(feature = "durable")]
pub(crate) mod snapshot;

use std::any::Any;
use std::time::Duration;

use fields::{AuthFields, AuthFieldsMut};
use lback_signals::Model;

use crate::clock::Clock;
use crate::email_verification::Voucher;
use crate::hasher::Hasher;
use crate::password::PasswordError;
use crate::session::{SessionAuthHash, SessionKey};
use crate::token::{TokenError, VerificationToken};
use crate::user_id::UserId;

/// An account: [`User`](crate::User), or an application's type with
/// [`derive(AuthUser)`](derive@crate::AuthUser). Only the derive may implement the trait: its hidden
/// methods may change in any release.
///
/// Receivers get an account as `&dyn AuthUser`, which has the first six methods. The others need the
/// account's own type. They hash with [`Hasher::current`] (the `…_async` methods look it up at the first
/// poll) and read [`Clock::system`]; a [`Hasher`] and a [`Clock`] have the same methods for that hasher
/// and that clock. The [crate](crate) shows them in use.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an account",
    label = "does not derive `AuthUser`",
    note = "derive it: `#[derive(Clone, AuthUser)]`, with `#[auth(…)]` on the fields"
)]
pub trait AuthUser: Model + Any + Send + Sync {
    /// Returns the account's id. `None` until the account is stored.
    fn id(&self) -> Option<UserId> {
        self.model_id().map(UserId::new)
    }

    /// Returns the name that the account signs in with.
    fn username(&self) -> &str;

    /// Returns the current email address.
    fn email(&self) -> &str;

    /// Returns `false` for a deactivated account. The methods below do not check it.
    fn is_active(&self) -> bool;

    /// Returns whether the *current* address is verified.
    fn is_email_verified(&self) -> bool;

    /// Returns whether a password hash is stored.
    fn has_usable_password(&self) -> bool;

    /// Hashes a new password and replaces the old one. All sessions of the account end. Sends
    /// [`UserPasswordSet`](crate::UserPasswordSet), or
    /// [`UserPasswordSetFailed`](crate::UserPasswordSetFailed) with the returned error.
    ///
    /// The thread waits for the hasher: about 15 ms, 19 MiB and one processor by default. The strength
    /// of the password is not checked: see [`PasswordPolicy`](crate::PasswordPolicy).
    ///
    /// # Errors
    ///
    /// Those of [`Hasher::hash`]. The old password stays.
    fn set_password(&mut self, password: &str) -> Result<(), PasswordError>
    where
        Self: Sized,
    {
        Hasher::current().set_password(self, password)
    }

    /// Sets a password as [`set_password`](Self::set_password) does, without blocking the thread.
    ///
    /// # Errors
    ///
    /// Those of [`Hasher::hash`]. The old password stays.
    #[cfg(feature = "tokio")]
    fn set_password_async(
        &mut self,
        password: &str,
    ) -> impl Future<Output = Result<(), PasswordError>> + Send
    where
        Self: Sized,
    {
        async { Hasher::current().set_password_async(self, password).await }
    }

    /// Removes the password, for accounts that sign in by other means. All sessions of the account end
    /// if its [epoch](crate::Password::epoch) is saved. Sends no signal.
    fn set_unusable_password(&mut self)
    where
        Self: Sized,
    {
        self.__fields_mut().password.remove();
    }

    /// Returns whether `password` is the account's. **Check the `bool`**: `?` alone lets a wrong
    /// password pass. An account without a password answers `false`, at the cost of a check. Sends
    /// [`UserPasswordChecked`](crate::UserPasswordChecked), or
    /// [`UserPasswordCheckFailed`](crate::UserPasswordCheckFailed) with the returned error.
    ///
    /// # Errors
    ///
    /// Those of [`Hasher::verify`]. The password is neither right nor wrong then.
    fn check_password(&self, password: &str) -> Result<bool, PasswordError>
    where
        Self: Sized,
    {
        Hasher::current().check_password(self, password)
    }

    /// Checks a password as [`check_password`](Self::check_password) does, without blocking the thread.
    ///
    /// # Errors
    ///
    /// Those of [`Hasher::verify`].
    #[cfg(feature = "tokio")]
    fn check_password_async(
        &self,
        password: &str,
    ) -> impl Future<Output = Result<bool, PasswordError>> + Send
    where
        Self: Sized,
    {
        async { Hasher::current().check_password_async(self, password).await }
    }

    /// Checks a password as [`check_password`](Self::check_password) does, and rehashes a right one
    /// whose hash is [stale](crate::Verdict::Stale), which sends
    /// [`UserPasswordUpgraded`](crate::UserPasswordUpgraded) too. Save the account then. Its sessions stay.
    ///
    /// A right password is not rehashed if its hash does not cover all of it, as bcrypt reads at most
    /// 72 bytes: [`must_change_password`](Self::must_change_password) returns `true` then.
    ///
    /// # Errors
    ///
    /// Those of [`Hasher::verify`]. A failure to rehash is no error: the next check tries again.
    fn check_and_upgrade(&mut self, password: &str) -> Result<bool, PasswordError>
    where
        Self: Sized,
    {
        Hasher::current().check_and_upgrade(self, password)
    }

    /// Checks as [`check_and_upgrade`](Self::check_and_upgrade) does, without blocking the thread.
    ///
    /// # Errors
    ///
    /// Those of [`Hasher::verify`].
    #[cfg(feature = "tokio")]
    fn check_and_upgrade_async(
        &mut self,
        password: &str,
    ) -> impl Future<Output = Result<bool, PasswordError>> + Send
    where
        Self: Sized,
    {
        async {
            Hasher::current()
                .check_and_upgrade_async(self, password)
                .await
        }
    }

    /// Returns whether the user has to set a new password, as the last
    /// [`check_and_upgrade`](Self::check_and_upgrade) found.
    fn must_change_password(&self) -> bool
    where
        Self: Sized,
    {
        self.__fields().password.must_change()
    }

    /// Deactivates the account. All its sessions end, and a later activation does not restore them. Sends
    /// no signal.
    fn deactivate(&mut self)
    where
        Self: Sized,
    {
        let fields = self.__fields_mut();
        *fields.active = false;
        fields.password.end_sessions();
    }

    /// Returns the hash that a session of this account stores, by the current key of a
    /// [`SessionKey`], which also [verifies](SessionKey::verify) it. `None` until the account is stored.
    ///
    /// It changes when a password is set or removed and when the account is deactivated, and stays when
    /// a hash is upgraded.
    fn session_auth_hash(&self, key: &SessionKey) -> Option<SessionAuthHash>
    where
        Self: Sized,
    {
        key.sign(self)
    }

    /// Issues a token that verifies the current address if it is presented within `valid_for`, and
    /// revokes an earlier one. Sends
    /// [`UserEmailVerificationTokenGenerated`](crate::UserEmailVerificationTokenGenerated), whose receiver
    /// mails it, or [`UserEmailVerificationFailed`](crate::UserEmailVerificationFailed) with the returned
    /// error.
    ///
    /// # Errors
    ///
    /// [`Entropy`](TokenError::Entropy). The account is unchanged.
    fn generate_email_verification_token(
        &mut self,
        valid_for: Duration,
    ) -> Result<VerificationToken, TokenError>
    where
        Self: Sized,
    {
        Clock::system().generate_email_verification_token(self, valid_for)
    }

    /// Issues a token as [`generate_email_verification_token`](Self::generate_email_verification_token)
    /// does, unless the last one for this address was issued less than `interval` ago: repeated requests
    /// send one mail. A change of the address begins a new interval.
    ///
    /// # Errors
    ///
    /// [`TooSoon`](TokenError::TooSoon) or [`Entropy`](TokenError::Entropy). The account is unchanged.
    fn resend_email_verification_token(
        &mut self,
        valid_for: Duration,
        interval: Duration,
    ) -> Result<VerificationToken, TokenError>
    where
        Self: Sized,
    {
        Clock::system().resend_email_verification_token(self, valid_for, interval)
    }

    /// Checks whether [`verify_email`](Self::verify_email) would accept the token. Changes nothing and
    /// sends no signal: use it for the link in a mail, which mail scanners open too.
    ///
    /// # Errors
    ///
    /// Those of [`verify_email`](Self::verify_email).
    fn peek_email_verification_token(&self, token: &str) -> Result<(), TokenError>
    where
        Self: Sized,
    {
        Clock::system().peek_email_verification_token(self, token)
    }

    /// Verifies the address that the token was issued for, and consumes the token. Sends
    /// [`UserEmailVerified`](crate::UserEmailVerified), or
    /// [`UserEmailVerificationFailed`](crate::UserEmailVerificationFailed) with the returned error.
    ///
    /// # Errors
    ///
    /// [`NoToken`](TokenError::NoToken), [`Mismatch`](TokenError::Mismatch),
    /// [`Expired`](TokenError::Expired) or [`EmailChanged`](TokenError::EmailChanged). The account is
    /// unchanged, and the right token stays valid.
    fn verify_email(&mut self, token: &str) -> Result<(), TokenError>
    where
        Self: Sized,
    {
        Clock::system().verify_email(self, token)
    }

    /// Verifies the current address on the word of a trusted party, and revokes a pending token. Sends
    /// [`UserEmailVerified`](crate::UserEmailVerified).
    fn verify_email_by(&mut self, voucher: Voucher)
    where
        Self: Sized,
    {
        voucher.verify_email(self);
    }

    // Not public API. Generated code implements these; `Sized` withholds the fields from receivers.
    #[doc(hidden)]
    fn __fields(&self) -> AuthFields<'_>
    where
        Self: Sized;
    #[doc(hidden)]
    fn __fields_mut(&mut self) -> AuthFieldsMut<'_>
    where
        Self: Sized;
    #[doc(hidden)]
    fn __to_boxed(&self) -> Box<dyn AuthUser>;
}
