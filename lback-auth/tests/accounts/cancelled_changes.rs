//! Requests for another address that a hijacked session makes, and that end with it.

use lback_auth::{AccountsError, Remember};

use crate::on_each_store;
use crate::world::{OTHER, PASSWORD, Store, World, id};

on_each_store!(
    a_requested_change_of_address_ends_with_the_sessions,
    a_requested_change_of_address_ends_with_another_one,
    a_change_of_address_ends_with_revoked_sessions,
);

async fn a_requested_change_of_address_ends_with_the_sessions<S: Store>(world: World<S>) {
    let ada = world.verified("ada").await;
    let accounts = &world.accounts;
    // Requested in a hijacked session, and processed later.
    accounts
        .change_email(&id(&ada), "mallory@example.org")
        .await
        .unwrap();
    accounts
        .change_password(&id(&ada), PASSWORD, OTHER)
        .await
        .unwrap();
    assert!(world.mails().await.is_empty());
    accounts
        .change_email(&id(&ada), "mallory@example.org")
        .await
        .unwrap();
    accounts.deactivate(&id(&ada)).await.unwrap();
    accounts.reactivate(&id(&ada)).await.unwrap();
    assert!(world.mails().await.is_empty());
}

async fn a_requested_change_of_address_ends_with_another_one<S: Store>(world: World<S>) {
    let ada = id(&world.verified("ada").await);
    let accounts = &world.accounts;
    accounts
        .change_email(&ada, "ada@new.example")
        .await
        .unwrap();
    let mail = world.mail().await;
    // Requested in a hijacked session, and processed after the change.
    let request = accounts.change_email(&ada, "mallory@example.org");
    request.await.unwrap();
    accounts.confirm_email_change(&mail.token).await.unwrap();
    assert!(world.mails().await.is_empty());
}

async fn a_change_of_address_ends_with_revoked_sessions<S: Store>(world: World<S>) {
    let ada = world.verified("ada").await;
    let accounts = &world.accounts;
    let ada_id = id(&ada);
    for is_all in [true, false] {
        let ada = world.reload(&ada).await;
        let started = accounts.start_session(&ada, Remember::No).await;
        let token = started.unwrap().token;
        let revoke = async || {
            let revoked = if is_all {
                accounts.end_sessions(&ada_id).await
            } else {
                accounts.end_other_sessions(token.expose()).await
            };
            revoked.unwrap();
        };
        // Requested in a hijacked session, and mailed before or after its end.
        let request = accounts.change_email(&ada_id, "mallory@example.org");
        request.await.unwrap();
        let mail = world.mail().await;
        revoke().await;
        let confirmed = accounts.confirm_email_change(&mail.token).await;
        assert!(matches!(confirmed, Err(AccountsError::InvalidToken)));
        let request = accounts.change_email(&ada_id, "mallory@example.org");
        request.await.unwrap();
        revoke().await;
        assert!(world.mails().await.is_empty());
    }
    assert!(world.is_granted("ada", PASSWORD).await);
}
