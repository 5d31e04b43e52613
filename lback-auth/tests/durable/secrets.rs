//! No stored payload contains a secret.

use lback_signals::durable::Outbox;

use crate::on_each_store;
use crate::world::{OTHER, PASSWORD, Store, World, unique};

on_each_store!(no_secret_is_stored);

async fn no_secret_is_stored<S: Store, O: Outbox>(world: World<S, O>) {
    let accounts = &world.accounts;
    let ada = unique("ada");
    let id = &world.register(&ada).await.unwrap();
    // Claimed, so that the worker for the tokens does not run them.
    let mut deliveries = world.claim_all().await;
    let mut secrets = vec![PASSWORD.to_owned(), OTHER.to_owned(), "argon2".to_owned()];
    let token = world.token().await;
    accounts.verify_email(&token).await.unwrap();
    secrets.push(token);
    drop(accounts.authenticate(&ada, PASSWORD).await.unwrap());
    let address = format!("{ada}@example.org");
    accounts.request_password_reset(&address).await.unwrap();
    deliveries.extend(world.claim_all().await);
    let token = world.token().await;
    accounts.reset_password(&token, OTHER).await.unwrap();
    secrets.push(token);
    accounts
        .change_email(id, &format!("{ada}@example.net"))
        .await
        .unwrap();
    deliveries.extend(world.claim_all().await);
    let token = world.token().await;
    let user = world.store.find(id).await.unwrap().unwrap();
    let stored = user.password().stored().unwrap();
    secrets.extend(
        stored
            .split('$')
            .filter(|part| part.len() > 8)
            .map(str::to_owned),
    );
    accounts.confirm_email_change(&token).await.unwrap();
    secrets.push(token);
    assert!(secrets.len() >= 7, "the salt and the digest are among them");

    deliveries.extend(world.claim_all().await);
    assert!(deliveries.len() >= 8);
    for delivery in deliveries {
        let payload = &delivery.payload;
        assert!(payload.contains(&ada), "{payload}");
        for secret in &secrets {
            assert!(!payload.contains(secret.as_str()), "{}", delivery.signal);
        }
        let fields: serde_json::Value = serde_json::from_str(payload).unwrap();
        let user = fields["user"].as_object().unwrap();
        let shown: Vec<_> = user.keys().map(String::as_str).collect();
        let expected = [
            "email",
            "has_usable_password",
            "id",
            "is_active",
            "is_email_verified",
            "username",
        ];
        assert_eq!(shown, expected);
    }
}
