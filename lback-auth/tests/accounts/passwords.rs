use std::time::Duration;

use lback_auth::{
    AccountsError, AttemptLimit, AuthUser, Hasher, PasswordError, PasswordRejected,
    RandomSourceError, SessionKey, TokenPurpose, UnverifiedHolders, UserId,
};
use lback_signals::{CommitOutcome, Scope};

use crate::busy_hasher::Occupied;
use crate::on_each_store;
use crate::world::{OTHER, PASSWORD, Store, World, id};

on_each_store!(
    a_change_needs_the_current_password,
    a_change_ends_sessions_and_tokens,
    a_change_of_an_unknown_account_or_to_a_weak_password_is_refused,
    a_reset_needs_the_token,
    a_reset_verifies_the_address_and_ends_sessions_and_tokens,
    a_weak_password_does_not_consume_the_token,
    a_token_for_an_old_address_is_refused,
    a_deactivated_account_gets_no_reset,
    change_and_reset_run_in_a_transaction,
    a_change_without_an_answer_uses_no_attempt,
);

async fn a_change_needs_the_current_password<S: Store>(world: World<S>) {
    let ada = world.verified("ada").await;
    let refused = world
        .accounts
        .change_password(&id(&ada), OTHER, OTHER)
        .await;
    assert!(matches!(refused, Err(AccountsError::WrongPassword)));
    assert_eq!(world.journal.take(), ["user_password_checked ada false"]);
    assert!(world.is_granted("ada", PASSWORD).await);
    world.journal.take();
    world
        .accounts
        .change_password(&id(&ada), PASSWORD, OTHER)
        .await
        .unwrap();
    assert_eq!(
        world.journal.take(),
        [
            "user_password_checked ada true",
            "user_password_set ada",
            "user_password_changed ada change",
        ]
    );
    assert!(world.is_granted("ada", OTHER).await && !world.is_granted("ada", PASSWORD).await);
    assert_eq!(
        world.flows(1).await[..3],
        [
            "user_password_changed wrong_password",
            "user_authenticated granted",
            "user_password_changed change",
        ]
    );
}

async fn a_change_ends_sessions_and_tokens<S: Store>(world: World<S>) {
    let ada = world.verified("ada").await;
    let key = SessionKey::new(&[1; 16]).unwrap();
    let session = ada.session_auth_hash(&key);
    world
        .accounts
        .request_password_reset("ada@example.org")
        .await
        .unwrap();
    let mail = world.mail().await;
    let peeked = world
        .accounts
        .peek(TokenPurpose::PasswordReset, &mail.token)
        .await;
    assert!(peeked.is_ok());
    world
        .accounts
        .change_password(&id(&ada), PASSWORD, OTHER)
        .await
        .unwrap();
    assert_ne!(world.reload(&ada).await.session_auth_hash(&key), session);
    let refused = world.accounts.reset_password(&mail.token, PASSWORD).await;
    assert!(matches!(refused, Err(AccountsError::InvalidToken)));
}

async fn a_change_of_an_unknown_account_or_to_a_weak_password_is_refused<S: Store>(
    world: World<S>,
) {
    let ada = world.verified("ada").await;
    for id in [
        UserId::new("unknown"),
        UserId::new(""),
        UserId::new(u64::MAX),
    ] {
        let refused = world.accounts.change_password(&id, PASSWORD, OTHER).await;
        assert!(matches!(refused, Err(AccountsError::NoSuchAccount)));
    }
    let weak = world
        .accounts
        .change_password(&id(&ada), PASSWORD, "ada@example.org")
        .await;
    assert!(matches!(
        weak,
        Err(AccountsError::Rejected(PasswordRejected { .. }))
    ));
    world.accounts.deactivate(&id(&ada)).await.unwrap();
    let inactive = world
        .accounts
        .change_password(&id(&ada), PASSWORD, OTHER)
        .await;
    assert!(matches!(inactive, Err(AccountsError::NoSuchAccount)));
    world.accounts.reactivate(&id(&ada)).await.unwrap();
    assert!(world.is_granted("ada", PASSWORD).await);
}

async fn a_reset_needs_the_token<S: Store>(world: World<S>) {
    world.verified("ada").await;
    world
        .accounts
        .request_password_reset("ADA@example.org")
        .await
        .unwrap();
    let mail = world.mail().await;
    assert_eq!(mail.to, "ada@example.org");
    assert_eq!(
        world.journal.take(),
        ["address_mail_due ada password-reset ada@example.org"]
    );
    let hashes = world.hasher.stats().hashes();
    for guess in [
        "",
        "guess",
        &mail.token[1..],
        &format!("{}a", mail.token),
        &"a".repeat(300),
    ] {
        let refused = world.accounts.reset_password(guess, OTHER).await;
        assert!(
            matches!(refused, Err(AccountsError::InvalidToken)),
            "{refused:?}"
        );
        // A token of another purpose.
        let refused = world.accounts.verify_email(&mail.token).await;
        assert!(
            matches!(refused, Err(AccountsError::InvalidToken)),
            "{refused:?}"
        );
    }
    assert_eq!(world.hasher.stats().hashes(), hashes);
    world
        .accounts
        .reset_password(&mail.token, OTHER)
        .await
        .unwrap();
    let again = world.accounts.reset_password(&mail.token, PASSWORD).await;
    assert!(matches!(again, Err(AccountsError::InvalidToken)));
    assert!(world.is_granted("ada", OTHER).await);
}

async fn a_reset_verifies_the_address_and_ends_sessions_and_tokens<S: Store>(world: World<S>) {
    let ada = world.unverified("ada").await;
    let verification = world.mail().await;
    let key = SessionKey::new(&[1; 16]).unwrap();
    let session = ada.session_auth_hash(&key);
    world
        .accounts
        .request_password_reset("ada@example.org")
        .await
        .unwrap();
    let reset = world.mail().await;
    world.journal.take();
    world
        .accounts
        .reset_password(&reset.token, OTHER)
        .await
        .unwrap();
    assert_eq!(
        world.journal.take(),
        [
            "user_password_set ada",
            "user_email_verified ada",
            "user_password_changed ada reset",
        ]
    );
    let ada = world.reload(&ada).await;
    assert!(ada.is_email_verified());
    assert_ne!(ada.session_auth_hash(&key), session);
    let refused = world.accounts.verify_email(&verification.token).await;
    assert!(matches!(refused, Err(AccountsError::InvalidToken)));
}

async fn a_weak_password_does_not_consume_the_token<S: Store>(world: World<S>) {
    world.verified("ada").await;
    world
        .accounts
        .request_password_reset("ada@example.org")
        .await
        .unwrap();
    let mail = world.mail().await;
    let weak = world.accounts.reset_password(&mail.token, "short").await;
    assert!(matches!(weak, Err(AccountsError::Rejected(_))));
    world
        .accounts
        .reset_password(&mail.token, OTHER)
        .await
        .unwrap();
}

async fn a_token_for_an_old_address_is_refused<S: Store>(world: World<S>) {
    let ada = world.verified("ada").await;
    let accounts = &world.accounts;
    accounts
        .request_password_reset("ada@example.org")
        .await
        .unwrap();
    let mail = world.mail().await;
    let mut transaction = world.store.begin().await.unwrap();
    let set = world
        .store
        .set_email(
            &mut transaction,
            &id(&ada),
            ada.email(),
            "new@example.org",
            UnverifiedHolders::Replace,
        )
        .await;
    assert!(set.is_ok());
    let outcome = world.store.commit(transaction).await;
    assert!(matches!(outcome, CommitOutcome::Committed));
    let peeked = accounts
        .peek(TokenPurpose::PasswordReset, &mail.token)
        .await;
    assert!(matches!(peeked, Err(AccountsError::InvalidToken)));
    let refused = accounts.reset_password(&mail.token, OTHER).await;
    assert!(matches!(refused, Err(AccountsError::InvalidToken)));
    assert!(world.is_granted("ada", PASSWORD).await);
}

async fn a_deactivated_account_gets_no_reset<S: Store>(world: World<S>) {
    let ada = world.verified("ada").await;
    world.accounts.deactivate(&id(&ada)).await.unwrap();
    world
        .accounts
        .request_password_reset("ada@example.org")
        .await
        .unwrap();
    assert!(world.mails().await.is_empty());
}

async fn change_and_reset_run_in_a_transaction<S: Store>(world: World<S>) {
    let ada = world.verified("ada").await;
    let accounts = &world.accounts;
    let change = accounts
        .prepare_password_change(&id(&ada), PASSWORD, OTHER)
        .await
        .unwrap();
    let mut transaction = accounts.begin().await.unwrap();
    accounts
        .change_password_in(&mut transaction, change)
        .await
        .unwrap();
    drop(transaction);
    assert!(world.is_granted("ada", PASSWORD).await);

    let request = accounts
        .prepare_password_reset_request("ada@example.org")
        .await
        .unwrap();
    let mut transaction = accounts.begin().await.unwrap();
    accounts
        .request_password_reset_in(&mut transaction, request)
        .await
        .unwrap();
    assert!(world.mails().await.is_empty());
    transaction.commit().await.unwrap();
    let mail = world.mail().await;

    let reset = accounts
        .prepare_password_reset(&mail.token, OTHER)
        .await
        .unwrap();
    world.journal.take();
    let mut transaction = accounts.begin().await.unwrap();
    accounts
        .reset_password_in(&mut transaction, reset)
        .await
        .unwrap();
    assert_eq!(world.journal.take(), ["user_password_set ada"]);
    transaction.commit().await.unwrap();
    assert_eq!(world.journal.take(), ["user_password_changed ada reset"]);
    assert!(world.is_granted("ada", OTHER).await);
}

async fn a_change_without_an_answer_uses_no_attempt<S: Store>(world: World<S>) {
    let world = world.with(|builder| builder.login_limit(AttemptLimit::new(1)));
    let ada = id(&world.verified("ada").await);
    let no_salt = Hasher::builder()
        .memory(8)
        .passes(1)
        .random(|_: &mut [u8]| Err(RandomSourceError));
    let scope = Scope::new().provide(no_salt.build().unwrap());
    for _ in 0..5 {
        let change = world.accounts.change_password(&ada, PASSWORD, OTHER);
        let error = scope.run_async(change).await.unwrap_err();
        assert!(
            matches!(error, AccountsError::Password(PasswordError::Entropy)),
            "{error:?}"
        );
    }

    let occupied = Occupied::new();
    let scope = Scope::new().provide(occupied.hasher.clone());
    let mut was_busy = 0;
    while was_busy < 5 {
        let before = world.audit().await;
        let change = world.accounts.change_password(&ada, "guess", OTHER);
        match scope.run_async(change).await.unwrap_err() {
            AccountsError::Password(PasswordError::Busy) => {
                was_busy += 1;
                // It does not count, so a client could fill the log.
                assert_eq!(world.audit().await, before);
            }
            AccountsError::WrongPassword => world.wait(Duration::from_hours(48)),
            error => panic!("{error:?}"),
        }
    }
}
