//! Cases about `mark_verified` and `set_email`.

use super::fixture::{AccountState, Fixture, id_of, state_of};
use super::replacement::Holder;
use super::trial::{Outcome, Trial, commit};
use crate::auth_user::AuthUser;
use crate::normal_form::NormalForm;
use crate::store::UnverifiedHolders::{Keep, Replace};
use crate::store::{AccountStore, EmailSet, UnverifiedHolders};
use crate::user_id::UserId;

pub(super) const OLD: &str = "Ada@example.org";

/// Stores an account with the address [`OLD`].
async fn ada<S: AccountStore>(trial: &Trial<S>) -> Outcome<S::User> {
    let ada = trial.account("ada", OLD).with_password(Some("hash"), 1);
    trial.stored(&ada).await
}

pub(super) async fn set<S: AccountStore>(
    trial: &Trial<S>,
    id: &UserId,
    old: &str,
    new: &str,
    holders: UnverifiedHolders,
) -> Outcome<EmailSet<AccountState>> {
    let store = &trial.store;
    let set = trial
        .write(async |tx| store.set_email(tx, id, old, new, holders).await)
        .await?;
    Ok(match set {
        EmailSet::Set { user, replaced } => EmailSet::Set {
            user: user.state(),
            replaced: state_of(replaced),
        },
        EmailSet::Taken => EmailSet::Taken,
        EmailSet::Changed => EmailSet::Changed,
        EmailSet::Unstorable => EmailSet::Unstorable,
    })
}

/// Returns the outcome of a change of address that replaced no account.
pub(super) fn without_replacing(user: AccountState) -> EmailSet<AccountState> {
    EmailSet::Set {
        user,
        replaced: None,
    }
}

/// Returns the state of the account with another address, verified.
pub(super) fn with_address(user: &impl Fixture, email: &str) -> AccountState {
    AccountState {
        email: email.to_owned(),
        verified: Some(email.to_owned()),
        ..user.state()
    }
}

pub async fn mark_verified_compares_the_address_byte_by_byte<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let store = &trial.store;
    let ada = ada(&trial).await?;
    let id = ada.stored_id();
    let bob = trial.stored(&trial.named("bob")).await?;
    let mark = async |email: &str| {
        trial
            .write(async |tx| store.mark_verified(tx, &id, email).await)
            .await
    };
    for other in [
        "ada@example.org",
        "Ada@example.org ",
        "Ada@example.or",
        "bob@example.org",
        "",
    ] {
        assert_eq!(
            state_of(mark(other).await?),
            None,
            "{other:?} is not the address of the account"
        );
        let found = state_of(store.find(&id).await?);
        assert_eq!(found, Some(ada.state()), "the account is unchanged");
    }
    for time in ["the first call", "the second call"] {
        let marked = state_of(mark(OLD).await?);
        assert_eq!(marked, Some(with_address(&ada, OLD)), "{time}");
        let found = state_of(store.find(&id).await?);
        assert_eq!(
            found, marked,
            "`mark_verified` returns the stored account, {time}"
        );
    }
    let other = state_of(store.find(&bob.stored_id()).await?);
    assert_eq!(other, Some(bob.state()), "another account is unchanged");
    Ok(())
}

pub async fn mark_verified_overwrites_a_previously_verified_address<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let ada = trial
        .account("ada", OLD)
        .once_verified("before@example.org");
    let ada = trial.stored(&ada).await?;
    let id = ada.stored_id();
    let marked = trial.write(async |tx| trial.store.mark_verified(tx, &id, OLD).await);
    assert_eq!(state_of(marked.await?), Some(with_address(&ada, OLD)));
    Ok(())
}

pub async fn set_email_changes_and_verifies_the_address<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let store = &trial.store;
    let ada = ada(&trial).await?;
    let bob = trial.stored(&trial.named("bob")).await?;
    let (id, new) = (ada.stored_id(), "New@Example.org");
    let changed = set(&trial, &id, OLD, new, Keep).await?;
    assert_eq!(changed, without_replacing(with_address(&ada, new)));
    let found = state_of(store.find(&id).await?);
    assert_eq!(
        found,
        Some(with_address(&ada, new)),
        "the new address is stored"
    );

    let find =
        async |email: &str| Outcome::Ok(id_of(store.find_by_email(&NormalForm::of(email)).await?));
    assert_eq!(
        find("NEW@example.org").await?,
        Some(id),
        "`find_by_email` with the new address"
    );
    assert_eq!(
        find(OLD).await?,
        None,
        "`find_by_email` with the old address"
    );
    let other = state_of(store.find(&bob.stored_id()).await?);
    assert_eq!(other, Some(bob.state()), "another account is unchanged");
    let next = trial.account("next", "ADA@example.org");
    trial.stored(&next).await?; // the old address is free
    Ok(())
}

pub async fn set_email_requires_the_old_address<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let ada = ada(&trial).await?;
    let id = ada.stored_id();
    let holder = Holder::new(&trial, &trial.named("holder"), 1).await?;
    for old in [
        "ada@example.org",
        "Ada@example.org ",
        "",
        "holder@example.org",
    ] {
        for new in ["new@example.org", "holder@example.org", OLD] {
            let changed = set(&trial, &id, old, new, Replace).await?;
            assert_eq!(changed, EmailSet::Changed, "from {old:?} to {new}");
            let found = state_of(trial.store.find(&id).await?);
            assert_eq!(found, Some(ada.state()), "the account is unchanged");
        }
    }
    assert!(
        holder.is_stored(&trial).await?,
        "a refused change replaces no account"
    );
    Ok(())
}

pub async fn set_email_refuses_a_taken_address<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let store = &trial.store;
    let ada = ada(&trial).await?;
    let id = ada.stored_id();
    let takers = [
        (trial.named("verified").verified(), Replace),
        (
            trial.named("once").once_verified("before@example.org"),
            Replace,
        ),
        (trial.named("inactive").inactive(), Replace),
        (trial.named("unverified"), Keep),
    ];
    for (number, (user, holders)) in (0..).zip(takers) {
        let holder = Holder::new(&trial, &user, number).await?;
        for email in [user.email().to_owned(), user.email().to_uppercase()] {
            let mut tx = store.begin().await?;
            let set = store.set_email(&mut tx, &id, OLD, &email, holders);
            assert!(matches!(set.await?, EmailSet::Taken), "{email} is taken");
            // The transaction is usable after a refusal.
            let marked = store.mark_verified(&mut tx, &id, OLD).await?;
            assert!(marked.is_some(), "the address is unchanged");
            commit(store, tx).await;
        }
        assert!(
            holder.is_stored(&trial).await?,
            "the holder of the address remains"
        );
    }
    let found = state_of(store.find(&id).await?);
    assert_eq!(
        found,
        Some(with_address(&ada, OLD)),
        "the old address is stored, verified"
    );
    Ok(())
}

pub async fn set_email_replaces_an_unverified_holder<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let ada = ada(&trial).await?;
    let holder = Holder::new(&trial, &trial.named("holder"), 1).await?;
    let other = Holder::new(&trial, &trial.named("other"), 2).await?;
    let new = "HOLDER@example.org";
    let changed = set(&trial, &ada.stored_id(), OLD, new, Replace).await?;
    let expected = EmailSet::Set {
        user: with_address(&ada, new),
        replaced: Some(holder.user.clone()),
    };
    assert_eq!(
        changed, expected,
        "`set_email` returns the replaced account"
    );
    assert!(
        !holder.is_stored(&trial).await?,
        "the replaced account is deleted"
    );
    assert!(
        other.is_stored(&trial).await?,
        "an account with another address remains"
    );
    Ok(())
}

pub async fn set_email_may_change_only_the_spelling<S: AccountStore>(trial: Trial<S>) -> Outcome {
    // The account itself is unverified and active. Only the comparison of ids protects it from `Replace`.
    let ada = Holder::new(&trial, &trial.account("ada", OLD), 1).await?;
    let user = trial.store.find(&ada.id).await?.expect("it is stored");
    let (other, third) = ("ada@Example.ORG", "ADA@example.org");
    for (old, new, holders) in [
        (OLD, other, Replace),
        (other, third, Keep),
        (third, third, Replace),
    ] {
        let changed = set(&trial, &ada.id, old, new, holders).await?;
        assert_eq!(
            changed,
            without_replacing(with_address(&user, new)),
            "{old} to {new}"
        );
    }
    assert!(
        ada.is_stored(&trial).await?,
        "the account does not replace itself"
    );
    Ok(())
}

pub async fn set_email_accepts_the_username_of_another_account<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let named = trial.account("new@example.org", "bob@example.org");
    let named = Holder::new(&trial, &named, 1).await?;
    let ada = ada(&trial).await?;
    let changed = set(&trial, &ada.stored_id(), OLD, "new@example.org", Replace).await?;
    assert_eq!(
        changed,
        without_replacing(with_address(&ada, "new@example.org")),
        "usernames of other accounts do not count as addresses"
    );
    assert!(
        named.is_stored(&trial).await?,
        "an account with this username only remains"
    );
    Ok(())
}
