//! A name that is the account's address follows it.

use super::addresses::{OLD, set, with_address, without_replacing};
use super::fixture::{Fixture, Kept, id_of, kept};
use super::replacing::Holder;
use super::trial::{Outcome, Trial};
use crate::auth_user::AuthUser;
use crate::normal_form::NormalForm;
use crate::store::UnverifiedHolders::Replace;
use crate::store::{AccountStore, EmailSet};

const NEW: &str = "Ada@new.example";

/// The account with another address, verified, which is its name too.
fn followed(user: &impl Fixture, email: &str) -> Kept {
    Kept {
        username: email.to_owned(),
        ..with_address(user, email)
    }
}

pub async fn a_name_that_is_the_address_follows_it<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let store = &trial.store;
    let ada = trial.stored(&trial.account("ADA@example.ORG", OLD)).await?;
    let id = ada.stored_id();
    // Longer than any other name of a `User`.
    let long = format!("ada@{}.example", vec!["x".repeat(60); 3].join("."));
    for (old, new) in [
        (OLD, "ada@Example.org"),
        ("ada@Example.org", NEW),
        (NEW, &long),
        (&long, "ada@newer.example"),
    ] {
        let changed = set(&trial, &id, old, new, Replace).await?;
        assert_eq!(changed, without_replacing(followed(&ada, new)), "to {new}");
        let found = kept(store.find(&id).await?);
        assert_eq!(found, Some(followed(&ada, new)), "{new} is stored");
    }
    for (login, expected) in [("ada@newer.example", Some(&id)), (NEW, None), (OLD, None)] {
        let found = id_of(store.find_by_login(&NormalForm::of(login)).await?);
        assert_eq!(found.as_ref(), expected, "by the login {login}");
    }
    // Both are free for another.
    trial.stored(&trial.account(OLD, OLD)).await?;
    Ok(())
}

pub async fn a_name_that_is_another_text_stays<S: AccountStore>(trial: Trial<S>) -> Outcome {
    for (number, name) in (0..).zip(["ada", "ada@example.com", "Ada@example.org.example"]) {
        let email = format!("ada-{number}@example.org");
        let ada = trial.stored(&trial.account(name, &email)).await?;
        let new = format!("ada-{number}@new.example");
        let changed = set(&trial, &ada.stored_id(), &email, &new, Replace).await?;
        assert_eq!(
            changed,
            without_replacing(with_address(&ada, &new)),
            "{name}"
        );
    }
    Ok(())
}

pub async fn a_name_does_not_follow_into_anothers_name<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let ada = trial.stored(&trial.account(OLD, OLD)).await?;
    let named = trial.account("ADA@new.example", "named@example.org");
    let named = Holder::new(&trial, &named, 1).await?;
    let changed = set(&trial, &ada.stored_id(), OLD, NEW, Replace).await?;
    assert_eq!(changed, EmailSet::Taken, "it is another account's name");
    let found = kept(trial.store.find(&ada.stored_id()).await?);
    assert_eq!(found, Some(ada.kept()), "nothing has changed");
    assert!(named.is_there(&trial).await?, "the other account stays");
    Ok(())
}

pub async fn a_holder_of_both_gives_way_to_a_name_that_follows<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let ada = trial.stored(&trial.account(OLD, OLD)).await?;
    let holder = trial.account("ADA@new.example", "ada@new.example");
    let holder = Holder::new(&trial, &holder, 1).await?;
    let changed = set(&trial, &ada.stored_id(), OLD, NEW, Replace).await?;
    let expected = EmailSet::Set {
        user: followed(&ada, NEW),
        replaced: Some(holder.user.clone()),
    };
    assert_eq!(changed, expected);
    assert_eq!(ada.username(), OLD, "what was loaded before is as it was");
    Ok(())
}
