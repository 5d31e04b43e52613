//! Addresses are verified, and changed.

use super::fixture::{Fixture, Kept, id_of, kept};
use super::replacing::Holder;
use super::trial::{Outcome, Trial, commit};
use crate::auth_user::AuthUser;
use crate::normal_form::NormalForm;
use crate::store::UnverifiedHolders::{Keep, Replace};
use crate::store::{AccountStore, EmailSet, UnverifiedHolders};
use crate::user_id::UserId;

pub(super) const OLD: &str = "Ada@example.org";

/// Ada, whose address is [`OLD`].
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
) -> Outcome<EmailSet<Kept>> {
    let store = &trial.store;
    let set = trial
        .write(async |tx| store.set_email(tx, id, old, new, holders).await)
        .await?;
    Ok(match set {
        EmailSet::Set { user, replaced } => EmailSet::Set {
            user: user.kept(),
            replaced: kept(replaced),
        },
        EmailSet::Taken => EmailSet::Taken,
        EmailSet::Changed => EmailSet::Changed,
        EmailSet::Unstorable => EmailSet::Unstorable,
    })
}

/// An address that is set, and that nobody gave way to.
pub(super) fn without_replacing(user: Kept) -> EmailSet<Kept> {
    EmailSet::Set {
        user,
        replaced: None,
    }
}

/// The account with another address, verified.
pub(super) fn with_address(user: &impl Fixture, email: &str) -> Kept {
    Kept {
        email: email.to_owned(),
        verified: Some(email.to_owned()),
        ..user.kept()
    }
}

pub async fn an_address_is_marked_as_verified_to_the_byte<S: AccountStore>(
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
            kept(mark(other).await?),
            None,
            "{other:?} is not its address"
        );
        let found = kept(store.find(&id).await?);
        assert_eq!(found, Some(ada.kept()), "nothing has changed");
    }
    for time in ["the first time", "again"] {
        let marked = kept(mark(OLD).await?);
        assert_eq!(marked, Some(with_address(&ada, OLD)), "{time}");
        let found = kept(store.find(&id).await?);
        assert_eq!(
            found, marked,
            "`mark_verified` returns what is stored, {time}"
        );
    }
    let other = kept(store.find(&bob.stored_id()).await?);
    assert_eq!(other, Some(bob.kept()), "another account stays as it is");
    Ok(())
}

pub async fn an_address_of_before_gives_way_to_the_verified_one<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let ada = trial
        .account("ada", OLD)
        .once_verified("before@example.org");
    let ada = trial.stored(&ada).await?;
    let id = ada.stored_id();
    let marked = trial.write(async |tx| trial.store.mark_verified(tx, &id, OLD).await);
    assert_eq!(kept(marked.await?), Some(with_address(&ada, OLD)));
    Ok(())
}

pub async fn an_address_is_changed_and_verified<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let store = &trial.store;
    let ada = ada(&trial).await?;
    let bob = trial.stored(&trial.named("bob")).await?;
    let (id, new) = (ada.stored_id(), "New@Example.org");
    let changed = set(&trial, &id, OLD, new, Keep).await?;
    assert_eq!(changed, without_replacing(with_address(&ada, new)));
    let found = kept(store.find(&id).await?);
    assert_eq!(found, Some(with_address(&ada, new)), "that is stored");

    let find =
        async |email: &str| Outcome::Ok(id_of(store.find_by_email(&NormalForm::of(email)).await?));
    assert_eq!(
        find("NEW@example.org").await?,
        Some(id),
        "found by the new one"
    );
    assert_eq!(find(OLD).await?, None, "not found by the old one");
    let other = kept(store.find(&bob.stored_id()).await?);
    assert_eq!(other, Some(bob.kept()), "another account stays as it is");
    let next = trial.account("next", "ADA@example.org");
    trial.stored(&next).await?; // since the old address is free
    Ok(())
}

pub async fn an_address_is_changed_only_from_the_old_one<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
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
            let found = kept(trial.store.find(&id).await?);
            assert_eq!(found, Some(ada.kept()), "nothing has changed");
        }
    }
    assert!(
        holder.is_there(&trial).await?,
        "what does not come about replaces nobody"
    );
    Ok(())
}

pub async fn an_address_that_is_taken_is_not_given_to_another<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
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
            assert!(marked.is_some(), "the address is still the old one");
            commit(store, tx).await;
        }
        assert!(holder.is_there(&trial).await?, "who has it stays");
    }
    let found = kept(store.find(&id).await?);
    assert_eq!(
        found,
        Some(with_address(&ada, OLD)),
        "it has its old address"
    );
    Ok(())
}

pub async fn an_unverified_holder_gives_way_to_a_verified_address<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let ada = ada(&trial).await?;
    let holder = Holder::new(&trial, &trial.named("holder"), 1).await?;
    let other = Holder::new(&trial, &trial.named("other"), 2).await?;
    let new = "HOLDER@example.org";
    let changed = set(&trial, &ada.stored_id(), OLD, new, Replace).await?;
    let expected = EmailSet::Set {
        user: with_address(&ada, new),
        replaced: Some(holder.user.clone()),
    };
    assert_eq!(changed, expected, "what gave way is told");
    assert!(!holder.is_there(&trial).await?, "who gives way is deleted");
    assert!(
        other.is_there(&trial).await?,
        "who is in nobody's way stays"
    );
    Ok(())
}

pub async fn an_account_may_spell_its_address_otherwise<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    // It is unverified and active itself, and so would give way, if it were not its own.
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
        ada.is_there(&trial).await?,
        "it does not give way to itself"
    );
    Ok(())
}

pub async fn an_address_may_be_anothers_name<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let named = trial.account("new@example.org", "bob@example.org");
    let named = Holder::new(&trial, &named, 1).await?;
    let ada = ada(&trial).await?;
    let changed = set(&trial, &ada.stored_id(), OLD, "new@example.org", Replace).await?;
    assert_eq!(
        changed,
        without_replacing(with_address(&ada, "new@example.org")),
        "a name is no address"
    );
    assert!(
        named.is_there(&trial).await?,
        "who only has it as a name stays"
    );
    Ok(())
}
