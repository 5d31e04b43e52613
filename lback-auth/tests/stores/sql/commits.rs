//! What is said of a commit: never that it is done when it is not.

#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;

use std::future::poll_fn;
use std::task::Poll;

use lback_auth::{AccountStore, Inserted, StoreError, UnverifiedHolders, User};
use lback_signals::CommitOutcome;
use time::OffsetDateTime;

use crate::insert;

in_each_database!(
    what_is_dropped_is_rolled_back,
    an_operation_that_is_given_up_is_not_committed,
);

pub(crate) const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

pub(crate) fn ada() -> User {
    User::new("ada", "ada@example.org").unwrap()
}

pub(crate) fn is_refused(outcome: &CommitOutcome<StoreError>) -> bool {
    matches!(outcome, CommitOutcome::RolledBack(StoreError::Refused(_)))
}

async fn what_is_dropped_is_rolled_back<S: AccountStore<User = User>>(store: S) {
    for _ in 0..30 {
        let mut transaction = store.begin().await.unwrap();
        let inserted = store
            .insert(&mut transaction, &ada(), UnverifiedHolders::GiveWay, NOW)
            .await;
        assert!(matches!(inserted, Ok(Inserted::Stored { .. })));
    }
    assert!(store.page(None, 9).await.unwrap().is_empty());
}

/// An account that is in the way may be deleted by then, and the new one not inserted.
async fn an_operation_that_is_given_up_is_not_committed<S: AccountStore<User = User>>(store: S) {
    let squatter = insert(&store, &ada()).await;
    let mut given_up = 0;
    for polls in (1..9).cycle() {
        let mut transaction = store.begin().await.unwrap();
        let user = ada();
        let inserting = store.insert(&mut transaction, &user, UnverifiedHolders::GiveWay, NOW);
        if let Some(inserted) = polled(polls, inserting).await {
            assert!(
                matches!(inserted, Ok(Inserted::Stored { .. })),
                "{inserted:?}"
            );
            if given_up > 0 {
                return;
            }
            continue;
        }
        given_up += 1;
        let outcome = store.commit(transaction).await;
        assert!(is_refused(&outcome), "{outcome:?}");
        assert!(store.find(&squatter).await.unwrap().is_some());
    }
}

/// What comes of a future that is polled so many times and then dropped.
pub(crate) async fn polled<T>(polls: u32, future: impl Future<Output = T>) -> Option<T> {
    let mut future = std::pin::pin!(future);
    let mut left = polls;
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => {
            left -= 1;
            if left > 0 {
                Poll::Pending
            } else {
                Poll::Ready(None)
            }
        }
    })
    .await
}
