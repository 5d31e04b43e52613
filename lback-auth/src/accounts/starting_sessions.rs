//! Starting, finding and rotating sessions.

use std::time::Duration;

use time::OffsetDateTime;

use super::authenticating::Uncommitted;
use super::event::FlowEvent;
use super::{
    Accounts, AccountsError, AccountsTransaction, Authentication, SessionEndReason,
    without_transaction,
};
use crate::auth_user::AuthUser;
use crate::hasher::Hasher;
use crate::session::{IssuedSession, Remember, Session, SessionDigest, SessionToken};
use crate::store::AccountStore;
use crate::user_id::UserId;

/// The least time between two writes of a session's last use.
const SEEN_INTERVAL: time::Duration = time::Duration::MINUTE;

impl<S: AccountStore> Accounts<S> {
    /// Authenticates an account as [`authenticate`](Self::authenticate) does, and starts a session in the same
    /// transaction. Returns the session, with a new token for its cookie, and the account.
    ///
    /// The client and its user agent are those of the [context](crate::RequestContext). The
    /// [session of the context](crate::RequestContext::with_session) ends: a sign-in replaces the session, so that an
    /// earlier token is not valid for the account (OWASP ASVS 5.0, requirement 7.2.4).
    ///
    /// ```
    /// use lback_auth::{
    ///     Accounts, AuthUser, Authentication, Hasher, MemoryStore, Remember, SessionKey, UnverifiedSignIn, User,
    /// };
    /// use lback_signals::Scope;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let secret = [7; 32];
    /// # let scope = Scope::new().provide(Hasher::insecure_for_tests());
    /// # scope.run_async(async {
    /// let key = SessionKey::new(&secret)?; // 32 random bytes, kept secret by the application
    /// let accounts = Accounts::builder(MemoryStore::new(), key)
    ///     .unverified_sign_in(UnverifiedSignIn::Allowed)
    ///     .build()?;
    /// let ada = User::new("ada", "ada@example.org")?;
    /// accounts.register(ada, "correct horse battery staple").await?;
    ///
    /// let signed_in = accounts.sign_in("ada", "correct horse battery staple", Remember::No).await?;
    /// let Authentication::Granted((session, ada)) = signed_in else {
    ///     return Err("ada is not signed in".into());
    /// };
    /// let cookie = session.token.expose().to_owned();
    ///
    /// // Each later request:
    /// let (session, user) = accounts.find_session(&cookie).await?.ok_or("sign in first")?;
    /// assert_eq!((session.user, user.username()), (ada.id().unwrap(), "ada"));
    ///
    /// accounts.sign_out(&cookie).await?;
    /// assert!(accounts.find_session(&cookie).await?.is_none());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).await
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns [`Entropy`](AccountsError::Entropy), [`Store`](AccountsError::Store),
    /// [`NotEnqueued`](AccountsError::NotEnqueued) or [`CommitUnknown`](AccountsError::CommitUnknown). Access is not
    /// granted then. A counted attempt stays counted, unless the outcome is `CommitUnknown`: then the attempts may have
    /// been cleared, the store may contain a session whose token no client has, and the session of the context may have
    /// ended.
    ///
    /// # Signals
    ///
    /// Sends those of [`authenticate`](Self::authenticate), and those of [`start_session`](Self::start_session) if
    /// access is granted.
    pub async fn sign_in(
        &self,
        login: &str,
        password: &str,
        remember: Remember,
    ) -> Result<Authentication<(IssuedSession, S::User)>, AccountsError> {
        without_transaction(async {
            let (outcome, mut transaction) =
                match self.authenticate_uncommitted(login, password).await? {
                    Uncommitted::Finished(outcome, transaction) => (outcome, transaction),
                    Uncommitted::Throttled { retry_after } => {
                        return Ok(Authentication::Throttled { retry_after });
                    }
                };
            let started = match outcome.into_granted() {
                Ok(user) => self
                    .start_session_of_locked(&mut transaction, user.clone(), remember)
                    .await
                    .map(|session| Authentication::Granted((session, user))),
                Err(refused) => Ok(refused),
            };
            transaction.finish(started).await
        })
        .await
    }

    /// Starts a session of an account that was authenticated without [`sign_in`](Self::sign_in): by
    /// [`authenticate`](Self::authenticate), or by other means, such as a passkey or an identity provider. Returns the
    /// session, with a new token for its cookie.
    ///
    /// The client, the user agent and the session to replace are those of the context, as for
    /// [`sign_in`](Self::sign_in).
    ///
    /// # Errors
    ///
    /// Returns [`Conflict`](AccountsError::Conflict) if the password, the activity or the sessions of the account have
    /// changed since `user` was read; [`NoSuchAccount`](AccountsError::NoSuchAccount) if it was never stored,
    /// [`Entropy`](AccountsError::Entropy), [`Store`](AccountsError::Store),
    /// [`NotEnqueued`](AccountsError::NotEnqueued) or [`CommitUnknown`](AccountsError::CommitUnknown).
    ///
    /// # Signals
    ///
    /// Sends [`UserSessionStarted`](crate::UserSessionStarted), and [`UserSessionEnded`](crate::UserSessionEnded) for
    /// the session of the context.
    pub async fn start_session(
        &self,
        user: &S::User,
        remember: Remember,
    ) -> Result<IssuedSession, AccountsError> {
        without_transaction(async {
            let mut transaction = self.begin().await?;
            let started = self
                .start_session_in(&mut transaction, user, remember)
                .await;
            transaction.finish(started).await
        })
        .await
    }

    /// Runs [`start_session`](Self::start_session) in a transaction, such as that of
    /// [`authenticate_in`](Self::authenticate_in).
    ///
    /// # Errors
    ///
    /// As for [`start_session`](Self::start_session), except for `NotEnqueued` and `CommitUnknown`, which the commit
    /// returns. After an error, roll back the transaction.
    pub async fn start_session_in(
        &self,
        transaction: &mut AccountsTransaction<S>,
        user: &S::User,
        remember: Remember,
    ) -> Result<IssuedSession, AccountsError> {
        let id = user.id().ok_or(AccountsError::NoSuchAccount)?;
        transaction.begin_flow();
        let (store, rows) = transaction.store();
        let password = user.__fields().password;
        let locked = store.lock_if_unchanged(rows, &id, password).await?;
        transaction.end_flow();
        let user = locked.filter(AuthUser::is_active);
        let user = user.ok_or(AccountsError::Conflict)?;
        self.start_session_of_locked(transaction, user, remember)
            .await
    }

    /// Starts a session of an account that the transaction has locked.
    async fn start_session_of_locked(
        &self,
        transaction: &mut AccountsTransaction<S>,
        user: S::User,
        remember: Remember,
    ) -> Result<IssuedSession, AccountsError> {
        let id = user.id().ok_or(AccountsError::NoSuchAccount)?;
        let token = new_token()?;
        let (now, context) = (self.now(), transaction.context().clone());
        let timeouts = self.settings.session_timeouts(remember);
        let mut session = Session::new(id, now, timeouts, remember)
            .with_client(context.client(), context.user_agent().map(str::to_owned));
        transaction.begin_flow();
        if let Some(replaced) = context.session() {
            let reason = SessionEndReason::Replaced;
            self.sign_out_in(transaction, &replaced, reason).await?;
        }
        let (store, rows) = transaction.store();
        let inserted = store
            .insert_session(rows, &token.digest(), &session)
            .await?;
        session.id = inserted.id;
        transaction.send_after_commit(FlowEvent::SessionStarted(user, inserted));
        transaction.end_flow();
        Ok(IssuedSession::new(token, session))
    }

    /// Returns the session of a token and its account, in its current state. `None` if the session has expired or
    /// ended, or the account is deactivated or deleted.
    ///
    /// Stores the time of this use if the stored one is more than a minute old, and then reads the session again. A
    /// failure of that write is ignored, since the session is valid and the next request tries again.
    ///
    /// # Errors
    ///
    /// Returns [`Store`](AccountsError::Store).
    pub async fn find_session(
        &self,
        token: &str,
    ) -> Result<Option<(Session, S::User)>, AccountsError> {
        let Some(digest) = SessionDigest::of(token) else {
            return Ok(None);
        };
        let now = self.now();
        let unless_seen_after = now.saturating_sub(SEEN_INTERVAL);
        let found = self.valid_session(&digest, now).await?;
        let Some((session, _)) = found
            .as_ref()
            .filter(|(session, _)| session.last_seen_at <= unless_seen_after)
        else {
            return Ok(found);
        };
        let timeouts = self.settings.session_timeouts(session.remember);
        let idle_expires_at = session.idle_expiry(now, timeouts);
        let touched = self
            .store
            .touch_session(&digest, now, idle_expires_at, unless_seen_after)
            .await;
        drop(touched);
        // The write may have waited for a transaction that ended the session.
        self.valid_session(&digest, now).await
    }

    /// Gives a session a new token. The old one is no longer valid. Of concurrent rotations of one token, one succeeds.
    ///
    /// Rotate a session at each rise of its privileges, such as a second factor. [`sign_in`](Self::sign_in),
    /// [`start_session`](Self::start_session), [`confirm_password`](Self::confirm_password) and
    /// [`change_password`](Self::change_password) issue a new token themselves.
    ///
    /// # Errors
    ///
    /// Returns [`NoSession`](AccountsError::NoSession), [`Entropy`](AccountsError::Entropy),
    /// [`Store`](AccountsError::Store) or [`CommitUnknown`](AccountsError::CommitUnknown).
    pub async fn rotate_session(&self, token: &str) -> Result<IssuedSession, AccountsError> {
        without_transaction(async {
            let (digest, session, _) = self.session_of(token).await?;
            let mut transaction = self.begin().await?;
            let rotated = rotate(self, &mut transaction, &session.user, &digest, false).await;
            let rotated = rotated.and_then(|rotated| rotated.ok_or(AccountsError::NoSession));
            transaction.finish(rotated).await
        })
        .await
    }

    /// Returns the sessions of an account that are valid now, the oldest first.
    ///
    /// # Errors
    ///
    /// Returns [`Store`](AccountsError::Store).
    pub async fn sessions(&self, id: &UserId) -> Result<Vec<Session>, AccountsError> {
        let mut sessions = self.store.sessions(id).await?;
        let now = self.now();
        sessions.retain(|session| session.is_valid_at(now));
        Ok(sessions)
    }

    /// Returns whether the correct password was entered in a session at most `within` ago: at the sign-in, by
    /// [`confirm_password`](Self::confirm_password) or by [`change_password`](Self::change_password).
    ///
    /// Call it before a sensitive action, such as a change of the address, and ask for the password if it returns
    /// `false`.
    #[must_use]
    pub fn is_recently_authenticated(&self, session: &Session, within: Duration) -> bool {
        session.is_authenticated_within(within, self.now())
    }

    /// Returns a valid session, and its active account.
    pub(super) async fn session_of(
        &self,
        token: &str,
    ) -> Result<(SessionDigest, Session, S::User), AccountsError> {
        let digest = SessionDigest::of(token).ok_or(AccountsError::NoSession)?;
        let found = self.valid_session(&digest, self.now()).await?;
        let (session, user) = found.ok_or(AccountsError::NoSession)?;
        Ok((digest, session, user))
    }

    /// Returns the session of a digest and its account, if they are valid and active.
    pub(super) async fn valid_session(
        &self,
        digest: &SessionDigest,
        now: OffsetDateTime,
    ) -> Result<Option<(Session, S::User)>, AccountsError> {
        let found = self.store.find_session(digest, now).await?;
        Ok(found.filter(|(_, user)| user.is_active()))
    }
}

/// Gives the session of a digest a new token, if it is a session of this account. `is_authenticated` says whether the
/// correct password has just been entered.
pub(super) async fn rotate<S: AccountStore>(
    accounts: &Accounts<S>,
    transaction: &mut AccountsTransaction<S>,
    id: &UserId,
    digest: &SessionDigest,
    is_authenticated: bool,
) -> Result<Option<IssuedSession>, AccountsError> {
    let (token, now) = (new_token()?, accounts.now());
    let (store, rows) = transaction.store();
    let digests = [digest, &token.digest()];
    let authenticated_at = is_authenticated.then_some(now);
    let rotated = store
        .rotate_session(rows, id, digests, now, authenticated_at)
        .await?;
    Ok(rotated.map(|session| IssuedSession::new(token, session)))
}

fn new_token() -> Result<SessionToken, AccountsError> {
    let token = SessionToken::generate(Hasher::current().random());
    token.map_err(|_| AccountsError::Entropy)
}
