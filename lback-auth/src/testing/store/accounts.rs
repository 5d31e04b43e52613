//! Cases about inserting and deleting accounts.

use super::fixture::{Fixture, state_of};
use super::trial::{HOUR, NOW, Outcome, Trial};
use crate::auth_user::AuthUser;
use crate::email_verification::EmailVerification;
use crate::normal_form::NormalForm;
use crate::store::UnverifiedHolders::Replace;
use crate::store::{AccountStore, AttemptTime, EmailSet, Inserted, TokenKey};
use crate::token::{PendingToken, TokenPurpose};

pub async fn each_inserted_account_gets_a_unique_id<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let ada = trial.stored(&trial.named("ada")).await?;
    let bob = trial.stored(&trial.named("bob")).await?;
    assert_ne!(
        ada.stored_id(),
        bob.stored_id(),
        "two accounts have different ids"
    );
    for user in [ada, bob] {
        let found = trial.store.find(&user.stored_id()).await?;
        assert_eq!(
            state_of(found),
            Some(user.state()),
            "`find` returns the account that `insert` returned"
        );
    }
    Ok(())
}

pub async fn ids_of_deleted_accounts_are_not_reused<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let mut ids = Vec::new();
    for _ in 0..3 {
        let id = trial.stored_named("ada").await?;
        assert!(!ids.contains(&id), "{id} was the id of a deleted account");
        let deleted = trial.write(async |tx| trial.store.delete(tx, &id).await);
        assert!(deleted.await?.is_some(), "the account is deleted");
        ids.push(id);
    }
    Ok(())
}

pub async fn every_field_of_an_account_is_stored<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let store = &trial.store;
    let users = [
        trial.named("plain"),
        trial.named("hash").with_password(Some("$argon2id$a"), 1),
        trial.named("epoch").with_password(None, 2),
        trial.named("empty").with_password(Some(""), 3),
        trial.named("verified").verified(),
        trial
            .named("once")
            .once_verified("Once.Verified@example.org"),
        trial.named("inactive").inactive(),
        trial
            .account("MixedCase", "MixedCase@Example.ORG")
            .verified(),
        trial
            .named("all")
            .with_password(Some("$argon2id$b"), 4)
            .verified()
            .inactive(),
    ];
    for user in &users {
        let stored = trial.stored(user).await?.state();
        let mut expected = user.state();
        expected.id.clone_from(&stored.id);
        assert_eq!(
            stored, expected,
            "`insert` returns the given account with an id"
        );

        let id = stored.id.clone().expect("a stored account has an id");
        let (login, email) = (
            NormalForm::of(user.username()),
            NormalForm::of(user.email()),
        );
        let last = store.page(None, u32::MAX).await?.pop();
        for (how, found) in [
            ("find", store.find(&id).await?),
            ("find_by_login", store.find_by_login(&login).await?),
            ("find_by_email", store.find_by_email(&email).await?),
            ("page", last),
        ] {
            assert_eq!(
                state_of(found),
                Some(stored.clone()),
                "`{how}` returns the stored account"
            );
        }
    }
    Ok(())
}

pub async fn insert_does_not_store_the_pending_token<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let pending = PendingToken::new([1; 32], "ada@example.org", NOW, NOW + HOUR);
    let token = TokenKey::of_pending(TokenPurpose::EmailVerification, &pending);
    let mut ada = trial.named("ada");
    let verified = Some("ada@example.org".to_owned());
    *ada.__fields_mut().email_verification = EmailVerification::from_parts(verified, Some(pending));

    let stored = trial.stored(&ada).await?;
    let found = trial.store.find(&stored.stored_id()).await?;
    for user in [Some(stored), found] {
        let user = user.expect("an inserted account is found");
        let pending = user.__fields().email_verification.pending();
        assert_eq!(pending, None, "only `put_token` stores tokens");
        assert!(user.is_email_verified(), "the verified address is stored");
    }
    assert!(
        !trial.is_pending(&token).await?,
        "only `put_token` stores tokens"
    );
    Ok(())
}

pub async fn delete_removes_an_account_and_its_tokens<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let store = &trial.store;
    let ada = trial.named("ada").with_password(Some("hash"), 1).verified();
    let ada = trial.stored(&ada).await?;
    let id = ada.stored_id();
    let bob = trial.stored_named("bob").await?;
    let mut tokens = Vec::new();
    for (number, purpose) in (0..).zip(TokenPurpose::ALL) {
        tokens.push(trial.put_token(&id, purpose, number).await?);
    }
    let of_bob = trial
        .put_token(&bob, TokenPurpose::PasswordReset, 9)
        .await?;

    let deleted = trial.write(async |tx| store.delete(tx, &id).await).await?;
    assert_eq!(
        state_of(deleted),
        Some(ada.state()),
        "`delete` returns the deleted account"
    );
    let again = trial.write(async |tx| store.delete(tx, &id).await).await?;
    assert_eq!(
        state_of(again),
        None,
        "the second `delete` finds no account"
    );

    let (login, email) = (NormalForm::of("ada"), NormalForm::of("ada@example.org"));
    assert!(store.find(&id).await?.is_none(), "`find`");
    assert!(
        store.find_by_login(&login).await?.is_none(),
        "`find_by_login`"
    );
    assert!(
        store.find_by_email(&email).await?.is_none(),
        "`find_by_email`"
    );
    for token in tokens {
        assert!(
            !trial.is_pending(&token).await?,
            "`delete` deletes the tokens of the account"
        );
        let owner = trial.consume(&token, NOW).await?;
        assert_eq!(owner, None, "`delete` deletes the tokens of the account");
    }
    assert!(store.find(&bob).await?.is_some(), "other accounts remain");
    assert!(
        trial.is_pending(&of_bob).await?,
        "tokens of other accounts remain"
    );
    trial.stored_named("ada").await?;
    Ok(())
}

pub async fn no_token_outlives_its_account<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let store = &trial.store;
    let mut ids = Vec::new();
    for (number, name) in (1..).zip(["deleted", "replaced", "overtaken"]) {
        let id = trial.stored_named(name).await?;
        trial
            .put_token(&id, TokenPurpose::PasswordReset, number)
            .await?;
        ids.push(id);
    }
    let ada = trial.stored_named("ada").await?;
    let (old, new) = ("ada@example.org", "overtaken@example.org");
    trial
        .write(async |tx| {
            store.delete(tx, &ids[0]).await?;
            let newcomer = trial.named("replaced");
            let inserted = store.insert(tx, &newcomer, Replace, NOW).await?;
            assert!(matches!(inserted, Inserted::Stored { .. }));
            let set = store.set_email(tx, &ada, old, new, Replace).await?;
            assert!(matches!(set, EmailSet::Set { .. }));
            Ok(())
        })
        .await?;
    for id in &ids {
        assert!(store.find(id).await?.is_none(), "it is deleted");
    }
    let expired = store.purge(AttemptTime::At(NOW + HOUR)).await?;
    assert_eq!(expired, 0, "a token of a deleted account is still there");
    Ok(())
}
