//! The stored signals of an account: their export, and the erasure of kept ones.

use std::time::Duration;

use lback_auth::UserId;
use lback_signals::durable::{Claimed, Ending, OutboxAdmin, SignalRow};

use crate::on_each_store;
use crate::world::{Store, World, unique};

on_each_store!(
    stored_signals_of_an_account_are_exported,
    deleting_an_account_deletes_its_kept_signals,
    a_kept_signal_that_runs_is_deleted_when_it_is_done,
);

/// Stores a kept signal of the application about an account, and claims its delivery.
async fn claim_kept<S: Store, O: OutboxAdmin>(world: &World<S, O>, id: &UserId) -> Claimed {
    let row = SignalRow::__new("shop.bought", 1, r#"{"article":7}"#, &["note-bought"]);
    let row = row.__with_subject(&id.subject()).__with_keep(Duration::MAX);
    world.outbox.insert(vec![row]).await.unwrap();
    world.claim("note-bought", 1).await.remove(0)
}

async fn complete<S: Store, O: OutboxAdmin>(world: &World<S, O>, claimed: &Claimed) {
    let ended = world.outbox.finish(&[(claimed.claim, Ending::Done)]).await;
    assert_eq!(ended.unwrap(), []);
}

/// Returns the names of the stored signals of an account.
async fn names<S: Store, O: OutboxAdmin>(world: &World<S, O>, id: &UserId) -> Vec<String> {
    let signals = world.outbox.signals_of(&id.subject()).await.unwrap();
    signals.into_iter().map(|it| it.name).collect()
}

async fn stored_signals_of_an_account_are_exported<S: Store, O: OutboxAdmin>(world: World<S, O>) {
    let (ada, bob) = (unique("ada"), unique("bob"));
    let (ada_id, bob_id) = (world.verified(&ada).await, world.verified(&bob).await);
    assert!(names(&world, &ada_id).await.is_empty());
    let kept = claim_kept(&world, &ada_id).await;
    complete(&world, &kept).await;
    for id in [&ada_id, &bob_id] {
        world.accounts.deactivate(id).await.unwrap();
    }
    let exported = world.outbox.signals_of(&ada_id.subject()).await.unwrap();
    let [bought, deactivated] = &exported[..] else {
        panic!("two signals: {exported:?}");
    };
    let export = world.accounts.export(&ada_id).await.unwrap();
    let payloads = export.signals.iter().map(|it| &it.payload);
    assert!(payloads.eq(exported.iter().map(|it| &it.payload)));
    assert_eq!(bought.payload, r#"{"article":7}"#);
    assert!(bought.done_at.is_some());
    assert!(deactivated.payload.contains(&ada));
    assert!(!deactivated.payload.contains(&bob));
}

async fn deleting_an_account_deletes_its_kept_signals<S: Store, O: OutboxAdmin>(
    world: World<S, O>,
) {
    let (ada, bob) = (unique("ada"), unique("bob"));
    let (ada, bob) = (world.verified(&ada).await, world.verified(&bob).await);
    for id in [&ada, &bob] {
        let kept = claim_kept(&world, id).await;
        complete(&world, &kept).await;
    }
    world.accounts.delete(&ada).await.unwrap();
    assert_eq!(names(&world, &ada).await, ["lback.user.deleted"]);
    assert_eq!(names(&world, &bob).await, ["shop.bought"]);
}

async fn a_kept_signal_that_runs_is_deleted_when_it_is_done<S: Store, O: OutboxAdmin>(
    world: World<S, O>,
) {
    let id = world.verified(&unique("ada")).await;
    let running = claim_kept(&world, &id).await;
    world.accounts.delete(&id).await.unwrap();
    assert_eq!(names(&world, &id).await.len(), 2);
    complete(&world, &running).await;
    assert_eq!(names(&world, &id).await, ["lback.user.deleted"]);
}
