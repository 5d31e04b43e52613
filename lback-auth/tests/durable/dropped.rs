//! A flow that is dropped at any of its awaits has stored both the account's change and the deliveries, or neither.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use lback_auth::AuthUser;
use lback_signals::durable::Outbox;

use crate::on_each_store;
use crate::world::{Store, World, unique};

on_each_store!(a_dropped_flow_is_stored_with_its_deliveries_or_not_at_all);

/// More polls than a flow has.
const MAX_POLLS: u32 = 60;

async fn a_dropped_flow_is_stored_with_its_deliveries_or_not_at_all<S: Store, O: Outbox>(
    world: World<S, O>,
) {
    let accounts = &world.accounts;
    let id = world.verified(&unique("ada")).await;
    let mut outcomes = [0, 0];
    let mut is_ever_dropped = false;
    for polls in 1..=MAX_POLLS {
        is_ever_dropped |= drop_after(polls, accounts.deactivate(&id)).await;
        // Waits for the lock of the account, which the dropped transaction has until its end.
        let mut barrier = accounts.begin().await.unwrap();
        accounts.deactivate_in(&mut barrier, &id).await.unwrap();
        barrier.rollback().await.unwrap();
        let user = world.store.find(&id).await.unwrap().unwrap();
        let is_changed = !user.is_active();
        let deliveries = world.claim("note-deactivated", 10).await;
        assert_eq!(
            deliveries.len(),
            usize::from(is_changed),
            "after {polls} polls"
        );
        outcomes[usize::from(is_changed)] += 1;
        if is_changed {
            accounts.reactivate(&id).await.unwrap();
        }
    }
    // In memory a flow that waits for no other is done at its first poll.
    let [unchanged, changed] = outcomes;
    assert_eq!(unchanged > 0, is_ever_dropped);
    assert!(changed > 0);
}

/// Polls a future at most `polls` times, and drops it. Returns whether it was not ready.
async fn drop_after<T>(polls: u32, future: impl Future<Output = T>) -> bool {
    let mut future = pin!(future);
    let mut left = polls;
    poll_fn(|context| {
        left -= 1;
        match future.as_mut().poll(context) {
            Poll::Ready(_) => Poll::Ready(false),
            Poll::Pending if left == 0 => Poll::Ready(true),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}
