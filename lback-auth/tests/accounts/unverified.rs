//! Accounts whose address must be verified before they sign in.

use std::time::Duration;

use lback_auth::{AttemptLimit, Authentication, Hasher, User};
use lback_signals::Scope;

use crate::throttling::authenticate_from;
use crate::world::{PASSWORD, Store, World, shown};
use crate::{on_each_store, world};

on_each_store!(
    the_limit_of_a_login_does_not_tell_whether_an_address_was_free,
    the_limit_of_a_client_does_not_tell_whether_an_address_was_free,
    a_stale_hash_is_replaced_when_the_address_is_verified,
);

const CLIENT: &str = "192.0.2.7";

/// Registers an address under a fresh name, and signs in with it more often than a limit. Returns the outcomes as an
/// application shows them, which has the same words for `VerificationRequired` and `Denied`.
async fn register_and_sign_in<S: Store>(world: &World<S>, name: &str, email: &str) -> Vec<String> {
    let user = User::new(name, email).unwrap();
    world.accounts.register(user, PASSWORD).await.unwrap();
    let mut outcomes = Vec::new();
    for _ in 0..3 {
        for _ in 0..6 {
            let outcome = authenticate_from(world, CLIENT, name, PASSWORD).await;
            outcomes.push(outcome.replace("VerificationRequired", "Denied"));
        }
        world.wait(Duration::from_secs(1));
    }
    // The counts are forgotten.
    world.wait(Duration::from_hours(48));
    outcomes
}

async fn assert_alike<S: Store>(world: &World<S>) {
    world.verified("ada").await;
    let taken = register_and_sign_in(world, "fresh1", "ada@example.org").await;
    let free = register_and_sign_in(world, "fresh2", "free@example.org").await;
    assert!(world.find("fresh1").await.is_none() && world.find("fresh2").await.is_some());
    assert_eq!(free, taken);
    assert_eq!(taken[..4], ["Denied"; 4]);
    assert_eq!(taken[4], "Throttled { retry_after: 1s }");
}

async fn the_limit_of_a_login_does_not_tell_whether_an_address_was_free<S: Store>(world: World<S>) {
    assert_alike(&world.with(|builder| builder.login_limit(AttemptLimit::new(3)))).await;
}

async fn the_limit_of_a_client_does_not_tell_whether_an_address_was_free<S: Store>(
    world: World<S>,
) {
    assert_alike(&world.with(|builder| builder.client_limit(AttemptLimit::new(3)))).await;
}

async fn a_stale_hash_is_replaced_when_the_address_is_verified<S: Store>(world: World<S>) {
    world.unverified("ada").await;
    let mail = world.mail().await;
    let dearer = Hasher::builder().memory(96).passes(2).build().unwrap();
    let scope = Scope::new().provide(dearer.clone());
    let sign_in = async || authenticate_from(&world, CLIENT, "ada", PASSWORD).await;
    let hash_of = async || {
        let ada = world.find("ada").await.unwrap();
        ada.password().stored().unwrap().to_owned()
    };
    let stale = hash_of().await;
    let outcome = scope.run_async(sign_in()).await;
    assert_eq!(outcome, "VerificationRequired");
    assert_eq!(dearer.stats().hashes(), 1, "no hash is computed in vain");
    assert_eq!(hash_of().await, stale);
    world.accounts.verify_email(&mail.token).await.unwrap();
    assert_eq!(scope.run_async(sign_in()).await, "granted");
    assert_ne!(hash_of().await, stale);
}

/// No flow undoes a verification, but an application can.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_is_not_verified_any_more_grants_no_access() {
    world::sqlite(async |world| {
        world.verified("ada").await;
        let accounts = &world.accounts;
        let checked = accounts.prepare_authentication("ada", PASSWORD).await;
        let unverify = sqlx::query("UPDATE lback_account SET verified_email = NULL");
        unverify.execute(world.store.pool()).await.unwrap();
        let mut transaction = accounts.begin().await.unwrap();
        let outcome = accounts.authenticate_in(&mut transaction, checked.unwrap());
        assert_eq!(shown(outcome.await.unwrap()), Authentication::Busy);
        transaction.rollback().await.unwrap();
        let outcome = world.authenticate("ada", PASSWORD).await.unwrap();
        assert_eq!(shown(outcome), Authentication::VerificationRequired);
    })
    .await;
}
