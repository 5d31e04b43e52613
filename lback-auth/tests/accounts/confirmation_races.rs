//! Concurrent confirmations and registrations of one address.

use lback_auth::{AccountsError, AttemptLimit, User};
use lback_signals::Scope;
use test_support::rounds;
use tokio::task::JoinSet;

use crate::on_each_store;
use crate::world::{PASSWORD, Store, World, id};

on_each_store!(registrations_and_confirmations_do_not_deadlock);

/// All are for one address. Its current account can be replaced, and so can those whose address is changed.
async fn registrations_and_confirmations_do_not_deadlock<S: Store>(world: World<S>) {
    let world = world.with(|builder| builder.mail_limit(AttemptLimit::new(1_000)));
    for round in 0..rounds(200) {
        let wanted = format!("wanted{round}@example.org");
        // The oldest account, which the database finds first.
        let squatter = User::new(format!("squatter{round}"), &*wanted).unwrap();
        world.accounts.register(squatter, PASSWORD).await.unwrap();
        let (mut confirmations, mut registrations) = (Vec::new(), Vec::new());
        for number in 0..4 {
            let name = format!("ada{round}-{number}");
            let ada = world.unverified(&name).await;
            world.mails().await;
            let change = world.accounts.change_email(&id(&ada), &wanted).await;
            change.unwrap();
            let token = world.mail().await.token;
            let confirmation = world.accounts.prepare_email_confirmation(&token).await;
            confirmations.push(confirmation.unwrap());
            let user = User::new(name, &*wanted).unwrap();
            let registration = world.accounts.prepare_registration(user, PASSWORD).await;
            registrations.push(registration.unwrap());
        }

        let mut tasks = JoinSet::new();
        for (confirmation, registration) in confirmations.into_iter().zip(registrations) {
            let accounts = world.accounts.clone();
            tasks.spawn(Scope::current().wrap(async move {
                let mut transaction = accounts.begin().await?;
                let done = accounts.confirm_email_change_in(&mut transaction, confirmation);
                match done.await {
                    Ok(_) => transaction.commit().await,
                    Err(error) => transaction.rollback().await.and(Err(error)),
                }
            }));
            let accounts = world.accounts.clone();
            tasks.spawn(Scope::current().wrap(async move {
                let mut transaction = accounts.begin().await?;
                drop(accounts.register_in(&mut transaction, registration).await?);
                transaction.commit().await
            }));
        }
        while let Some(done) = tasks.join_next().await {
            let done = done.unwrap();
            assert!(
                matches!(done, Ok(()) | Err(AccountsError::InvalidToken)),
                "{done:?}"
            );
        }
        world.mails().await;
    }
}
