use lback_auth::{AccountsError, AuthUser, SessionKey, TokenPurpose, UserId};

use crate::on_each_store;
use crate::world::{PASSWORD, Store, World, id};

on_each_store!(
    an_account_is_deactivated_and_reactivated,
    reactivation_does_not_restore_sessions_or_tokens,
    an_account_is_deleted,
    unknown_accounts_are_refused,
    all_changes_of_activity_run_in_a_transaction,
);

async fn an_account_is_deactivated_and_reactivated<S: Store>(world: World<S>) {
    let ada = world.verified("ada").await;
    world.accounts.deactivate(&id(&ada)).await.unwrap();
    assert!(!world.reload(&ada).await.is_active());
    assert!(!world.is_granted("ada", PASSWORD).await);
    world.accounts.reactivate(&id(&ada)).await.unwrap();
    assert!(world.is_granted("ada", PASSWORD).await);
    let journal = world.journal.take();
    assert_eq!(journal[0], "user_deactivated ada");
    assert_eq!(journal[2], "user_reactivated ada");
}

async fn reactivation_does_not_restore_sessions_or_tokens<S: Store>(world: World<S>) {
    let ada = world.verified("ada").await;
    let key = SessionKey::new(&[1; 16]).unwrap();
    let session = ada.session_auth_hash(&key);
    world
        .accounts
        .request_password_reset("ada@example.org")
        .await
        .unwrap();
    let mail = world.mail().await;
    world.accounts.deactivate(&id(&ada)).await.unwrap();
    world.accounts.reactivate(&id(&ada)).await.unwrap();
    let ada = world.reload(&ada).await;
    assert_ne!(ada.session_auth_hash(&key), session);
    let peeked = world
        .accounts
        .peek(TokenPurpose::PasswordReset, &mail.token)
        .await;
    assert!(matches!(peeked, Err(AccountsError::InvalidToken)));
}

async fn an_account_is_deleted<S: Store>(world: World<S>) {
    let ada = world.verified("ada").await;
    world
        .accounts
        .request_password_reset("ada@example.org")
        .await
        .unwrap();
    let mail = world.mail().await;
    world.journal.take();
    world.accounts.delete(&id(&ada)).await.unwrap();
    assert_eq!(world.journal.take(), ["user_deleted ada"]);
    assert!(world.store.find(&id(&ada)).await.unwrap().is_none());
    let refused = world.accounts.reset_password(&mail.token, PASSWORD).await;
    assert!(matches!(refused, Err(AccountsError::InvalidToken)));
    let again = world.accounts.delete(&id(&ada)).await;
    assert!(matches!(again, Err(AccountsError::NoSuchAccount)));
    // The username and the address are free.
    let new = world.verified("ada").await;
    assert_ne!(new.id(), ada.id());
}

async fn unknown_accounts_are_refused<S: Store>(world: World<S>) {
    for unknown in ["", "unknown", "0", "-1", "99999999999999999999", "1 OR 1=1"] {
        let unknown = UserId::new(unknown);
        for refused in [
            world.accounts.deactivate(&unknown).await,
            world.accounts.reactivate(&unknown).await,
            world.accounts.delete(&unknown).await,
        ] {
            assert!(
                matches!(refused, Err(AccountsError::NoSuchAccount)),
                "{refused:?}"
            );
        }
    }
    assert!(world.journal.take().is_empty() && world.audit().await.is_empty());
}

async fn all_changes_of_activity_run_in_a_transaction<S: Store>(world: World<S>) {
    let ada = world.verified("ada").await;
    let accounts = &world.accounts;
    let mut transaction = accounts.begin().await.unwrap();
    accounts
        .deactivate_in(&mut transaction, &id(&ada))
        .await
        .unwrap();
    accounts
        .reactivate_in(&mut transaction, &id(&ada))
        .await
        .unwrap();
    accounts
        .delete_in(&mut transaction, &id(&ada))
        .await
        .unwrap();
    assert!(world.journal.take().is_empty());
    transaction.commit().await.unwrap();
    assert_eq!(
        world.journal.take(),
        [
            "user_deactivated ada",
            "user_reactivated ada",
            "user_deleted ada"
        ]
    );
    assert_eq!(
        world.flows(1).await,
        [
            "user_deactivated done",
            "user_reactivated done",
            "user_deleted done"
        ]
    );
}
