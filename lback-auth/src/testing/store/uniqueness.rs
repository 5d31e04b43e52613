//! Cases about unique usernames and addresses.

use super::fixture::{Fixture, STORED, state_of, without_accounts};
use super::trial::{NOW, Outcome, Trial, commit};
use crate::auth_user::AuthUser;
use crate::normal_form::NormalForm;
use crate::store::UnverifiedHolders::Keep;
use crate::store::{AccountStore, Inserted};

/// Pairs of texts with the same normal form.
const SAME: [(&str, &str); 11] = [
    ("ada", "ada"),
    ("bob", "BOB"),
    ("Eve", "eVE"),
    ("carol", "\u{FF23}\u{FF21}\u{FF32}\u{FF2F}\u{FF2C}"),
    ("\u{FB01}ona", "FIONA"),
    ("CAF\u{C9}", "cafe\u{301}"),
    ("\u{416}\u{443}\u{43A}", "\u{436}\u{423}\u{41A}"),
    ("\u{212A}im", "KIM"),
    ("stra\u{DF}e", "STRASSE"),
    ("GRO\u{1E9E}", "gro\u{DF}"),
    (
        "\u{39F}\u{394}\u{39F}\u{3A3}",
        "\u{3BF}\u{3B4}\u{3BF}\u{3C2}",
    ),
];

/// Pairs of texts with different normal forms, which the collation of a database may treat as equal.
const DIFFERENT: [(&str, &str); 5] = [
    ("ada", "\u{430}da"),
    ("cafe", "caf\u{E9}"),
    ("anna maria", "annamaria"),
    ("per%cent", "per_cent"),
    ("cote", "c\u{F4}te"),
];

pub async fn usernames_are_unique_by_normal_form<S: AccountStore>(trial: Trial<S>) -> Outcome {
    for (index, (one, other)) in SAME.iter().enumerate() {
        let first = trial.account(one, &format!("first-{index}@example.org"));
        trial.stored(&first).await?;
        let second = trial.account(
            &format!(" {other}\t"),
            &format!("second-{index}@example.org"),
        );
        let inserted = without_accounts(&trial.insert(&second, Keep).await?);
        assert_eq!(
            inserted,
            Inserted::UsernameTaken,
            "{one:?} equals {other:?}"
        );
    }
    Ok(())
}

pub async fn addresses_are_unique_by_normal_form<S: AccountStore>(trial: Trial<S>) -> Outcome {
    for (index, (one, other)) in SAME.iter().enumerate() {
        let first = trial.account(&format!("first-{index}"), &format!("{one}@example.org"));
        trial.stored(&first.verified()).await?;
        let second = trial.account(
            &format!("second-{index}"),
            &format!(" {other}@Example.ORG\t"),
        );
        let inserted = without_accounts(&trial.insert(&second, Keep).await?);
        assert_eq!(inserted, Inserted::EmailTaken, "{one:?} equals {other:?}");
    }
    let first = trial.account("first", "ada@b\u{FC}cher.example");
    trial.stored(&first.verified()).await?;
    let second = trial.account("second", "ada@XN--BCHER-KVA.example");
    let inserted = without_accounts(&trial.insert(&second, Keep).await?);
    let why = "a domain equals its punycode";
    assert_eq!(inserted, Inserted::EmailTaken, "{why}");
    Ok(())
}

pub async fn texts_with_different_normal_forms_are_different_logins<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let mut all = Vec::new();
    for name in DIFFERENT.iter().flat_map(|(one, other)| [one, other]) {
        all.push((*name, trial.stored_named(name).await?));
    }
    for (name, id) in all {
        for text in [name.to_owned(), format!("{name}@example.org")] {
            let found = trial.store.find_by_login(&NormalForm::of(&text)).await?;
            let found = found.map(|user| user.stored_id());
            assert_eq!(found.as_ref(), Some(&id), "{text:?} finds only its account");
        }
    }
    Ok(())
}

pub async fn insert_reports_a_taken_username_before_a_taken_address<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    trial.stored_named("ada").await?;
    trial.stored_named("bob").await?;
    for (name, email, expected) in [
        ("ada", "ada@example.org", Inserted::UsernameTaken),
        ("ada", "bob@example.org", Inserted::UsernameTaken),
        ("eve", "bob@example.org", Inserted::EmailTaken),
        ("eve", "eve@example.org", STORED),
    ] {
        let inserted = trial.insert(&trial.account(name, email), Keep).await?;
        assert_eq!(without_accounts(&inserted), expected, "{name} with {email}");
    }
    Ok(())
}

pub async fn insert_accepts_the_address_of_another_account_as_username<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    trial.stored_named("ada").await?;
    let other = trial.account("ada@example.org", "ada");
    let inserted = without_accounts(&trial.insert(&other, Keep).await?);
    let why = "usernames and addresses are compared separately";
    assert_eq!(inserted, STORED, "{why}");
    Ok(())
}

pub async fn a_refused_insert_changes_nothing<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let store = &trial.store;
    let ada = trial.named("ada").with_password(Some("hash"), 1);
    let ada = trial.stored(&ada).await?;
    let same_name = trial.account("ADA", "other@example.org").verified();
    let same_address = trial.account("other", "ADA@example.org").verified();

    let mut transaction = store.begin().await?;
    for (refused, expected) in [
        (&same_name, Inserted::UsernameTaken),
        (&same_address, Inserted::EmailTaken),
    ] {
        let inserted = store.insert(&mut transaction, refused, Keep, NOW).await?;
        assert_eq!(without_accounts(&inserted), expected);
    }
    let bob = trial.named("bob");
    let inserted = store.insert(&mut transaction, &bob, Keep, NOW).await?;
    let Inserted::Stored { user: bob, .. } = inserted else {
        panic!("the transaction is usable after a refusal");
    };
    commit(store, transaction).await;

    let all = store.page(None, u32::MAX).await?;
    let all: Vec<_> = all.iter().map(Fixture::state).collect();
    assert_eq!(
        all,
        [ada.state(), bob.state()],
        "the refused accounts are not stored"
    );
    let other = store
        .find_by_email(&NormalForm::of("other@example.org"))
        .await?;
    assert_eq!(
        state_of(other),
        None,
        "the refused address finds no account"
    );
    assert!(all.iter().all(|user| user.verified.is_none()));
    Ok(())
}

pub async fn the_username_of_an_inactive_account_is_taken<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let ada = trial.stored(&trial.named("ada").inactive()).await?;
    let again = trial.account(ada.username(), "other@example.org");
    let inserted = without_accounts(&trial.insert(&again, Keep).await?);
    assert_eq!(inserted, Inserted::UsernameTaken);
    Ok(())
}
