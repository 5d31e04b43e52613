//! Cases about usernames and addresses with an empty normal form.

use super::addresses::{OLD, set};
use super::fixture::{Fixture, id_of, state_of};
use super::trial::{NOW, Outcome, Trial, commit};
use crate::normal_form::NormalForm;
use crate::store::UnverifiedHolders::{Keep, Replace};
use crate::store::{AccountStore, EmailSet, Inserted};

/// Returns texts with an empty normal form: blank ones, and one that is too long.
fn unstorable() -> [String; 4] {
    ["", " ", "\t\n", &"a".repeat(2000)].map(str::to_owned)
}

pub async fn insert_refuses_an_empty_normal_form<S: AccountStore>(trial: Trial<S>) -> Outcome {
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
        panic!("the username and the address of bob are free");
    };
    commit(store, transaction).await;
    let all = store.page(None, 10).await?;
    let all: Vec<_> = all.iter().map(Fixture::state).collect();
    assert_eq!(
        all,
        [ada.state(), bob.state()],
        "no other account is stored"
    );
    Ok(())
}

pub async fn set_email_refuses_an_empty_normal_form<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let ada = trial.stored(&trial.account("ada", OLD)).await?;
    for text in unstorable() {
        let changed = set(&trial, &ada.stored_id(), OLD, &text, Replace).await?;
        assert_eq!(changed, EmailSet::Unstorable, "{text:?}");
    }
    let found = state_of(trial.store.find(&ada.stored_id()).await?);
    assert_eq!(found, Some(ada.state()), "the account is unchanged");
    Ok(())
}

pub async fn lookups_by_an_empty_normal_form_find_no_account<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
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
