//! A store that is tried, and what the cases need again and again.

use lback_signals::CommitOutcome;
use time::OffsetDateTime;

use super::fixture::Fixture;
use crate::auth_user::AuthUser;
use crate::store::{AccountStore, Inserted, StoreError, TokenKey, TokenOwner, UnverifiedHolders};
use crate::token::{PendingToken, TokenPurpose};
use crate::user_id::UserId;

/// What a case comes to: an error of the store fails it.
pub type Outcome<T = ()> = Result<T, StoreError>;

/// A fresh store, and how its accounts are made.
pub struct Trial<S: AccountStore> {
    pub(super) store: S,
    new_account: fn(&str, &str) -> S::User,
}

/// Runs a case on a fresh store.
///
/// The runtime has several threads: callers race only on more than one.
pub fn run<S: AccountStore, G>(
    new_store: impl AsyncFnOnce() -> (S, G),
    new_account: fn(&str, &str) -> S::User,
    case: impl AsyncFnOnce(Trial<S>) -> Outcome,
) {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(4).enable_all().build();
    let runtime = runtime.expect("the system has threads");
    runtime.block_on(async {
        let (store, _guard) = new_store().await;
        let trial = Trial { store, new_account };
        if let Err(error) = case(trial).await {
            panic!("the store has failed: {error:?}");
        }
    });
}

impl<S: AccountStore> Trial<S> {
    /// An unverified, active account without a password, not stored.
    pub(super) fn account(&self, username: &str, email: &str) -> S::User {
        (self.new_account)(username, email)
    }

    /// The same, with the address `{name}@example.org`.
    pub(super) fn named(&self, name: &str) -> S::User {
        self.account(name, &format!("{name}@example.org"))
    }

    /// Does something in a transaction of its own, which is committed.
    pub(super) async fn write<T>(
        &self,
        work: impl AsyncFnOnce(&mut S::Transaction) -> Outcome<T>,
    ) -> Outcome<T> {
        let mut transaction = self.store.begin().await?;
        let done = work(&mut transaction).await?;
        commit(&self.store, transaction).await;
        Ok(done)
    }

    pub(super) async fn insert(
        &self,
        user: &S::User,
        holders: UnverifiedHolders,
    ) -> Outcome<Inserted<S::User>> {
        let store = &self.store;
        self.write(async |tx| store.insert(tx, user, holders, NOW).await)
            .await
    }

    /// Inserts an account that nobody is in the way of.
    pub(super) async fn stored(&self, user: &S::User) -> Outcome<S::User> {
        match self.insert(user, UnverifiedHolders::Keep).await? {
            Inserted::Stored { user, .. } => Ok(user),
            Inserted::UsernameTaken => panic!("{:?} is nobody's, and taken", user.username()),
            Inserted::EmailTaken => panic!("{:?} is nobody's, and taken", user.email()),
            Inserted::Unstorable => {
                panic!("{:?} and {:?} can be stored", user.username(), user.email())
            }
        }
    }

    /// Inserts a [`named`](Self::named) account, and says its id.
    pub(super) async fn stored_named(&self, name: &str) -> Outcome<UserId> {
        Ok(self.stored(&self.named(name)).await?.stored_id())
    }

    /// Keeps the token of this number, good for an hour, for an account that there is.
    pub(super) async fn put_token(
        &self,
        id: &UserId,
        purpose: TokenPurpose,
        number: u8,
    ) -> Outcome<TokenKey> {
        let token = pending(number);
        let put = self
            .write(async |tx| self.store.put_token(tx, id, purpose, &token).await)
            .await?;
        assert!(put, "a token is kept for an account that there is");
        Ok(TokenKey::of_pending(purpose, &token))
    }

    pub(super) async fn consume(
        &self,
        token: &TokenKey,
        now: OffsetDateTime,
    ) -> Outcome<Option<TokenOwner>> {
        self.write(async |tx| self.store.consume_token(tx, token, now).await)
            .await
    }

    /// Whether a token is out, and has not expired.
    pub(super) async fn is_out(&self, token: &TokenKey) -> Outcome<bool> {
        Ok(self.store.find_by_token(token, NOW).await?.is_some())
    }
}

/// 2026-01-02 03:04:05.678901 UTC.
pub(super) const NOW: OffsetDateTime =
    OffsetDateTime::UNIX_EPOCH.saturating_add(time::Duration::microseconds(1_767_323_045_678_901));

pub(super) const HOUR: time::Duration = time::Duration::HOUR;
pub(super) const MICROSECOND: time::Duration = time::Duration::MICROSECOND;

/// The token of this number, for an address of its own, good for an hour.
pub(super) fn pending(number: u8) -> PendingToken {
    let email = format!("token-{number}@example.org");
    PendingToken::new([number; 32], email, NOW, NOW + HOUR)
}

/// Commits, which works.
pub(super) async fn commit<S: AccountStore>(store: &S, transaction: S::Transaction) {
    match store.commit(transaction).await {
        CommitOutcome::Committed => {}
        CommitOutcome::RolledBack(error) => panic!("a commit was rolled back: {error:?}"),
        CommitOutcome::Unknown(error) => panic!("a commit did not say what it did: {error:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::MemoryStore;
    use crate::user::{User, UserParts};

    fn new_account(username: &str, email: &str) -> User {
        User::from_parts(UserParts::new(username, email))
    }

    #[test]
    #[should_panic(expected = "the store has failed")]
    fn an_error_of_the_store_fails_the_case() {
        run(
            async || (MemoryStore::new(), ()),
            new_account,
            async |_| Err(StoreError::Refused("no".into())),
        );
    }
}
