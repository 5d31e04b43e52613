//! A transaction happens as a whole, or not at all.

use std::thread::sleep;
use std::time::Duration;

use super::attempts::{about, key, limit};
use super::fixture::{Fixture, STORED, id_of, password, told};
use super::full::{Full, Write};
use super::log::request;
use super::trial::{NOW, Outcome, Trial, commit, pending};
use crate::auth_user::AuthUser;
use crate::normal_form::NormalForm;
use crate::store::UnverifiedHolders::{Keep, Replace};
use crate::store::{AccountStore, EmailSet, Expected, Inserted, RequestNumber, TokenKey};
use crate::token::TokenPurpose;
use crate::user_id::UserId;

const RESET: TokenPurpose = TokenPurpose::PasswordReset;

pub async fn what_is_rolled_back_has_not_happened<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let full = Full::new(trial).await?;
    let before = full.look().await?;
    for write in Write::ALL {
        let mut tx = full.trial.store.begin().await?;
        full.write(&mut tx, write).await?;
        full.trial.store.rollback(tx).await?;
        assert_eq!(full.look().await?, before, "{write:?} was rolled back");
    }
    Ok(())
}

pub async fn what_is_dropped_has_not_happened<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let full = Full::new(trial).await?;
    let before = full.look().await?;
    for write in Write::ALL {
        let mut tx = full.trial.store.begin().await?;
        full.write(&mut tx, write).await?;
        drop(tx);
        assert_eq!(full.look().await?, before, "{write:?} was dropped");
    }
    let mut tx = full.trial.store.begin().await?;
    for write in Write::ALL {
        full.write(&mut tx, write).await?;
    }
    drop(tx);
    assert_eq!(full.look().await?, before, "all of them were dropped");
    Ok(())
}

pub async fn what_is_committed_has_happened<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let full = Full::new(trial).await?;
    for write in Write::ALL {
        let before = full.look().await?;
        let mut tx = full.trial.store.begin().await?;
        full.write(&mut tx, write).await?;
        commit(&full.trial.store, tx).await;
        assert_ne!(full.look().await?, before, "{write:?} was committed");
    }
    Ok(())
}

pub async fn attempts_and_requests_are_rolled_back_too<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let store = &trial.store;
    let attempt = about(1, limit());
    let hour = limit().delay;
    trial.granted(attempt, NOW, "the first").await?;
    trial.granted(attempt, NOW, "the second").await?;
    for is_dropped in [false, true] {
        let mut tx = store.begin().await?;
        store.return_attempts(&mut tx, &[key(1)]).await?;
        store.clear_attempts(&mut tx, &[key(1)]).await?;
        store.return_attempts(&mut tx, &[key(1)]).await?;
        store
            .file_request(&mut tx, &request("ada@example.org"))
            .await?;
        if is_dropped {
            drop(tx);
        } else {
            store.rollback(tx).await?;
        }
        let why = "`clear_attempts` was rolled back";
        trial.refused(attempt, NOW, NOW + hour, why).await?;
        let next = store.next_request(None).await?;
        assert_eq!(next, None, "`file_request` was rolled back");
    }
    let mut tx = store.begin().await?;
    store.return_attempts(&mut tx, &[key(1)]).await?;
    store.rollback(tx).await?;
    let now = NOW + hour;
    trial.granted(attempt, now, "it has waited").await?;
    let why = "the third, as `return_attempts` was rolled back";
    trial.refused(attempt, now, now + hour * 2, why).await
}

pub async fn operations_of_a_transaction_see_each_other<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let store = &trial.store;
    let mut tx = store.begin().await?;
    let ada = store
        .insert(&mut tx, &trial.named("ada"), Keep, NOW)
        .await?;
    let Inserted::Stored { user: ada, .. } = ada else {
        panic!("the store is empty");
    };
    let id = ada.stored_id();
    let again = store
        .insert(&mut tx, &trial.named("ada"), Keep, NOW)
        .await?;
    assert_eq!(
        told(&again),
        Inserted::UsernameTaken,
        "by this transaction's own"
    );

    let (one, other) = (password(Some("one"), 1), password(Some("other"), 2));
    let none = trial.named("ada").__fields().password.clone();
    for (expected, new) in [(&none, &one), (&one, &other)] {
        let expected = Expected::Stored(expected);
        let set = store.set_password(&mut tx, &id, expected, new).await?;
        assert!(
            set.is_some(),
            "the password that this transaction has put in place"
        );
    }
    assert!(
        store.put_token(&mut tx, &id, RESET, &pending(1)).await?,
        "for its own account"
    );
    let token = TokenKey::of_pending(RESET, &pending(1));
    let owner = store.consume_token(&mut tx, &token, NOW).await?;
    assert_eq!(
        owner.map(|owner| owner.id),
        Some(id.clone()),
        "its own token"
    );
    let again = store.consume_token(&mut tx, &token, NOW).await?;
    assert_eq!(again, None, "this transaction has consumed it");

    let (old, new) = ("ada@example.org", "new@example.org");
    let set = store.set_email(&mut tx, &id, old, new, Keep).await?;
    assert!(matches!(set, EmailSet::Set { .. }));
    let set = store.set_email(&mut tx, &id, old, new, Keep).await?;
    assert!(
        matches!(set, EmailSet::Changed),
        "this transaction has changed it"
    );
    let deleted = store.delete(&mut tx, &id).await?;
    assert_eq!(id_of(deleted), Some(id.clone()), "its own account");
    let set = store.mark_verified(&mut tx, &id, new).await?;
    assert!(set.is_none(), "this transaction has deleted it");
    let again = store
        .insert(&mut tx, &trial.named("ada"), Keep, NOW)
        .await?;
    assert_eq!(told(&again), STORED, "the name is free again");
    commit(store, tx).await;

    let all = store.page(None, 10).await?;
    assert_eq!(all.len(), 1, "the last one is there");
    assert!(!trial.is_out(&token).await?);
    Ok(())
}

pub async fn what_is_not_committed_is_not_seen<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let full = Full::new(trial).await?;
    let store = full.trial.store.clone();
    let before = full.look().await?;
    let mut tx = store.begin().await?;
    for write in Write::ALL {
        full.write(&mut tx, write).await?;
    }
    store
        .file_request(&mut tx, &request("eve@example.org"))
        .await?;
    let looking = tokio::spawn(async move {
        let login = NormalForm::of("eve@example.org");
        let by_login = id_of(full.trial.store.find_by_login(&login).await?);
        let by_email = id_of(full.trial.store.find_by_email(&login).await?);
        Outcome::Ok((by_login, by_email, full.look().await?))
    });
    // A store may have whoever looks wait for the transaction. This one has begun, by then.
    sleep(Duration::from_millis(100));
    store.rollback(tx).await?;
    let (by_login, by_email, seen) = looking.await.expect("it does not panic")?;
    assert_eq!(by_login, None, "by a login that is not committed");
    assert_eq!(by_email, None, "by an address that is not committed");
    assert_eq!(seen, before, "what is not committed is not seen");
    Ok(())
}

pub async fn who_has_a_transaction_can_look<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let full = Full::new(trial).await?;
    let store = full.trial.store.clone();
    let before = full.look().await?;
    let mut tx = store.begin().await?;
    full.write(&mut tx, Write::Insert).await?;
    let looked = tokio::time::timeout(Duration::from_secs(30), full.look()).await;
    let looked = looked.expect("looking does not wait for one's own transaction")?;
    assert_eq!(looked, before, "what is not committed is not seen");
    commit(&store, tx).await;
    Ok(())
}

pub async fn a_transaction_is_usable_whatever_an_operation_comes_to<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let store = &trial.store;
    let id = trial.stored_named("ada").await?;
    let nobody = UserId::new("no such id");
    let hash = password(Some("hash"), 1);
    let mut tx = store.begin().await?;
    let again = store
        .insert(&mut tx, &trial.named("ada"), Keep, NOW)
        .await?;
    assert_eq!(told(&again), Inserted::UsernameTaken);
    let wrong = password(Some("wrong"), 1);
    let wrong = Expected::Stored(&wrong);
    assert!(
        store
            .set_password(&mut tx, &id, wrong, &hash)
            .await?
            .is_none()
    );
    assert!(store.mark_verified(&mut tx, &id, "wrong").await?.is_none());
    let changed = store.set_email(&mut tx, &id, "wrong", "new@example.org", Replace);
    assert!(matches!(changed.await?, EmailSet::Changed));
    assert!(
        !store
            .put_token(&mut tx, &nobody, RESET, &pending(1))
            .await?
    );
    let token = TokenKey::of_pending(RESET, &pending(1));
    assert!(store.consume_token(&mut tx, &token, NOW).await?.is_none());
    store.end_tokens(&mut tx, &nobody).await?;
    assert!(store.delete(&mut tx, &nobody).await?.is_none());
    assert!(!store.take_request(&mut tx, RequestNumber(-1)).await?);
    store.clear_attempts(&mut tx, &[]).await?;
    store.return_attempts(&mut tx, &[]).await?;
    store.append_audit(&mut tx, &[]).await?;
    let set = store
        .set_password(&mut tx, &id, Expected::Any, &hash)
        .await?;
    assert!(set.is_some(), "it is usable");
    commit(store, tx).await;
    let found = store.find(&id).await?.map(|user| user.kept().password);
    assert_eq!(found, Some(Some("hash".to_owned())), "and was committed");
    Ok(())
}
