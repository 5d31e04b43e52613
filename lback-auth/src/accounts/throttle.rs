//! What attempts are counted by.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use time::OffsetDateTime;

use super::{Accounts, AccountsError};
use crate::request_context::RequestContext;
use crate::{
    AccountStore, Attempt, AttemptKey, AttemptLimit, AttemptTime, AuthUser, NormalForm,
    Reservation, TokenPurpose, UserId,
};

/// What a mail is asked for. They are counted apart, so that nobody is kept from one by another's
/// asking for a second.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Registration,
    Verification,
    Reset,
    Change,
}

impl Kind {
    pub(super) fn purpose(self) -> TokenPurpose {
        match self {
            Self::Registration | Self::Verification => TokenPurpose::EmailVerification,
            Self::Reset => TokenPurpose::PasswordReset,
            Self::Change => TokenPurpose::EmailChange,
        }
    }
}

/// The limits of one kind of attempt.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) subject: AttemptLimit,
    pub(super) client: AttemptLimit,
}

/// The waits that a new password ends.
pub(super) struct Waits {
    /// The logins that mean the account.
    pub(super) logins: Vec<NormalForm>,
    /// The client, which gets one attempt back.
    pub(super) client: Option<AttemptKey>,
}

/// There were too many attempts.
pub(super) struct Refusal {
    pub(super) until: OffsetDateTime,
    pub(super) retry_after: Duration,
}

/// The waits to sign in of which this process has noted a refusal in the audit log. Each is noted once:
/// whoever is refused pays for no hash, and would fill the log.
#[derive(Debug, Default)]
pub(super) struct NotedWaits(Mutex<HashMap<AttemptKey, OffsetDateTime>>);

impl NotedWaits {
    /// Far more than wait at a time; if there are as many, the next are not noted.
    const MAX: usize = 10_000;

    /// Whether this is the first refusal of a wait, of which the next one is not.
    pub(super) fn is_first(
        &self,
        attempt: &Attempt,
        until: OffsetDateTime,
        now: OffsetDateTime,
    ) -> bool {
        let client = attempt.client.map(|(key, _)| key);
        // It is not known which of the two has to wait.
        let keys = || client.into_iter().chain([attempt.subject.0]);
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if keys().any(|key| noted.get(&key) == Some(&until)) {
            return false;
        }
        if noted.len() >= Self::MAX {
            noted.retain(|_, until| *until > now);
        }
        if noted.len() >= Self::MAX {
            return false;
        }
        noted.extend(keys().map(|key| (key, until)));
        true
    }
}

/// Whether a wait is longer than any limit makes it, since it was counted by a clock that was ahead: one
/// wrong guess would become a wait of years. A wait that is too long by less than attempts are remembered
/// anyway is believed, since the clocks of two servers never agree.
fn is_beyond_all_waits(wait: Duration, attempt: &Attempt) -> bool {
    let limits = attempt.client.into_iter().chain([attempt.subject]);
    let longest = limits
        .map(|(_, limit)| limit.max_delay.saturating_add(limit.forgotten_after))
        .max()
        .unwrap_or_default();
    wait > longest
}

impl<S: AccountStore> Accounts<S> {
    /// An attempt to sign in with this.
    pub(super) fn sign_in_attempt(&self, login: &NormalForm) -> Attempt {
        let subject = (self.login_key(login), self.settings.sign_in.subject);
        self.attempt(subject, b"sign-in", self.settings.sign_in.client)
    }

    /// An attempt to tell the password of an account that somebody is signed in to.
    pub(super) fn change_attempt(&self, id: &UserId) -> Attempt {
        let subject = (self.account_key(id), self.settings.sign_in.subject);
        self.attempt(subject, b"sign-in", self.settings.sign_in.client)
    }

    /// An attempt to have a mail sent to this address.
    pub(super) fn mail_attempt(&self, kind: Kind, email: &NormalForm) -> Attempt {
        let subject = (self.mail_key(kind, email), self.settings.mail.subject);
        self.attempt(subject, b"mail", self.settings.mail.client)
    }

    /// Returns the logins that mean an account: of its name and its address, those that
    /// [`find_by_login`](AccountStore::find_by_login) finds it by.
    pub(super) async fn logins_of(&self, user: &S::User) -> Result<Vec<NormalForm>, AccountsError> {
        let mut logins = Vec::new();
        for text in [user.username(), user.email()] {
            let login = NormalForm::of(text);
            let found = self.store.find_by_login(&login).await?;
            if found.is_some_and(|found| found.id() == user.id()) {
                logins.push(login);
            }
        }
        Ok(logins)
    }

    /// All that somebody who has proven to be the owner has no need to wait for any more.
    ///
    /// `logins` are those that meant the account a moment ago. Another account's login must not be
    /// among the keys, whatever the name and the unverified address of this one are: clearing it
    /// would allow guesses without limit.
    pub(super) fn keys_of(
        &self,
        user: &S::User,
        id: &UserId,
        logins: &[NormalForm],
    ) -> Vec<AttemptKey> {
        let (name, email) = (
            NormalForm::of(user.username()),
            NormalForm::of(user.email()),
        );
        let mut keys = vec![self.account_key(id)];
        // The owner of another mailbox has proven nothing, and must not receive mails without limit.
        if user.is_email_verified() {
            keys.push(self.mail_key(Kind::Reset, &email));
        }
        if logins.contains(&name) {
            keys.push(self.login_key(&name));
        }
        // A verified address is found before any name.
        if name != email && (user.is_email_verified() || logins.contains(&email)) {
            keys.push(self.login_key(&email));
        }
        keys
    }

    /// Reserves an attempt.
    pub(super) async fn reserve(&self, attempt: &Attempt) -> Result<(), AccountsError> {
        match self.refusal(attempt).await? {
            None => Ok(()),
            Some(Refusal { retry_after, .. }) => Err(AccountsError::Throttled { retry_after }),
        }
    }

    /// Reserves an attempt, or says until when it is refused.
    pub(super) async fn refusal(
        &self,
        attempt: &Attempt,
    ) -> Result<Option<Refusal>, AccountsError> {
        let now = self.attempt_time();
        let mut reservation = self.store.reserve_attempt(attempt, now).await?;
        if let Reservation::Refused { retry_after, .. } = reservation
            && is_beyond_all_waits(retry_after, attempt)
        {
            self.forget(attempt).await?;
            reservation = self.store.reserve_attempt(attempt, now).await?;
        }
        Ok(match reservation {
            Reservation::Granted => None,
            Reservation::Refused { until, retry_after } => Some(Refusal { until, retry_after }),
        })
    }

    /// The present, or what the application's own clock says.
    pub(super) fn attempt_time(&self) -> AttemptTime {
        if self.settings.has_own_clock {
            AttemptTime::At(self.now())
        } else {
            AttemptTime::Present(self.now())
        }
    }

    async fn forget(&self, attempt: &Attempt) -> Result<(), AccountsError> {
        let client = attempt.client.map(|(key, _)| key);
        let keys: Vec<_> = client.into_iter().chain([attempt.subject.0]).collect();
        let mut transaction = self.begin().await?;
        transaction.settle_attempts(&keys, None).await?;
        transaction.commit().await
    }

    fn attempt(
        &self,
        subject: (AttemptKey, AttemptLimit),
        kind: &[u8],
        client: AttemptLimit,
    ) -> Attempt {
        let network = RequestContext::current().network();
        let client_key = network.map(|network| match network {
            IpAddr::V4(address) => self.key(&[b"client", kind, &address.octets()]),
            IpAddr::V6(address) => self.key(&[b"client", kind, &address.octets()]),
        });
        Attempt {
            subject,
            client: client_key.map(|key| (key, client)),
        }
    }

    fn login_key(&self, login: &NormalForm) -> AttemptKey {
        self.key(&[b"login", login.as_str().as_bytes()])
    }

    fn mail_key(&self, kind: Kind, email: &NormalForm) -> AttemptKey {
        let kind = match kind {
            Kind::Registration => "registration",
            Kind::Verification => "verification",
            Kind::Reset => "reset",
            Kind::Change => "change",
        };
        self.key(&[b"address", kind.as_bytes(), email.as_str().as_bytes()])
    }

    fn account_key(&self, id: &UserId) -> AttemptKey {
        self.key(&[b"account", id.as_str().as_bytes()])
    }

    fn key(&self, parts: &[&[u8]]) -> AttemptKey {
        AttemptKey(self.settings.key.attempt_mac(parts))
    }
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;

    use crate::{Accounts, AttemptTime, MemoryStore, SessionKey};

    #[test]
    fn a_clock_that_is_set_counts_and_else_the_present() {
        let key = SessionKey::new(&[7; 32]).unwrap();
        let builder = Accounts::builder(MemoryStore::new(), key);
        let accounts = builder.clone().build().unwrap();
        assert!(matches!(accounts.attempt_time(), AttemptTime::Present(_)));
        let epoch = || OffsetDateTime::UNIX_EPOCH;
        let accounts = builder.clock(epoch).build().unwrap();
        let epoch = AttemptTime::At(OffsetDateTime::UNIX_EPOCH);
        assert_eq!(accounts.attempt_time(), epoch);
    }
}
