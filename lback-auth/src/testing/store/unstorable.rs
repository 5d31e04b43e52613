//! Names and addresses with an empty normal form.

use super::addresses::{OLD, set};
use super::fixture::{Fixture, id_of, kept};
use super::trial::{NOW, Outcome, Trial, commit};
use crate::normal_form::NormalForm;
use crate::store::UnverifiedHolders::{Keep, Replace};
use crate::store::{AccountStore, EmailSet, Inserted};

/// Texts with an empty normal form: blank ones, and one that is too long.
fn unstorable() -> [String; 4] {
    ["", " ", "\t\n", &"a".repeat(2000)].map(str::to_owned)
}

pub async fn an_account_without_a_name_or_an_address_is_not_stored<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let store = &trial.store;
    let ada = trial.stored(&trial.named("ada")).await?;
    let mut transaction = store.begin().await?;
    for text in unstorable() {
        for (name, email) in [
            (&*text, "bob@example.org"),
            ("bob", &*text),
            (&*text, &*text),
            (&*text, "ada@example.org"),
            ("ada", &*text),
        ] {
            let user = trial.account(name, email);
            let inserted = store.insert(&mut transaction, &user, Replace, NOW).await?;
            let is_refused = matches!(inserted, Inserted::Unstorable);
            assert!(is_refused, "{name:?} with {email:?}");
        }
    }
    // The transaction is usable after a refusal.
    let bob = store
        .insert(&mut transaction, &trial.named("bob"), Keep, NOW)
        .await?;
    let Inserted::Stored { user: bob, .. } = bob else {
        panic!("no account is in the way of bob");
    };
    commit(store, transaction).await;
    let all = store.page(None, 10).await?;
    let all: Vec<_> = all.iter().map(Fixture::kept).collect();
    assert_eq!(all, [ada.kept(), bob.kept()], "there is no other account");
    Ok(())
}

pub async fn an_address_without_a_normal_form_is_not_set<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let ada = trial.stored(&trial.account("ada", OLD)).await?;
    for text in unstorable() {
        let changed = set(&trial, &ada.stored_id(), OLD, &text, Replace).await?;
        assert_eq!(changed, EmailSet::Unstorable, "{text:?}");
    }
    let found = kept(trial.store.find(&ada.stored_id()).await?);
    assert_eq!(found, Some(ada.kept()), "nothing has changed");
    Ok(())
}

pub async fn an_empty_normal_form_finds_no_account<S: AccountStore>(trial: Trial<S>) -> Outcome {
    trial.stored_named("ada").await?;
    for text in unstorable() {
        let form = NormalForm::of(&text);
        let found = id_of(trial.store.find_by_login(&form).await?);
        assert_eq!(found, None, "by the login {text:?}");
        let found = id_of(trial.store.find_by_email(&form).await?);
        assert_eq!(found, None, "by the address {text:?}");
    }
    Ok(())
}
