//! Tables with rules of the application, above the ledger in memory.

use std::time::Duration;

use lback_auth::{
    AccountColumns, AccountKeys, AccountStore, AccountTable, AuthUser, Inserted, MemoryConnection,
    MemoryLedger, MemoryTable, MemoryTransaction, PendingToken, RowLock, SessionEpoch, StoreError,
    TokenKey, TokenPurpose, UnverifiedHolders, User, UserId, UserParts,
};
use lback_signals::CommitOutcome;
use time::OffsetDateTime;

const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

/// A table whose ids are texts, compared without spaces at the end as `CHAR` is, and in which no two
/// accounts have a username of the same length.
#[derive(Clone)]
struct Strict(MemoryTable);

#[derive(Clone)]
struct Store {
    table: Strict,
    ledger: MemoryLedger,
}

impl Store {
    fn new() -> Self {
        Self {
            table: Strict(MemoryTable),
            ledger: MemoryLedger::default(),
        }
    }
}

impl AccountStore for Store {
    type User = User;
    type Transaction = MemoryTransaction;
    type Table = Strict;
    type Ledger = MemoryLedger;

    fn table(&self) -> &Strict {
        &self.table
    }

    fn ledger(&self) -> &MemoryLedger {
        &self.ledger
    }
}

fn number(id: &str) -> i64 {
    id.trim_end().parse().unwrap_or(0)
}

impl AccountTable for Strict {
    type User = User;
    type Id = String;
    type Connection = MemoryConnection;
    const NAME: &str = "strict";

    async fn find(
        &self,
        connection: &mut MemoryConnection,
        id: &String,
        lock: RowLock,
    ) -> Result<Option<User>, StoreError> {
        self.0.find(connection, &number(id), lock).await
    }

    async fn find_by_keys(
        &self,
        connection: &mut MemoryConnection,
        keys: AccountKeys<'_>,
        lock: RowLock,
    ) -> Result<Vec<User>, StoreError> {
        self.0.find_by_keys(connection, keys, lock).await
    }

    async fn page(
        &self,
        connection: &mut MemoryConnection,
        after: Option<&String>,
        limit: u32,
    ) -> Result<Vec<User>, StoreError> {
        let after = after.map(|id| number(id));
        self.0.page(connection, after.as_ref(), limit).await
    }

    async fn insert(
        &self,
        connection: &mut MemoryConnection,
        user: &User,
        columns: &AccountColumns,
        now: OffsetDateTime,
    ) -> Result<Option<User>, StoreError> {
        let all = self.0.page(connection, None, u32::MAX).await?;
        let length = user.username().len();
        if all.iter().any(|other| other.username().len() == length) {
            return Err(StoreError::UniqueViolation("one_per_length".into()));
        }
        self.0.insert(connection, user, columns, now).await
    }

    async fn update(
        &self,
        connection: &mut MemoryConnection,
        id: &String,
        columns: &AccountColumns,
    ) -> Result<User, StoreError> {
        self.0.update(connection, &number(id), columns).await
    }

    async fn delete(
        &self,
        connection: &mut MemoryConnection,
        ids: [Option<&String>; 2],
    ) -> Result<(), StoreError> {
        let [one, two] = ids.map(|id| id.map(|id| number(id)));
        self.0
            .delete(connection, [one.as_ref(), two.as_ref()])
            .await
    }
}

fn user(username: &str, email: &str) -> User {
    User::from_parts(UserParts::new(username, email))
}

async fn insert(store: &Store, user: &User) -> Result<Inserted<User>, StoreError> {
    let mut transaction = store.begin().await?;
    let holders = UnverifiedHolders::Replace;
    let inserted = store.insert(&mut transaction, user, holders, NOW).await?;
    commit(store, transaction).await;
    Ok(inserted)
}

async fn commit(store: &Store, transaction: MemoryTransaction) {
    let outcome = store.commit(transaction).await;
    assert!(matches!(outcome, CommitOutcome::Committed), "{outcome:?}");
}

async fn stored(store: &Store, user: &User) -> UserId {
    match insert(store, user).await.unwrap() {
        Inserted::Stored { user, .. } => user.id().unwrap(),
        taken => panic!("{taken:?}"),
    }
}

/// Tokens belong to the text of an id: another text would leave them.
#[tokio::test]
async fn another_text_that_the_table_takes_for_an_id_is_none() {
    let store = Store::new();
    let id = stored(&store, &user("ada", "ada@example.org")).await;
    let purpose = TokenPurpose::PasswordReset;
    let pending = PendingToken::new(
        [7; 32],
        "ada@example.org",
        NOW,
        NOW + Duration::from_mins(1),
    );
    let mut transaction = store.begin().await.unwrap();
    let put = store.put_token(&mut transaction, &id, purpose, &pending);
    assert!(put.await.unwrap());

    let other = UserId::new(format!("{id} "));
    let put = store.put_token(&mut transaction, &other, purpose, &pending);
    assert!(!put.await.unwrap());
    let deleted = store.delete(&mut transaction, &other).await.unwrap();
    assert!(deleted.is_none());
    let epoch = SessionEpoch::from_bytes([7; 32]);
    let set = store.set_active(&mut transaction, &other, false, epoch);
    assert!(set.await.unwrap().is_none());
    commit(&store, transaction).await;
    assert!(store.find(&other).await.unwrap().is_none());
    let key = TokenKey::of_pending(purpose, &pending);
    let found = store.find_by_token(&key, NOW).await.unwrap();
    assert_eq!(found.unwrap().0.id(), Some(id));
}

/// The account that would have been replaced does not make the address taken.
#[tokio::test]
async fn a_rule_of_the_application_is_no_taken_address() {
    let store = Store::new();
    stored(&store, &user("ada", "ada@example.org")).await;
    stored(&store, &user("mallory", "bob@example.org")).await;
    let refused = insert(&store, &user("bob", "bob@example.org")).await;
    assert!(
        matches!(refused, Err(StoreError::UniqueViolation(_))),
        "{refused:?}"
    );
    let all = store.page(None, 9).await.unwrap();
    assert_eq!(all.len(), 2, "no account is replaced");
}

#[tokio::test]
async fn an_application_sees_which_of_its_rules_refuses() {
    let store = Store::new();
    stored(&store, &user("ada", "ada@example.org")).await;
    let refused = insert(&store, &user("bob", "bob@example.org")).await;
    let Err(StoreError::UniqueViolation(source)) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(source.to_string(), "one_per_length");
}
