//! Store under test, and the operations that most cases share.

use lback_signals::CommitOutcome;
use time::OffsetDateTime;

use super::fixture::Fixture;
use crate::auth_user::AuthUser;
use crate::store::{AccountStore, Inserted, StoreError, TokenKey, TokenOwner, UnverifiedHolders};
use crate::token::{PendingToken, TokenPurpose};
use crate::user_id::UserId;

/// Result of a case. An error of the store fails the case.
pub type Outcome<T = ()> = Result<T, StoreError>;

/// New, empty store, and the constructor of its accounts.
pub struct Trial<S: AccountStore> {
    pub(super) store: S,
    new_account: fn(&str, &str) -> S::User,
}

/// Runs a case on a new store.
///
/// The runtime has several threads, since calls run in parallel only on more than one.
pub fn run<S: AccountStore, G>(
    new_store: impl AsyncFnOnce() -> (S, G),
    new_account: fn(&str, &str) -> S::User,
    case: impl AsyncFnOnce(Trial<S>) -> Outcome,
) {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(4).enable_all().build();
    let runtime = runtime.expect("the runtime starts");
    runtime.block_on(async {
        let (store, _guard) = new_store().await;
        let trial = Trial { store, new_account };
        if let Err(error) = case(trial).await {
            panic!("the store returned an error: {error:?}");
        }
    });
}

impl<S: AccountStore> Trial<S> {
    /// Returns an unverified, active account without a password, not stored.
    pub(super) fn account(&self, username: &str, email: &str) -> S::User {
        let account = (self.new_account)(username, email);
        assert_eq!(
            (account.username(), account.email()),
            (username, email),
            "the function of `account_store_conformance!` returns an account with another username or address \
             (left) than it was given (right): test the table with an account type that has a field for each",
        );
        account
    }

    /// Returns such an account with the address `{name}@example.org`.
    pub(super) fn named(&self, name: &str) -> S::User {
        self.account(name, &format!("{name}@example.org"))
    }

    /// Runs work in a new transaction, and commits it.
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

    /// Inserts an account whose username and address are free.
    pub(super) async fn stored(&self, user: &S::User) -> Outcome<S::User> {
        match self.insert(user, UnverifiedHolders::Keep).await? {
            Inserted::Stored { user, .. } => Ok(user),
            Inserted::UsernameTaken => panic!(
                "the free username {:?} was refused as taken",
                user.username()
            ),
            Inserted::EmailTaken => {
                panic!("the free address {:?} was refused as taken", user.email())
            }
            Inserted::Unstorable => {
                panic!(
                    "{:?} with {:?} was refused as unstorable",
                    user.username(),
                    user.email()
                )
            }
        }
    }

    /// Inserts a [`named`](Self::named) account, and returns its id.
    pub(super) async fn stored_named(&self, name: &str) -> Outcome<UserId> {
        Ok(self.stored(&self.named(name)).await?.stored_id())
    }

    /// Stores the [token of this number](pending) for a stored account.
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
        assert!(put, "the token of a stored account is stored");
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

    /// Returns whether a token is stored and has not expired.
    pub(super) async fn is_pending(&self, token: &TokenKey) -> Outcome<bool> {
        Ok(self.store.find_by_token(token, NOW).await?.is_some())
    }
}

/// 2026-01-02 03:04:05.678901 UTC.
pub(super) const NOW: OffsetDateTime =
    OffsetDateTime::UNIX_EPOCH.saturating_add(time::Duration::microseconds(1_767_323_045_678_901));

pub(super) const HOUR: time::Duration = time::Duration::HOUR;
pub(super) const MICROSECOND: time::Duration = time::Duration::MICROSECOND;

/// Returns the token of this number, for an address with the same number. It expires after an hour.
pub(super) fn pending(number: u8) -> PendingToken {
    let email = format!("token-{number}@example.org");
    PendingToken::new([number; 32], email, NOW, NOW + HOUR)
}

/// Commits a transaction, which must succeed.
pub(super) async fn commit<S: AccountStore>(store: &S, transaction: S::Transaction) {
    match store.commit(transaction).await {
        CommitOutcome::Committed => {}
        CommitOutcome::RolledBack(error) => panic!("the commit was rolled back: {error:?}"),
        CommitOutcome::Unknown(error) => panic!("the outcome of the commit is unknown: {error:?}"),
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
    #[should_panic(expected = "the store returned an error")]
    fn an_error_of_the_store_fails_the_case() {
        run(
            async || (MemoryStore::new(), ()),
            new_account,
            async |_| Err(StoreError::Refused("no".into())),
        );
    }
}
