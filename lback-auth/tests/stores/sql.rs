//! Properties of the stores in SQL databases that the conformance tests do not cover.

/// Runs a test with a new store in each database.
macro_rules! in_each_database {
    ($($test:ident),+ $(,)?) => {
        #[cfg(feature = "sqlite")]
        mod in_sqlite {
            $(
                #[tokio::test]
                async fn $test() {
                    let (store, _folder) = crate::databases::sqlite().await;
                    super::$test(store).await;
                }
            )+
        }

        #[cfg(feature = "postgres")]
        mod in_postgres {
            $(
                #[tokio::test]
                #[ignore = "needs LBACK_POSTGRES_URL"]
                async fn $test() {
                    let (store, _schema) = crate::databases::postgres().await;
                    super::$test(store).await;
                }
            )+
        }
    };
}

mod accounts;
mod attempts;
mod commits;
mod connections;
mod empty_keys;
#[cfg(feature = "postgres")]
mod locks;
mod migrations;
mod outsiders;
mod own_table;
mod prepared;
mod purging;
mod unreadable;

use lback_auth::{AccountStore, AuthUser, Inserted, UnverifiedHolders, User, UserId, UserParts};
use lback_signals::CommitOutcome;
use time::OffsetDateTime;

async fn commit<S: AccountStore>(store: &S, transaction: S::Transaction) {
    let outcome = store.commit(transaction).await;
    assert!(matches!(outcome, CommitOutcome::Committed), "{outcome:?}");
}

fn user(username: &str, email: &str) -> User {
    User::from_parts(UserParts::new(username, email))
}

/// Inserts an account, and commits.
async fn insert<S: AccountStore<User = User>>(store: &S, user: &User) -> UserId {
    let mut transaction = store.begin().await.unwrap();
    let now = OffsetDateTime::UNIX_EPOCH;
    let inserted = store
        .insert(&mut transaction, user, UnverifiedHolders::Replace, now)
        .await;
    commit(store, transaction).await;
    match inserted.unwrap() {
        Inserted::Stored { user, .. } => user.id().unwrap(),
        taken => panic!("{taken:?}"),
    }
}
