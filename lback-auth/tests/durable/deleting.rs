//! Deleting an account deletes its deliveries.

use lback_auth::{Inserted, User};
use lback_signals::durable::{Ending, Outbox};

use crate::on_each_store;
use crate::receivers::notes;
use crate::world::{ISSUE_TOKEN, PASSWORD, Store, World, unique};

on_each_store!(
    deleting_an_account_deletes_its_waiting_and_dead_deliveries,
    a_delete_that_rolls_back_keeps_the_deliveries,
    an_account_that_is_replaced_loses_its_deliveries,
    an_insertion_that_is_refused_keeps_the_deliveries,
    of_a_transaction_that_deletes_the_account_only_the_deletion_is_delivered,
);

fn stored(deliveries: &[(&str, [u64; 3])]) -> Vec<(String, [u64; 3])> {
    let deliveries = deliveries.iter();
    deliveries
        .map(|(name, counts)| ((*name).to_owned(), *counts))
        .collect()
}

async fn deleting_an_account_deletes_its_waiting_and_dead_deliveries<S: Store, O: Outbox>(
    world: World<S, O>,
) {
    let accounts = &world.accounts;
    let (ada, bob) = (unique("ada"), unique("bob"));
    let (ada_id, bob_id) = (world.verified(&ada).await, world.verified(&bob).await);
    for id in [&ada_id, &bob_id] {
        accounts.deactivate(id).await.unwrap();
        accounts.reactivate(id).await.unwrap();
    }
    // Two dead deliveries, and Ada's next one, which runs.
    let died = world.claim("note-deactivated", 2).await;
    let error = String::new();
    let dead = died.iter().map(|it| {
        let error = error.clone();
        let ending = Ending::Dead {
            error,
            was_run: true,
            blocks_key: false,
        };
        (it.claim, ending)
    });
    let dead: Vec<_> = dead.collect();
    assert_eq!(world.outbox.finish(&dead).await.unwrap(), []);
    accounts.deactivate(&ada_id).await.unwrap();
    let running = world.claim("note-deactivated", 1).await;
    let before = [
        ("note-deactivated", [0, 1, 2]),
        ("note-reactivated", [2, 0, 0]),
    ];
    assert_eq!(world.stored().await, stored(&before));

    accounts.delete(&ada_id).await.unwrap();
    let after = [
        ("note-deactivated", [0, 1, 1]),
        ("note-deleted", [1, 0, 0]),
        ("note-reactivated", [1, 0, 0]),
    ];
    assert_eq!(world.stored().await, stored(&after));

    // The running one ends as usual.
    let done = (running[0].claim, Ending::Done);
    assert_eq!(world.outbox.finish(&[done]).await.unwrap(), []);
    accounts.delete(&bob_id).await.unwrap();
    assert_eq!(world.stored().await, stored(&[("note-deleted", [2, 0, 0])]));
    world.deliver().await;
    assert_eq!(notes(&ada).last().unwrap(), "user_deleted");
    assert_eq!(notes(&bob).last().unwrap(), "user_deleted");
    assert!(!notes(&ada).contains(&"user_reactivated true".to_owned()));
}

async fn a_delete_that_rolls_back_keeps_the_deliveries<S: Store, O: Outbox>(world: World<S, O>) {
    let id = world.verified(&unique("ada")).await;
    world.accounts.deactivate(&id).await.unwrap();
    let mut transaction = world.accounts.begin().await.unwrap();
    let deleted = world.accounts.delete_in(&mut transaction, &id).await;
    deleted.unwrap();
    transaction.rollback().await.unwrap();
    let kept = [("note-deactivated", [1, 0, 0])];
    assert_eq!(world.stored().await, stored(&kept));
}

async fn an_account_that_is_replaced_loses_its_deliveries<S: Store, O: Outbox>(world: World<S, O>) {
    let ada = unique("ada");
    world.register(&ada).await.unwrap();
    let of_registration = [
        (ISSUE_TOKEN, [1, 0, 0]),
        ("note-password-set", [1, 0, 0]),
        ("note-registered", [1, 0, 0]),
    ];
    assert_eq!(world.stored().await, stored(&of_registration));
    // The first account was never verified.
    world.register(&ada).await.unwrap();
    // The first request asks for a mail to the account that has the address by then.
    let after = [
        (ISSUE_TOKEN, [2, 0, 0]),
        ("note-deleted", [1, 0, 0]),
        ("note-password-set", [1, 0, 0]),
        ("note-registered", [1, 0, 0]),
    ];
    assert_eq!(world.stored().await, stored(&after));
}

async fn an_insertion_that_is_refused_keeps_the_deliveries<S: Store, O: Outbox>(
    world: World<S, O>,
) {
    // An unverified account with the address, and a verified one with the username, which is not replaced.
    let (ada, bob) = (unique("ada"), unique("bob"));
    world.verified(&bob).await;
    world.register(&ada).await.unwrap();
    let user = User::new(&bob, format!("{ada}@example.org")).unwrap();
    let accounts = &world.accounts;
    let user = accounts.prepare_registration(user, PASSWORD).await.unwrap();
    let mut transaction = accounts.begin().await.unwrap();
    let inserted = accounts.register_in(&mut transaction, user).await;
    assert!(matches!(inserted, Ok(Inserted::UsernameTaken)));
    transaction.commit().await.unwrap();
    let kept = [
        (ISSUE_TOKEN, [1, 0, 0]),
        ("note-password-set", [1, 0, 0]),
        ("note-registered", [1, 0, 0]),
    ];
    assert_eq!(world.stored().await, stored(&kept));
}

async fn of_a_transaction_that_deletes_the_account_only_the_deletion_is_delivered<
    S: Store,
    O: Outbox,
>(
    world: World<S, O>,
) {
    let accounts = &world.accounts;
    let (ada, bob) = (unique("ada"), unique("bob"));
    let (ada, bob) = (world.verified(&ada).await, world.verified(&bob).await);
    let mut transaction = accounts.begin().await.unwrap();
    for id in [&ada, &bob] {
        accounts.deactivate_in(&mut transaction, id).await.unwrap();
    }
    accounts.delete_in(&mut transaction, &ada).await.unwrap();
    transaction.commit().await.unwrap();
    let after = [("note-deactivated", [1, 0, 0]), ("note-deleted", [1, 0, 0])];
    assert_eq!(world.stored().await, stored(&after));
    let [delivery] = &world.claim("note-deactivated", 10).await[..] else {
        panic!("one delivery");
    };
    assert!(delivery.payload.contains(bob.as_str()));
}
