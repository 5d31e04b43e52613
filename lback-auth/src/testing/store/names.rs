//! Whose a name or an address is.

use super::fixture::{Fixture, STORED, kept, told};
use super::trial::{NOW, Outcome, Trial, commit};
use crate::auth_user::AuthUser;
use crate::normal_form::NormalForm;
use crate::store::UnverifiedHolders::Keep;
use crate::store::{AccountStore, Inserted};

/// Pairs that have one normal form.
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

/// Pairs that have two, though databases' own ideas of case and accents may differ.
const DIFFERENT: [(&str, &str); 5] = [
    ("ada", "\u{430}da"),
    ("cafe", "caf\u{E9}"),
    ("anna maria", "annamaria"),
    ("per%cent", "per_cent"),
    ("cote", "c\u{F4}te"),
];

pub async fn a_name_is_taken_in_any_spelling<S: AccountStore>(trial: Trial<S>) -> Outcome {
    for (index, (one, other)) in SAME.iter().enumerate() {
        let first = trial.account(one, &format!("first-{index}@example.org"));
        trial.stored(&first).await?;
        let second = trial.account(
            &format!(" {other}\t"),
            &format!("second-{index}@example.org"),
        );
        let inserted = told(&trial.insert(&second, Keep).await?);
        assert_eq!(inserted, Inserted::UsernameTaken, "{one:?} is {other:?}");
    }
    Ok(())
}

pub async fn an_address_is_taken_in_any_spelling<S: AccountStore>(trial: Trial<S>) -> Outcome {
    for (index, (one, other)) in SAME.iter().enumerate() {
        let first = trial.account(&format!("first-{index}"), &format!("{one}@example.org"));
        trial.stored(&first.verified()).await?;
        let second = trial.account(
            &format!("second-{index}"),
            &format!(" {other}@Example.ORG\t"),
        );
        let inserted = told(&trial.insert(&second, Keep).await?);
        assert_eq!(inserted, Inserted::EmailTaken, "{one:?} is {other:?}");
    }
    let first = trial.account("first", "ada@b\u{FC}cher.example");
    trial.stored(&first.verified()).await?;
    let second = trial.account("second", "ada@XN--BCHER-KVA.example");
    let inserted = told(&trial.insert(&second, Keep).await?);
    let why = "a domain and its punycode are one";
    assert_eq!(inserted, Inserted::EmailTaken, "{why}");
    Ok(())
}

pub async fn what_has_another_normal_form_is_another<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let mut all = Vec::new();
    for name in DIFFERENT.iter().flat_map(|(one, other)| [one, other]) {
        all.push((*name, trial.stored_named(name).await?));
    }
    for (name, id) in all {
        for text in [name.to_owned(), format!("{name}@example.org")] {
            let found = trial.store.find_by_login(&NormalForm::of(&text)).await?;
            let found = found.map(|user| user.stored_id());
            assert_eq!(found.as_ref(), Some(&id), "{text:?} is one account's");
        }
    }
    Ok(())
}

pub async fn a_taken_name_is_told_before_a_taken_address<S: AccountStore>(
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
        assert_eq!(told(&inserted), expected, "{name} with {email}");
    }
    Ok(())
}

pub async fn a_name_may_be_anothers_address<S: AccountStore>(trial: Trial<S>) -> Outcome {
    trial.stored_named("ada").await?;
    let other = trial.account("ada@example.org", "ada");
    let inserted = told(&trial.insert(&other, Keep).await?);
    let why = "names are compared with names, and addresses with addresses";
    assert_eq!(inserted, STORED, "{why}");
    Ok(())
}

pub async fn a_refused_insertion_changes_nothing<S: AccountStore>(trial: Trial<S>) -> Outcome {
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
        assert_eq!(told(&inserted), expected);
    }
    let bob = trial.named("bob");
    let inserted = store.insert(&mut transaction, &bob, Keep, NOW).await?;
    let Inserted::Stored { user: bob, .. } = inserted else {
        panic!("the transaction is usable after a refusal");
    };
    commit(store, transaction).await;

    let all = store.page(None, u32::MAX).await?;
    let all: Vec<_> = all.iter().map(Fixture::kept).collect();
    assert_eq!(all, [ada.kept(), bob.kept()], "there is nobody else");
    let other = store
        .find_by_email(&NormalForm::of("other@example.org"))
        .await?;
    assert_eq!(kept(other), None, "who was refused is not stored");
    assert!(all.iter().all(|user| user.verified.is_none()));
    Ok(())
}

pub async fn a_name_of_an_account_out_of_use_is_taken<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let ada = trial.stored(&trial.named("ada").inactive()).await?;
    let again = trial.account(ada.username(), "other@example.org");
    let inserted = told(&trial.insert(&again, Keep).await?);
    assert_eq!(inserted, Inserted::UsernameTaken);
    Ok(())
}
