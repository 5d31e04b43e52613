//! The outcome of a commit, which is never `Committed` of a transaction that was rolled back.

#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;

use std::future::poll_fn;
use std::task::Poll;

use lback_auth::{AccountStore, Inserted, StoreError, UnverifiedHolders, User};
use lback_signals::CommitOutcome;
use time::OffsetDateTime;

use super::insert;

in_each_database!(
    a_dropped_transaction_is_rolled_back,
    a_transaction_with_a_dropped_operation_is_not_committed,
);

pub(crate) const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

pub(crate) fn ada() -> User {
    User::new("ada", "ada@example.org").unwrap()
}

pub(crate) fn is_refused(outcome: &CommitOutcome<StoreError>) -> bool {
    matches!(outcome, CommitOutcome::RolledBack(StoreError::Refused(_)))
}

async fn a_dropped_transaction_is_rolled_back<S: AccountStore<User = User>>(store: S) {
    for _ in 0..30 {
        let mut transaction = store.begin().await.unwrap();
        let inserted = store
            .insert(&mut transaction, &ada(), UnverifiedHolders::Replace, NOW)
            .await;
        assert!(matches!(inserted, Ok(Inserted::Stored { .. })));
    }
    assert!(store.page(None, 9).await.unwrap().is_empty());
}

/// A dropped insertion may have deleted the holder of the address without inserting the new account.
async fn a_transaction_with_a_dropped_operation_is_not_committed<S: AccountStore<User = User>>(
    store: S,
) {
    let squatter = insert(&store, &ada()).await;
    let mut dropped = 0;
    for polls in (1..9).cycle() {
        let mut transaction = store.begin().await.unwrap();
        let user = ada();
        let inserting = store.insert(&mut transaction, &user, UnverifiedHolders::Replace, NOW);
        if let Some(inserted) = polled(polls, inserting).await {
            assert!(
                matches!(inserted, Ok(Inserted::Stored { .. })),
                "{inserted:?}"
            );
            if dropped > 0 {
                return;
            }
            continue;
        }
        dropped += 1;
        let outcome = store.commit(transaction).await;
        assert!(is_refused(&outcome), "{outcome:?}");
        assert!(store.find(&squatter).await.unwrap().is_some());
    }
}

/// Polls a future at most `polls` times, and drops it.
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
