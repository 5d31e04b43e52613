//! Cases about `set_password`, `lock_if_unchanged` and `set_active`.

use super::fixture::{AccountState, Fixture, password, state_of};
use super::trial::{Outcome, Trial};
use crate::password::Password;
use crate::store::{AccountStore, Expected};
use crate::user_id::UserId;

async fn set<S: AccountStore>(
    trial: &Trial<S>,
    id: &UserId,
    expected: Expected<'_>,
    password: &Password,
) -> Outcome<Option<AccountState>> {
    let set = trial
        .write(async |tx| trial.store.set_password(tx, id, expected, password).await)
        .await?;
    let set = state_of(set);
    if set.is_some() {
        let found = state_of(trial.store.find(id).await?);
        assert_eq!(found, set, "`set_password` returns the stored account");
    }
    Ok(set)
}

pub async fn set_password_replaces_any_password<S: AccountStore>(trial: Trial<S>) -> Outcome {
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
        let expected = AccountState {
            password: stored.map(str::to_owned),
            epoch: [epoch; 32],
            ..ada.state()
        };
        let changed = set(&trial, &id, Expected::Any, &password(stored, epoch)).await?;
        assert_eq!(
            changed,
            Some(expected),
            "only the hash and the epoch change"
        );
    }
    let other = trial.store.find(&bob.stored_id()).await?;
    assert_eq!(
        state_of(other),
        Some(bob.state()),
        "another account is unchanged"
    );
    Ok(())
}

pub async fn set_password_stores_the_epoch_of_a_fresh_password<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let id = trial.stored_named("ada").await?;
    let fresh = Password::from_stored(Some("fresh".to_owned()));
    let changed = set(&trial, &id, Expected::Any, &fresh).await?;
    let epoch = changed.map(|user| user.epoch);
    assert_eq!(epoch, Some(*fresh.epoch().as_bytes()));
    Ok(())
}

pub async fn set_password_requires_the_expected_hash_and_epoch<S: AccountStore>(
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
        assert_eq!(changed, None, "{wrong:?} is not the stored hash");
        let found = state_of(trial.store.find(&id).await?);
        assert_eq!(found, Some(ada.state()), "the account is unchanged");
    }
    let of_another_epoch = password(Some(HASH), 2);
    let changed = set(&trial, &id, Expected::Stored(&of_another_epoch), &new).await?;
    assert_eq!(changed, None, "the epoch has changed");
    let expected = password(Some(HASH), 1);
    let expected = Expected::Stored(&expected);
    let changed = set(&trial, &id, expected, &new).await?;
    assert!(changed.is_some(), "the expected hash and epoch are stored");
    let changed = set(&trial, &id, expected, &new).await?;
    assert_eq!(changed, None, "the expected hash is no longer stored");
    Ok(())
}

pub async fn lock_if_unchanged_compares_and_writes_nothing<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let store = &trial.store;
    let ada = trial.named("ada").with_password(Some("hash"), 1).verified();
    let ada = trial.stored(&ada).await?;
    let id = ada.stored_id();
    for (stored, epoch, is_expected) in [
        (Some("hash"), 1, true),
        (Some("Hash"), 1, false),
        (Some("hash"), 2, false),
        (None, 1, false),
        (Some("hash"), 1, true),
    ] {
        let expected = password(stored, epoch);
        let locked = trial.write(async |tx| store.lock_if_unchanged(tx, &id, &expected).await);
        let locked = state_of(locked.await?);
        assert_eq!(
            locked,
            is_expected.then(|| ada.state()),
            "{stored:?} with epoch {epoch}"
        );
        let found = state_of(store.find(&id).await?);
        assert_eq!(found, Some(ada.state()), "the account is unchanged");
    }
    Ok(())
}

pub async fn set_password_distinguishes_no_hash_from_an_empty_hash<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let ada = trial.named("ada").with_password(None, 1);
    let id = trial.stored(&ada).await?.stored_id();
    let (none, empty) = (password(None, 1), password(Some(""), 1));
    let (is_none, is_empty) = (Expected::Stored(&none), Expected::Stored(&empty));
    let changed = set(&trial, &id, is_empty, &empty).await?;
    assert_eq!(changed, None, "no hash differs from an empty hash");
    let changed = set(&trial, &id, is_none, &empty).await?;
    assert!(changed.is_some(), "no hash is stored");
    let changed = set(&trial, &id, is_none, &empty).await?;
    assert_eq!(changed, None, "an empty hash differs from no hash");
    let changed = set(&trial, &id, is_empty, &none).await?;
    assert!(changed.is_some(), "an empty hash is stored");
    let changed = set(&trial, &id, is_none, &none).await?;
    assert!(changed.is_some(), "no hash is stored again");
    Ok(())
}

pub async fn set_active_stores_the_state_and_the_epoch<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let store = &trial.store;
    let ada = trial.named("ada").with_password(Some("hash"), 1).verified();
    let ada = trial.stored(&ada).await?;
    let id = ada.stored_id();
    let bob = trial
        .stored(&trial.named("bob").with_password(None, 1))
        .await?;
    for (is_active, epoch) in [(false, 2), (false, 3), (true, 4), (true, 4)] {
        let expected = AccountState {
            is_active,
            epoch: [epoch; 32],
            ..ada.state()
        };
        let epoch = super::fixture::epoch(epoch);
        let changed = trial
            .write(async |tx| store.set_active(tx, &id, is_active, epoch).await)
            .await?;
        assert_eq!(
            state_of(changed),
            Some(expected.clone()),
            "`set_active` returns the stored account"
        );
        let found = state_of(store.find(&id).await?);
        assert_eq!(found, Some(expected), "only the state and the epoch change");
    }
    let other = state_of(store.find(&bob.stored_id()).await?);
    assert_eq!(other, Some(bob.state()), "another account is unchanged");
    Ok(())
}
