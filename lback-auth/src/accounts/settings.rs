//! What an application can set.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use time::OffsetDateTime;

use super::Accounts;
use super::throttle::Limits;
use crate::{
    AccountStore, AsyncPasswordPolicy, AttemptLimit, PasswordPolicy, SessionKey, TokenPurpose,
};

#[derive(Clone)]
pub(super) struct Settings {
    pub(super) key: SessionKey,
    pub(super) policy: AsyncPasswordPolicy,
    pub(super) requires_verified_email: bool,
    pub(super) answers_requests: bool,
    pub(super) sign_in: Limits,
    pub(super) mail: Limits,
    verification_lifetime: Duration,
    reset_lifetime: Duration,
    pub(super) clock: Arc<dyn Fn() -> OffsetDateTime + Send + Sync>,
    /// Whether that is another one than the system's.
    pub(super) has_own_clock: bool,
}

impl Settings {
    pub(super) fn new(key: SessionKey) -> Self {
        Self {
            key,
            policy: PasswordPolicy::new().into(),
            requires_verified_email: true,
            answers_requests: true,
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
            clock: Arc::new(OffsetDateTime::now_utc),
            has_own_clock: false,
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

/// Settings, all of which have defaults.
impl<S: AccountStore> Accounts<S> {
    /// Which new passwords are taken; [`PasswordPolicy::default`] unless this is set.
    #[must_use]
    pub fn policy(self, policy: impl Into<AsyncPasswordPolicy>) -> Self {
        self.with(|settings| settings.policy = policy.into())
    }

    /// Whether nobody signs in whose address has not been verified; yes, unless this is set.
    ///
    /// **As long as it is so, an account whose address was never verified stands in nobody's way who
    /// registers its name or address: it is deleted, with the rows that hang on it**, as
    /// [`UserDeleted`](crate::UserDeleted) tells. Before you move accounts in, or set this to `true`
    /// where it was not, see to it that those that are in use are verified.
    ///
    /// Otherwise an account keeps its name and its address from the start, and others can keep you from
    /// registering with your own address.
    #[must_use]
    pub fn require_verified_email(self, requires: bool) -> Self {
        self.with(|settings| settings.requires_verified_email = requires)
    }

    /// Whether requests about addresses are looked at by a task that is spawned after each; yes, unless
    /// this is set. Otherwise it is for another process to call
    /// [`answer_requests`](Self::answer_requests).
    #[must_use]
    pub fn answer_requests_after_each(self, answers: bool) -> Self {
        self.with(|settings| settings.answers_requests = answers)
    }

    /// How often one login may be tried, and the password of one account be told to change it; 10
    /// are free unless this is set, and then it is
    /// [1 second, 2, 4, … up to 15 minutes](AttemptLimit::new) until the next.
    ///
    /// NIST SP 800-63B-4, section 3.2.2, asks for a limit and proposes a delay that grows. Nothing is
    /// locked for good, and a reset of the password ends all waiting, since whoever makes wrong guesses
    /// without end keeps the owner waiting too.
    #[must_use]
    pub fn login_limit(self, limit: AttemptLimit) -> Self {
        self.with(|settings| settings.sign_in.subject = limit)
    }

    /// How often one client may try to sign in, with whichever login; 100 are free unless this is set,
    /// since many people can share an address.
    #[must_use]
    pub fn client_limit(self, limit: AttemptLimit) -> Self {
        self.with(|settings| settings.sign_in.client = limit)
    }

    /// How often a mail to one address may be asked for, for each purpose; 3 are free unless this is
    /// set, and then it is 1 minute, 2, 4, … up to an hour until the next.
    #[must_use]
    pub fn mail_limit(self, limit: AttemptLimit) -> Self {
        self.with(|settings| settings.mail.subject = limit)
    }

    /// How often one client may ask for mails; 50 are free unless this is set.
    #[must_use]
    pub fn client_mail_limit(self, limit: AttemptLimit) -> Self {
        self.with(|settings| settings.mail.client = limit)
    }

    /// How long a token is good that verifies an address; a day unless this is set.
    #[must_use]
    pub fn verification_lifetime(self, lifetime: Duration) -> Self {
        self.with(|settings| settings.verification_lifetime = lifetime)
    }

    /// How long a token is good that resets a password; 30 minutes unless this is set.
    #[must_use]
    pub fn reset_lifetime(self, lifetime: Duration) -> Self {
        self.with(|settings| settings.reset_lifetime = lifetime)
    }

    /// What time it is, for tests of expiry; the system's clock unless this is set. Attempts are counted
    /// by it too, where [`PostgresStore`](crate::PostgresStore) goes by the clock of the database.
    #[must_use]
    pub fn clock(self, clock: impl Fn() -> OffsetDateTime + Send + Sync + 'static) -> Self {
        self.with(|settings| {
            settings.clock = Arc::new(clock);
            settings.has_own_clock = true;
        })
    }

    fn with(mut self, set: impl FnOnce(&mut Settings)) -> Self {
        set(Arc::make_mut(&mut self.settings));
        self
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("policy", &self.policy)
            .field("requires_verified_email", &self.requires_verified_email)
            .field("sign_in", &self.sign_in)
            .field("mail", &self.mail)
            .field("verification_lifetime", &self.verification_lifetime)
            .field("reset_lifetime", &self.reset_lifetime)
            .finish_non_exhaustive()
    }
}
