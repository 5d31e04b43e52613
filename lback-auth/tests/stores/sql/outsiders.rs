//! Rows that the application writes into the table of accounts by itself.

use lback_auth::{AccountStore, Password, StoreError, UnverifiedHolders, User, UserParts};
use time::OffsetDateTime;

use super::insert;

const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;
const KEEP: UnverifiedHolders = UnverifiedHolders::Keep;

/// A constraint of the application that two accounts break.
const ONE_PER_PASSWORD: &str = "CREATE UNIQUE INDEX one_per_password ON lback_account (password)";

fn with_password(name: &str) -> User {
    let mut parts = UserParts::new(name, format!("{name}@example.org"));
    parts.password = Password::from_stored(Some("hash".to_owned()));
    User::from_parts(parts)
}

macro_rules! another_constraint_is_an_error {
    ($store:expr) => {{
        let store = $store;
        let created = sqlx::raw_sql(ONE_PER_PASSWORD).execute(store.pool()).await;
        created.unwrap();
        insert(&store, &with_password("ada")).await;
        let mut transaction = store.begin().await.unwrap();
        let bob = with_password("bob");
        let refused = store.insert(&mut transaction, &bob, KEEP, NOW).await;
        assert!(
            matches!(refused, Err(StoreError::UniqueViolation(_))),
            "{refused:?}"
        );
        store.rollback(transaction).await.unwrap();
        assert_eq!(store.page(None, 9).await.unwrap().len(), 1);
    }};
}

#[cfg(feature = "sqlite")]
#[tokio::test]
async fn another_constraint_is_an_error_in_sqlite() {
    let (store, _folder) = crate::databases::sqlite().await;
    another_constraint_is_an_error!(store);
}

#[cfg(feature = "postgres")]
mod postgres {
    use lback_auth::{AuthUser, EmailSet, Inserted, PostgresStore};
    use sqlx::AssertSqlSafe;
    use tokio::task::JoinHandle;

    use super::*;
    use crate::databases::postgres;
    use crate::sql::locks::one_waits;
    use crate::sql::{commit, user};

    #[tokio::test]
    #[ignore = "needs LBACK_POSTGRES_URL"]
    async fn another_constraint_is_an_error() {
        let (store, _schema) = postgres().await;
        another_constraint_is_an_error!(store);
    }

    /// Has the application insert an account beside the store, and commit it when `other` waits for it.
    async fn insert_beside<T>(
        store: &PostgresStore,
        (name, email): (&str, &str),
        other: impl FnOnce() -> JoinHandle<T>,
    ) -> T {
        let mut own = store.pool().begin().await.unwrap();
        let sql = format!(
            "INSERT INTO lback_account (username, username_key, email, email_key, epoch, \
             is_active, registered_at) \
             VALUES ('{name}', '{name}', '{email}', '{email}', sha256('x'), true, 0)"
        );
        let done = sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut *own).await;
        done.unwrap();
        let other = other();
        while !one_waits(store).await {
            tokio::task::yield_now().await;
        }
        own.commit().await.unwrap();
        other.await.unwrap()
    }

    #[tokio::test]
    #[ignore = "needs LBACK_POSTGRES_URL"]
    async fn a_name_or_an_address_that_is_inserted_meanwhile_is_taken() {
        let (store, _schema) = postgres().await;
        for (number, (name, email, expected)) in [
            ("eve", "eve@example.com", Inserted::UsernameTaken),
            ("mallory", "eve@example.org", Inserted::EmailTaken),
            ("eve", "eve@example.org", Inserted::UsernameTaken),
        ]
        .into_iter()
        .enumerate()
        {
            let told = insert_beside(&store, (name, email), || {
                let store = store.clone();
                tokio::spawn(async move {
                    let mut transaction = store.begin().await.unwrap();
                    let eve = user("eve", "eve@example.org");
                    let told = store.insert(&mut transaction, &eve, KEEP, NOW).await;
                    // The transaction is usable after the refusal.
                    let other = user(&format!("other{number}"), &format!("{number}@example.org"));
                    let inserted = store.insert(&mut transaction, &other, KEEP, NOW).await;
                    assert!(matches!(inserted, Ok(Inserted::Stored { .. })));
                    commit(&store, transaction).await;
                    told.unwrap()
                })
            });
            assert_eq!(
                std::mem::discriminant(&told.await),
                std::mem::discriminant(&expected),
                "{name} {email}"
            );
            let delete = "DELETE FROM lback_account";
            sqlx::raw_sql(delete).execute(store.pool()).await.unwrap();
        }
    }

    #[tokio::test]
    #[ignore = "needs LBACK_POSTGRES_URL"]
    async fn an_account_gives_way_to_no_account_that_is_not_inserted() {
        let (store, _schema) = postgres().await;
        let holder = insert(&store, &user("eve", "holder@example.org")).await;
        let told = insert_beside(&store, ("mallory", "eve@example.org"), || {
            let store = store.clone();
            tokio::spawn(async move {
                let mut transaction = store.begin().await.unwrap();
                let eve = user("eve", "eve@example.org");
                let holders = UnverifiedHolders::Replace;
                let told = store.insert(&mut transaction, &eve, holders, NOW).await;
                commit(&store, transaction).await;
                told.unwrap()
            })
        });
        assert!(matches!(told.await, Inserted::EmailTaken));
        assert!(store.find(&holder).await.unwrap().is_some());
    }

    #[tokio::test]
    #[ignore = "needs LBACK_POSTGRES_URL"]
    async fn an_address_that_is_inserted_meanwhile_is_not_set() {
        let (store, _schema) = postgres().await;
        let ada = insert(&store, &user("ada", "ada@example.org")).await;
        let set = insert_beside(&store, ("eve", "eve@example.org"), || {
            let (store, ada) = (store.clone(), ada.clone());
            tokio::spawn(async move {
                let mut transaction = store.begin().await.unwrap();
                let (old, new) = ("ada@example.org", "eve@example.org");
                let set = store.set_email(&mut transaction, &ada, old, new, KEEP);
                let set = set.await.unwrap();
                let marked = store.mark_verified(&mut transaction, &ada, old).await;
                assert!(marked.unwrap().is_some(), "it has its old address");
                commit(&store, transaction).await;
                set
            })
        });
        assert!(matches!(set.await, EmailSet::Taken));
        let found = store.find(&ada).await.unwrap().unwrap();
        assert_eq!(found.email(), "ada@example.org");
    }
}
