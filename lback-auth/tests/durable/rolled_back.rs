//! A transaction that does not commit stores no delivery.

use lback_auth::{AccountsError, Inserted, User, UserRegistering};
use lback_signals::durable::Outbox;
use lback_signals::receiver;

use crate::on_each_store;
use crate::world::{PASSWORD, Store, World, unique};

on_each_store!(
    a_rollback_stores_no_delivery,
    a_refused_flow_stores_no_delivery,
    a_veto_stores_no_delivery,
);

async fn a_rollback_stores_no_delivery<S: Store, O: Outbox>(world: World<S, O>) {
    let accounts = &world.accounts;
    let id = world.verified(&unique("ada")).await;
    for is_dropped in [false, true] {
        let bob = unique("bob");
        let user = User::new(&bob, format!("{bob}@example.org")).unwrap();
        let user = accounts.prepare_registration(user, PASSWORD).await.unwrap();
        let mut transaction = accounts.begin().await.unwrap();
        let inserted = accounts.register_in(&mut transaction, user).await;
        assert!(matches!(inserted, Ok(Inserted::Stored { .. })));
        accounts.deactivate_in(&mut transaction, &id).await.unwrap();
        if is_dropped {
            drop(transaction);
        } else {
            transaction.rollback().await.unwrap();
        }
        // Waits for the rollback of the dropped one.
        accounts.begin().await.unwrap().rollback().await.unwrap();
        assert!(world.find(&bob).await.is_none());
        assert_eq!(world.stored().await, []);
    }
}

async fn a_refused_flow_stores_no_delivery<S: Store, O: Outbox>(world: World<S, O>) {
    let ada = unique("ada");
    world.verified(&ada).await;
    // The unique username is taken, so the transaction has rolled back to a savepoint and commits.
    let other = User::new(&ada, "other@example.org").unwrap();
    let refused = world.accounts.register(other, PASSWORD).await;
    assert!(matches!(refused, Err(AccountsError::UsernameTaken)));
    assert_eq!(world.stored().await, []);

    // The second flow of the transaction fails, so that neither commits.
    let id = world.find(&ada).await.unwrap();
    let mut transaction = world.accounts.begin().await.unwrap();
    let deactivated = world.accounts.deactivate_in(&mut transaction, &id).await;
    deactivated.unwrap();
    drop(Box::pin(
        world.accounts.reactivate_in(&mut transaction, &id),
    ));
    transaction.rollback().await.unwrap();
    assert_eq!(world.stored().await, []);
}

#[receiver(signal = UserRegistering)]
fn refuse_mallory(event: &UserRegistering<'_>) -> Result<(), &'static str> {
    if event.username.starts_with("mallory") {
        Err("no")
    } else {
        Ok(())
    }
}

async fn a_veto_stores_no_delivery<S: Store, O: Outbox>(world: World<S, O>) {
    let vetoed = world.register(&unique("mallory")).await;
    assert!(matches!(vetoed, Err(AccountsError::Vetoed(_))));
    assert_eq!(world.stored().await, []);
}
