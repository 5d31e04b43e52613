//! Rate limits of sign-ins and mails, and the keys under which attempts are counted.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use time::OffsetDateTime;

use super::{Accounts, AccountsError};
use crate::auth_user::AuthUser;
use crate::normal_form::NormalForm;
use crate::request_context::RequestContext;
use crate::store::{
    AccountStore, Attempt, AttemptKey, AttemptLimit, AttemptTime, Reservation, StoreError,
};
use crate::token::TokenPurpose;
use crate::user_id::UserId;

/// Kind of a requested mail. Each kind has its own counter, so that requests for one kind do not block another.
#[derive(Clone, Copy, Debug)]
pub(super) enum MailKind {
    Registration,
    Verification,
    Reset,
    Change,
}

impl MailKind {
    pub(super) fn purpose(self) -> TokenPurpose {
        match self {
            Self::Registration | Self::Verification => TokenPurpose::EmailVerification,
            Self::Reset => TokenPurpose::PasswordReset,
            Self::Change => TokenPurpose::EmailChange,
        }
    }
}

/// Limits of one kind of attempt.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) subject: AttemptLimit,
    pub(super) client: AttemptLimit,
}

/// Counters that a new password resets.
pub(super) struct Waits {
    /// The logins of the account.
    pub(super) logins: Vec<NormalForm>,
    /// The client, to which one attempt is returned.
    pub(super) client: Option<AttemptKey>,
}

/// A refused attempt.
pub(super) struct Refusal {
    pub(super) until: OffsetDateTime,
    pub(super) retry_after: Duration,
}

/// Waits whose first refusal this process has appended to the audit log. Further refusals of a wait are not
/// logged: they cost the client no hash, so a client could fill the log with them.
#[derive(Debug, Default)]
pub(super) struct NotedWaits(Mutex<HashMap<AttemptKey, OffsetDateTime>>);

impl NotedWaits {
    /// The maximum number of waits at a time. Further ones are not logged.
    const MAX: usize = 10_000;

    /// Returns whether this is the first refusal of a wait, and remembers the wait.
    pub(super) fn is_first(
        &self,
        attempt: &Attempt,
        until: OffsetDateTime,
        now: OffsetDateTime,
    ) -> bool {
        let client = attempt.client.map(|(key, _)| key);
        // The refusal does not say which of the two keys is over its limit.
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

/// Returns whether a wait is longer than the limits allow, because a clock was ahead when the attempts were
/// counted: one wrong guess could otherwise cause a wait of years. An excess below the time after which attempts
/// are forgotten is accepted, since the clocks of servers differ.
fn exceeds_limits(wait: Duration, attempt: &Attempt) -> bool {
    let limits = attempt.client.into_iter().chain([attempt.subject]);
    let longest = limits
        .map(|(_, limit)| limit.max_delay.saturating_add(limit.forgotten_after))
        .max()
        .unwrap_or_default();
    wait > longest
}

impl<S: AccountStore> Accounts<S> {
    /// Returns an attempt to sign in.
    pub(super) fn sign_in_attempt(&self, login: &NormalForm) -> Attempt {
        let subject = (self.login_key(login), self.settings.sign_in.subject);
        self.attempt(subject, b"sign-in", self.settings.sign_in.client)
    }

    /// Returns an attempt to change the password of a signed-in account.
    pub(super) fn change_attempt(&self, id: &UserId) -> Attempt {
        let subject = (self.account_key(id), self.settings.sign_in.subject);
        self.attempt(subject, b"sign-in", self.settings.sign_in.client)
    }

    /// Returns an attempt to have a mail sent to an address.
    pub(super) fn mail_attempt(&self, kind: MailKind, email: &NormalForm) -> Attempt {
        let subject = (self.mail_key(kind, email), self.settings.mail.subject);
        self.attempt(subject, b"mail", self.settings.mail.client)
    }

    /// Returns the logins of an account: those of its username and address by which
    /// [`find_by_login`](AccountStore::find_by_login) finds it.
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

    /// Returns the keys whose attempts are cleared when the owner of an account is authenticated.
    ///
    /// `logins` are the result of [`logins_of`](Self::logins_of). The keys must not include the login of another
    /// account, even if it equals this account's username or unverified address: clearing it would allow
    /// unlimited guesses.
    pub(super) fn cleared_keys(
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
        // The owner of an unverified mailbox is not authenticated, and must not receive unlimited mails.
        if user.is_email_verified() {
            keys.push(self.mail_key(MailKind::Reset, &email));
        }
        if logins.contains(&name) {
            keys.push(self.login_key(&name));
        }
        // A login finds a verified address before a username.
        if name != email && (user.is_email_verified() || logins.contains(&email)) {
            keys.push(self.login_key(&email));
        }
        keys
    }

    /// Reserves an attempt, or fails with [`Throttled`](AccountsError::Throttled).
    pub(super) async fn reserve(&self, attempt: &Attempt) -> Result<(), AccountsError> {
        let store = &self.store;
        let reserve = |now| async move { Ok((store.reserve_attempt(attempt, now).await?, ())) };
        let reserved = self.reserve_by(attempt, reserve).await?;
        reserved.map_err(|Refusal { retry_after, .. }| AccountsError::Throttled { retry_after })
    }

    /// Reserves an attempt and finds the account of its login, or returns the refusal.
    pub(super) async fn reserve_and_find(
        &self,
        attempt: &Attempt,
        login: &NormalForm,
    ) -> Result<Result<Option<S::User>, Refusal>, AccountsError> {
        let store = &self.store;
        let reserve = |now| store.reserve_attempt_and_find(attempt, now, login);
        self.reserve_by(attempt, reserve).await
    }

    /// Reserves an attempt by `reserve`, and returns the value of the granted reservation, or the refusal.
    async fn reserve_by<T, F>(
        &self,
        attempt: &Attempt,
        reserve: impl Fn(AttemptTime) -> F,
    ) -> Result<Result<T, Refusal>, AccountsError>
    where
        F: Future<Output = Result<(Reservation, T), StoreError>>,
    {
        let now = self.attempt_time();
        let (mut reservation, mut value) = reserve(now).await?;
        if self.reset_excessive_wait(attempt, reservation).await? {
            (reservation, value) = reserve(now).await?;
        }
        Ok(match reservation {
            Reservation::Granted => Ok(value),
            Reservation::Refused { until, retry_after } => Err(Refusal { until, retry_after }),
        })
    }

    /// Clears the attempts if their wait [exceeds the limits](exceeds_limits), which shows that the clock that counted
    /// them was ahead. Returns whether it cleared them; the caller then reserves again.
    async fn reset_excessive_wait(
        &self,
        attempt: &Attempt,
        reservation: Reservation,
    ) -> Result<bool, AccountsError> {
        let exceeds = matches!(
            reservation,
            Reservation::Refused { retry_after, .. } if exceeds_limits(retry_after, attempt)
        );
        if exceeds {
            self.forget(attempt).await?;
        }
        Ok(exceeds)
    }

    /// Returns the present, or the time of the application's clock if one is set.
    pub(super) fn attempt_time(&self) -> AttemptTime {
        if self.settings.clock.is_system() {
            AttemptTime::Present(self.now())
        } else {
            AttemptTime::At(self.now())
        }
    }

    async fn forget(&self, attempt: &Attempt) -> Result<(), AccountsError> {
        let client = attempt.client.map(|(key, _)| key);
        let keys: Vec<_> = client.into_iter().chain([attempt.subject.0]).collect();
        let mut transaction = self.begin().await?;
        transaction.clear_attempts(&keys, None).await?;
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

    fn mail_key(&self, kind: MailKind, email: &NormalForm) -> AttemptKey {
        let kind = match kind {
            MailKind::Registration => "registration",
            MailKind::Verification => "verification",
            MailKind::Reset => "reset",
            MailKind::Change => "change",
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

    use super::*;
    use crate::clock::Clock;
    use crate::session::SessionKey;
    use crate::store::MemoryStore;

    /// Clients can cause any number of waits, and each takes memory.
    #[test]
    fn a_bounded_number_of_waits_is_noted() {
        let attempt = |number: usize| {
            let mut key = [0; 32];
            key[..size_of::<usize>()].copy_from_slice(&number.to_le_bytes());
            Attempt {
                subject: (AttemptKey(key), AttemptLimit::new(0)),
                client: None,
            }
        };
        let now = OffsetDateTime::UNIX_EPOCH;
        let until = now + Duration::from_secs(1);
        let noted = NotedWaits::default();
        for number in 0..NotedWaits::MAX {
            assert!(noted.is_first(&attempt(number), until, now));
        }
        let further = attempt(NotedWaits::MAX);
        assert!(!noted.is_first(&further, until, now));
        // The end of the others makes room.
        let later = until + Duration::from_secs(1);
        assert!(noted.is_first(&further, later, until));
        assert!(!noted.is_first(&further, later, until));
    }

    #[test]
    fn a_custom_clock_replaces_the_present() {
        let key = SessionKey::new(&[7; 32]).unwrap();
        let builder = Accounts::builder(MemoryStore::new(), key);
        let accounts = builder.clone().build().unwrap();
        assert!(matches!(accounts.attempt_time(), AttemptTime::Present(_)));
        let epoch = OffsetDateTime::UNIX_EPOCH;
        let accounts = builder.clock(Clock::fixed(epoch)).build().unwrap();
        assert_eq!(accounts.attempt_time(), AttemptTime::At(epoch));
    }
}
