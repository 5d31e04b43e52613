//! Passwords are put in place of others.

use super::fixture::{Fixture, Kept, kept, password};
use super::trial::{Outcome, Trial};
use crate::password::Password;
use crate::store::{AccountStore, Expected};
use crate::user_id::UserId;

async fn set<S: AccountStore>(
    trial: &Trial<S>,
    id: &UserId,
    expected: Expected<'_>,
    password: &Password,
) -> Outcome<Option<Kept>> {
    let set = trial
        .write(async |tx| trial.store.set_password(tx, id, expected, password).await)
        .await?;
    let set = kept(set);
    if set.is_some() {
        let found = kept(trial.store.find(id).await?);
        assert_eq!(found, set, "`set_password` returns what is stored then");
    }
    Ok(set)
}

pub async fn a_password_is_replaced_whichever_it_is<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let ada = trial
        .named("ada")
        .with_password(Some("first"), 1)
        .verified();
    let ada = trial.stored(&ada).await?;
    let id = ada.stored_id();
    let bob = trial
        .stored(&trial.named("bob").with_password(Some("first"), 1))
        .await?;
    for (stored, epoch) in [
        (Some("second"), 2),
        (Some("second"), 3),
        (None, 4),
        (Some(""), 5),
        (Some("last"), 5),
    ] {
        let expected = Kept {
            password: stored.map(str::to_owned),
            epoch: [epoch; 32],
            ..ada.kept()
        };
        let changed = set(&trial, &id, Expected::Any, &password(stored, epoch)).await?;
        assert_eq!(changed, Some(expected), "the hash and the epoch alone");
    }
    let other = trial.store.find(&bob.stored_id()).await?;
    assert_eq!(kept(other), Some(bob.kept()), "another account's stays");
    Ok(())
}

pub async fn a_password_of_its_own_epoch_has_that<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let id = trial.stored_named("ada").await?;
    let fresh = Password::from_stored(Some("fresh".to_owned()));
    let changed = set(&trial, &id, Expected::Any, &fresh).await?;
    let epoch = changed.map(|user| user.epoch);
    assert_eq!(epoch, Some(*fresh.epoch().as_bytes()));
    Ok(())
}

pub async fn a_password_is_replaced_only_if_it_is_the_expected_one<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    const HASH: &str = "$argon2id$v=19$m=64,t=1,p=1$IbzGsREOESze5yOjaArMRw";
    let ada = trial
        .stored(&trial.named("ada").with_password(Some(HASH), 1))
        .await?;
    let id = ada.stored_id();
    let new = password(Some("new"), 2);
    for wrong in [
        None,
        Some(""),
        Some("another"),
        Some(&HASH[1..]),
        Some(&HASH[..HASH.len() - 1]),
        Some(&*HASH.to_uppercase()),
        Some(&*format!("{HASH} ")),
        Some("%"),
    ] {
        let expected = password(wrong, 1);
        let changed = set(&trial, &id, Expected::Stored(&expected), &new).await?;
        assert_eq!(changed, None, "{wrong:?} is not what is stored");
        let found = kept(trial.store.find(&id).await?);
        assert_eq!(found, Some(ada.kept()), "nothing has changed");
    }
    let of_another_epoch = password(Some(HASH), 2);
    let changed = set(&trial, &id, Expected::Stored(&of_another_epoch), &new).await?;
    assert_eq!(changed, None, "its sessions have ended since");
    let expected = password(Some(HASH), 1);
    let expected = Expected::Stored(&expected);
    let changed = set(&trial, &id, expected, &new).await?;
    assert!(changed.is_some(), "it is what is stored");
    let changed = set(&trial, &id, expected, &new).await?;
    assert_eq!(changed, None, "it is stored no more");
    Ok(())
}

pub async fn an_unchanged_account_is_locked_and_not_written<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let store = &trial.store;
    let ada = trial.named("ada").with_password(Some("hash"), 1).verified();
    let ada = trial.stored(&ada).await?;
    let id = ada.stored_id();
    for (stored, epoch, is_it) in [
        (Some("hash"), 1, true),
        (Some("Hash"), 1, false),
        (Some("hash"), 2, false),
        (None, 1, false),
        (Some("hash"), 1, true),
    ] {
        let expected = password(stored, epoch);
        let locked = trial.write(async |tx| store.lock_if_unchanged(tx, &id, &expected).await);
        let locked = kept(locked.await?);
        assert_eq!(locked, is_it.then(|| ada.kept()), "{stored:?} of {epoch}");
        let found = kept(store.find(&id).await?);
        assert_eq!(found, Some(ada.kept()), "nothing has changed");
    }
    Ok(())
}

pub async fn that_there_is_no_password_can_be_expected<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let ada = trial.named("ada").with_password(None, 1);
    let id = trial.stored(&ada).await?.stored_id();
    let (none, empty) = (password(None, 1), password(Some(""), 1));
    let (is_none, is_empty) = (Expected::Stored(&none), Expected::Stored(&empty));
    let changed = set(&trial, &id, is_empty, &empty).await?;
    assert_eq!(changed, None, "no hash is not an empty one");
    let changed = set(&trial, &id, is_none, &empty).await?;
    assert!(changed.is_some(), "there is none");
    let changed = set(&trial, &id, is_none, &empty).await?;
    assert_eq!(changed, None, "an empty hash is not none");
    let changed = set(&trial, &id, is_empty, &none).await?;
    assert!(changed.is_some(), "the empty one is stored");
    let changed = set(&trial, &id, is_none, &none).await?;
    assert!(changed.is_some(), "there is none again");
    Ok(())
}

pub async fn an_account_goes_out_of_use_and_back<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let store = &trial.store;
    let ada = trial.named("ada").with_password(Some("hash"), 1).verified();
    let ada = trial.stored(&ada).await?;
    let id = ada.stored_id();
    let bob = trial
        .stored(&trial.named("bob").with_password(None, 1))
        .await?;
    for (is_active, epoch) in [(false, 2), (false, 3), (true, 4), (true, 4)] {
        let expected = Kept {
            is_active,
            epoch: [epoch; 32],
            ..ada.kept()
        };
        let epoch = super::fixture::epoch(epoch);
        let changed = trial
            .write(async |tx| store.set_active(tx, &id, is_active, epoch).await)
            .await?;
        assert_eq!(
            kept(changed),
            Some(expected.clone()),
            "`set_active` returns it"
        );
        let found = kept(store.find(&id).await?);
        assert_eq!(found, Some(expected), "that alone is stored");
    }
    let other = kept(store.find(&bob.stored_id()).await?);
    assert_eq!(other, Some(bob.kept()), "another account stays as it is");
    Ok(())
}
