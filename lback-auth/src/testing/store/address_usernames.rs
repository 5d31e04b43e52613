//! Cases about usernames that are the account's address, which `set_email` changes too.

use super::addresses::{OLD, set, with_address, without_replacing};
use super::fixture::{AccountState, Fixture, id_of, state_of};
use super::replacement::Holder;
use super::trial::{Outcome, Trial};
use crate::auth_user::AuthUser;
use crate::normal_form::NormalForm;
use crate::store::UnverifiedHolders::Replace;
use crate::store::{AccountStore, EmailSet};

const NEW: &str = "Ada@new.example";

/// Returns the state of the account with another address, verified, as its username too.
fn with_address_and_username(user: &impl Fixture, email: &str) -> AccountState {
    AccountState {
        username: email.to_owned(),
        ..with_address(user, email)
    }
}

pub async fn a_username_that_is_the_address_changes_with_it<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let store = &trial.store;
    let ada = trial.stored(&trial.account("ADA@example.ORG", OLD)).await?;
    let id = ada.stored_id();
    // Longer than a username of `User` may be unless it is the address.
    let long = format!("ada@{}.example", vec!["x".repeat(60); 3].join("."));
    for (old, new) in [
        (OLD, "ada@Example.org"),
        ("ada@Example.org", NEW),
        (NEW, &long),
        (&long, "ada@newer.example"),
    ] {
        let changed = set(&trial, &id, old, new, Replace).await?;
        assert_eq!(
            changed,
            without_replacing(with_address_and_username(&ada, new)),
            "to {new}"
        );
        let found = state_of(store.find(&id).await?);
        assert_eq!(
            found,
            Some(with_address_and_username(&ada, new)),
            "{new} is stored as address and username"
        );
    }
    for (login, expected) in [("ada@newer.example", Some(&id)), (NEW, None), (OLD, None)] {
        let found = id_of(store.find_by_login(&NormalForm::of(login)).await?);
        assert_eq!(found.as_ref(), expected, "by the login {login}");
    }
    // The old username and the old address are free for another account.
    trial.stored(&trial.account(OLD, OLD)).await?;
    Ok(())
}

pub async fn any_other_username_does_not_change_with_the_address<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
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

pub async fn a_username_does_not_change_to_a_taken_one<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let ada = trial.stored(&trial.account(OLD, OLD)).await?;
    let named = trial.account("ADA@new.example", "named@example.org");
    let named = Holder::new(&trial, &named, 1).await?;
    let changed = set(&trial, &ada.stored_id(), OLD, NEW, Replace).await?;
    assert_eq!(changed, EmailSet::Taken, "another account has the username");
    let found = state_of(trial.store.find(&ada.stored_id()).await?);
    assert_eq!(found, Some(ada.state()), "the account is unchanged");
    assert!(named.is_stored(&trial).await?, "the other account remains");
    Ok(())
}

pub async fn set_email_replaces_a_holder_of_both_username_and_address<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let ada = trial.stored(&trial.account(OLD, OLD)).await?;
    let holder = trial.account("ADA@new.example", "ada@new.example");
    let holder = Holder::new(&trial, &holder, 1).await?;
    let changed = set(&trial, &ada.stored_id(), OLD, NEW, Replace).await?;
    let expected = EmailSet::Set {
        user: with_address_and_username(&ada, NEW),
        replaced: Some(holder.user.clone()),
    };
    assert_eq!(changed, expected);
    assert_eq!(
        ada.username(),
        OLD,
        "an account that was loaded before does not change"
    );
    Ok(())
}
