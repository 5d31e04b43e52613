//! The settings of accounts, as the flows read them.

use std::fmt;
use std::time::Duration;

use super::throttle::Limits;
use crate::clock::Clock;
use crate::policy::{AsyncPasswordPolicy, PasswordPolicy};
use crate::session::{Remember, SessionKey, SessionTimeouts};
use crate::store::AttemptLimit;
use crate::token::TokenPurpose;

/// Whether accounts may sign in before their email address is verified, for
/// [`AccountsBuilder::unverified_sign_in`](crate::AccountsBuilder::unverified_sign_in).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum UnverifiedSignIn {
    /// A correct password gets
    /// [`Authentication::VerificationRequired`](crate::Authentication::VerificationRequired).
    ///
    /// So an active account whose address was never verified reserves neither its username nor its
    /// address: another registration, or a confirmed change of address, that needs one of them **deletes
    /// that account**, together with the rows that refer to it, and sends
    /// [`UserDeleted`](crate::UserDeleted).
    #[default]
    Refused,
    /// A correct password signs in.
    ///
    /// Each account reserves its username and address from its registration, so a stranger who registers
    /// your address keeps you from registering it.
    Allowed,
}

#[derive(Clone)]
pub(super) struct Settings {
    pub(super) key: SessionKey,
    pub(super) policy: AsyncPasswordPolicy,
    pub(super) unverified_sign_in: UnverifiedSignIn,
    pub(super) sign_in: Limits,
    pub(super) mail: Limits,
    pub(super) verification_lifetime: Duration,
    pub(super) reset_lifetime: Duration,
    pub(super) session: SessionTimeouts,
    pub(super) remembered_session: SessionTimeouts,
    pub(super) clock: Clock,
}

impl Settings {
    pub(super) fn new(key: SessionKey) -> Self {
        Self {
            key,
            policy: PasswordPolicy::new().into(),
            unverified_sign_in: UnverifiedSignIn::default(),
            sign_in: Limits {
                subject: AttemptLimit::new(10),
                client: AttemptLimit::new(100),
            },
            mail: Limits {
                subject: AttemptLimit::new(3)
                    .with_delay(Duration::from_mins(1))
                    .with_max_delay(Duration::from_hours(1)),
                client: AttemptLimit::new(50),
            },
            verification_lifetime: Duration::from_hours(24),
            reset_lifetime: Duration::from_mins(30),
            session: SessionTimeouts::new(Duration::from_hours(1), Duration::from_hours(24)),
            remembered_session: SessionTimeouts::new(
                Duration::from_hours(24 * 14),
                Duration::from_hours(24 * 30),
            ),
            clock: Clock::system(),
        }
    }

    /// Returns whether signing in requires a verified address. If so, accounts without one are replaced by
    /// others that need their username or address.
    pub(super) fn requires_verified_email(&self) -> bool {
        self.unverified_sign_in == UnverifiedSignIn::Refused
    }

    pub(super) fn session_timeouts(&self, remember: Remember) -> SessionTimeouts {
        match remember {
            Remember::No => self.session,
            Remember::Yes => self.remembered_session,
        }
    }

    pub(super) fn lifetime(&self, purpose: TokenPurpose) -> Duration {
        match purpose {
            TokenPurpose::PasswordReset => self.reset_lifetime,
            TokenPurpose::EmailVerification | TokenPurpose::EmailChange => {
                self.verification_lifetime
            }
        }
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("policy", &self.policy)
            .field("unverified_sign_in", &self.unverified_sign_in)
            .field("sign_in", &self.sign_in)
            .field("mail", &self.mail)
            .field("verification_lifetime", &self.verification_lifetime)
            .field("reset_lifetime", &self.reset_lifetime)
            .field("session", &self.session)
            .field("remembered_session", &self.remembered_session)
            .finish_non_exhaustive()
    }
}
