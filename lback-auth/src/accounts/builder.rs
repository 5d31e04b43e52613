//! The builder of accounts.

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;

use super::Accounts;
use super::settings::{Settings, UnverifiedSignIn};
use crate::clock::Clock;
use crate::policy::AsyncPasswordPolicy;
use crate::session::{SessionKey, SessionTimeouts};
use crate::store::{AccountStore, AttemptLimit};

/// Builder of [`Accounts`], from [`Accounts::builder`].
///
/// ```
/// use std::time::Duration;
///
/// use lback_auth::{Accounts, MemoryStore, PasswordPolicy, SessionKey};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let secret = [7; 32];
/// let key = SessionKey::new(&secret)?; // 32 random bytes of the application
/// let accounts = Accounts::builder(MemoryStore::new(), key)
///     .policy(PasswordPolicy::new().with_service_name("Analytical Engines"))
///     .reset_lifetime(Duration::from_mins(10))
///     .build()?;
/// # let _ = accounts;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[must_use]
pub struct AccountsBuilder<S> {
    store: S,
    settings: Settings,
}

impl<S: AccountStore> AccountsBuilder<S> {
    pub(super) fn new(store: S, key: SessionKey) -> Self {
        Self {
            store,
            settings: Settings::new(key),
        }
    }

    /// Sets the policy for new passwords, [`PasswordPolicy::new`](crate::PasswordPolicy::new) by default.
    pub fn policy(mut self, policy: impl Into<AsyncPasswordPolicy>) -> Self {
        self.settings.policy = policy.into();
        self
    }

    /// Sets whether accounts may sign in before their address is verified,
    /// [`UnverifiedSignIn::Refused`] by default.
    ///
    /// With [`Refused`](UnverifiedSignIn::Refused), **accounts whose address was never verified are
    /// deleted when others need their username or address**. Before you import accounts, or change from
    /// [`Allowed`](UnverifiedSignIn::Allowed) to `Refused`, verify the accounts that are in use.
    pub fn unverified_sign_in(mut self, unverified_sign_in: UnverifiedSignIn) -> Self {
        self.settings.unverified_sign_in = unverified_sign_in;
        self
    }

    /// Sets the limit of attempts to sign in with one login, or to change the password of one account.
    /// By default 10 are free, and further ones wait
    /// [1 second, 2, 4, … up to 15 minutes](AttemptLimit::new).
    ///
    /// NIST SP 800-63B-4, section 3.2.2, requires a limit and suggests a growing delay. No login is locked
    /// for good, and a reset of the password ends its wait, since endless wrong guesses by others keep the
    /// owner waiting, too.
    pub fn login_limit(mut self, limit: AttemptLimit) -> Self {
        self.settings.sign_in.subject = limit;
        self
    }

    /// Sets the limit of attempts of one client to sign in or to change a password, with any logins and
    /// accounts. By default 100 are free, since many people can share an address.
    pub fn client_limit(mut self, limit: AttemptLimit) -> Self {
        self.settings.sign_in.client = limit;
        self
    }

    /// Sets the limit of requests for mails to one address, for each purpose. By default 3 are free, and
    /// further ones wait 1 minute, 2, 4, … up to an hour.
    pub fn mail_limit(mut self, limit: AttemptLimit) -> Self {
        self.settings.mail.subject = limit;
        self
    }

    /// Sets the limit of requests of one client for mails. By default 50 are free.
    pub fn client_mail_limit(mut self, limit: AttemptLimit) -> Self {
        self.settings.mail.client = limit;
        self
    }

    /// Sets how long a token that verifies an address is valid, a day by default.
    pub fn verification_lifetime(mut self, lifetime: Duration) -> Self {
        self.settings.verification_lifetime = lifetime;
        self
    }

    /// Sets how long a token that resets a password is valid, 30 minutes by default.
    pub fn reset_lifetime(mut self, lifetime: Duration) -> Self {
        self.settings.reset_lifetime = lifetime;
        self
    }

    /// Sets the timeouts of sessions that are not [remembered](crate::Remember): by default an hour of inactivity,
    /// and a day overall, which NIST SP 800-63B-4 recommends in section 2.2.3 (AAL2).
    ///
    /// The inactivity timeout also applies to existing sessions, from their next use.
    pub fn session_timeouts(mut self, timeouts: SessionTimeouts) -> Self {
        self.settings.session = timeouts;
        self
    }

    /// Sets the timeouts of sessions that are [remembered](crate::Remember::Yes): by default two weeks of inactivity,
    /// as in Django (`SESSION_COOKIE_AGE`), and 30 days overall, the most that NIST SP 800-63B-4 recommends in section
    /// 2.1.3 (AAL1).
    pub fn remembered_session_timeouts(mut self, timeouts: SessionTimeouts) -> Self {
        self.settings.remembered_session = timeouts;
        self
    }

    /// Sets the clock, the system's by default, for tests of expiry. It also times attempts, for which
    /// [`PostgresStore`](crate::PostgresStore) otherwise uses the clock of its database.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.settings.clock = clock;
        self
    }

    /// Builds the accounts.
    ///
    /// # Errors
    ///
    /// Returns an [`AccountsBuilderError`] for a lifetime of zero, and for a limit that never delays an
    /// attempt or whose delay is over its maximum.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use lback_auth::{Accounts, AccountsBuilderError, MemoryStore, SessionKey};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let built = Accounts::builder(MemoryStore::new(), SessionKey::new(&[7; 32])?)
    ///     .reset_lifetime(Duration::ZERO)
    ///     .build();
    /// let refused = AccountsBuilderError::ZeroLifetime { setting: "reset_lifetime" };
    /// assert_eq!(built.unwrap_err(), refused);
    /// # Ok(())
    /// # }
    /// ```
    pub fn build(self) -> Result<Accounts<S>, AccountsBuilderError> {
        let settings = &self.settings;
        check_lifetime("verification_lifetime", settings.verification_lifetime)?;
        check_lifetime("reset_lifetime", settings.reset_lifetime)?;
        for (setting, timeouts) in [
            ("session_timeouts", settings.session),
            ("remembered_session_timeouts", settings.remembered_session),
        ] {
            check_lifetime(setting, timeouts.inactivity.min(timeouts.overall))?;
        }
        check_limit("login_limit", settings.sign_in.subject)?;
        check_limit("client_limit", settings.sign_in.client)?;
        check_limit("mail_limit", settings.mail.subject)?;
        check_limit("client_mail_limit", settings.mail.client)?;
        Ok(self.build_valid())
    }

    /// Builds from settings that are known to be valid.
    pub(super) fn build_valid(self) -> Accounts<S> {
        Accounts {
            store: self.store,
            settings: Arc::new(self.settings),
            noted_waits: Arc::default(),
        }
    }
}

fn check_lifetime(setting: &'static str, lifetime: Duration) -> Result<(), AccountsBuilderError> {
    if lifetime.is_zero() {
        return Err(AccountsBuilderError::ZeroLifetime { setting });
    }
    Ok(())
}

fn check_limit(setting: &'static str, limit: AttemptLimit) -> Result<(), AccountsBuilderError> {
    let AttemptLimit {
        delay,
        max_delay,
        forgotten_after,
        ..
    } = limit;
    if delay > max_delay {
        return Err(AccountsBuilderError::DelayOverMaximum {
            setting,
            delay,
            max_delay,
        });
    }
    if delay.is_zero() || forgotten_after.is_zero() {
        return Err(AccountsBuilderError::NeverLimits { setting });
    }
    Ok(())
}

// Not derived, which would require a store that is `Debug`.
impl<S> fmt::Debug for AccountsBuilder<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccountsBuilder")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

/// Error returned by [`AccountsBuilder::build`] for settings that cannot work. `setting` is the name of
/// the builder's method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum AccountsBuilderError {
    /// A lifetime is zero, so its tokens would have expired when they are issued.
    #[error(
        "the accounts' `{setting}` is zero, so its tokens never work: set it to more than zero"
    )]
    ZeroLifetime {
        /// The lifetime.
        setting: &'static str,
    },
    /// A limit has a delay of zero or forgets attempts at once, so it would allow guesses without end.
    #[error(
        "the accounts' `{setting}` never delays an attempt: set its `delay` and `forgotten_after` to \
         more than zero, or allow all attempts with `AttemptLimit::new(u32::MAX)`"
    )]
    NeverLimits {
        /// The limit.
        setting: &'static str,
    },
    /// The first delay of a limit is over its longest delay.
    #[error(
        "the accounts' `{setting}` has a delay of {delay:?} and a max_delay of {max_delay:?}: set \
         `max_delay` to at least the delay"
    )]
    DelayOverMaximum {
        /// The limit.
        setting: &'static str,
        /// Its first delay.
        delay: Duration,
        /// Its longest delay.
        max_delay: Duration,
    },
}
