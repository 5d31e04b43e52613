//! Cases about finding and listing accounts.

use super::fixture::{Fixture, id_of};
use super::trial::{Outcome, Trial};
use crate::normal_form::NormalForm;
use crate::store::AccountStore;
use crate::user_id::UserId;

pub async fn find_by_login_prefers_verified_address_then_username_then_unverified_address<
    S: AccountStore,
>(
    trial: Trial<S>,
) -> Outcome {
    let login = NormalForm::of("ada@example.org");
    let find = async || Outcome::Ok(id_of(trial.store.find_by_login(&login).await?));
    assert_eq!(find().await?, None, "no account has the login");

    let addressed = trial.stored_named("ada").await?;
    let why = "an unverified address matches if no account has it as username";
    assert_eq!(find().await?, Some(addressed.clone()), "{why}");

    let named = trial.account("ada@example.org", "named@example.org");
    let named = trial.stored(&named).await?.stored_id();
    let why = "a username goes before an unverified address";
    assert_eq!(find().await?, Some(named), "{why}");

    let verified = trial
        .write(async |tx| {
            let email = "ada@example.org";
            trial.store.mark_verified(tx, &addressed, email).await
        })
        .await?;
    assert!(verified.is_some(), "the address is verified");
    let why = "a verified address goes before a username";
    assert_eq!(find().await?, Some(addressed), "{why}");
    Ok(())
}

pub async fn a_previously_verified_address_does_not_count_as_verified<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let store = &trial.store;
    let other = trial.named("ada").once_verified("before@example.org");
    let other = trial.stored(&other).await?.stored_id();
    let spelling = trial.named("bob").once_verified("BOB@example.org");
    let spelling = trial.stored(&spelling).await?.stored_id();
    for (name, unverified) in [("ada", other), ("bob", spelling)] {
        let login = NormalForm::of(&format!("{name}@example.org"));
        let found = id_of(store.find_by_login(&login).await?);
        assert_eq!(found, Some(unverified), "the unverified address matches");
        let named = trial.account(login.as_str(), &format!("{name}@example.com"));
        let named = trial.stored(&named).await?.stored_id();
        let found = id_of(store.find_by_login(&login).await?);
        let why = "the verified text differs from the address, so the username goes first";
        assert_eq!(found, Some(named), "{why}");
    }
    let before = NormalForm::of("before@example.org");
    let found = id_of(store.find_by_login(&before).await?);
    assert_eq!(found, None, "a previous address is no login");
    let found = id_of(store.find_by_email(&before).await?);
    assert_eq!(found, None, "a previous address finds no account");
    Ok(())
}

pub async fn find_by_email_finds_verified_and_unverified_addresses<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let ada = trial.stored_named("ada").await?;
    let bob = trial
        .stored(&trial.named("bob").verified())
        .await?
        .stored_id();
    let eve = trial
        .stored(&trial.named("eve").inactive())
        .await?
        .stored_id();
    for (email, expected) in [
        ("ada@example.org", Some(ada)),
        ("bob@example.org", Some(bob)),
        ("eve@example.org", Some(eve)),
        ("ada", None),
        ("unknown@example.org", None),
    ] {
        let found = trial.store.find_by_email(&NormalForm::of(email)).await?;
        assert_eq!(id_of(found), expected, "by the address {email}");
    }
    Ok(())
}

pub async fn lookups_compare_normal_forms<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let user = trial.account("\u{FB01}onA", "\u{FF26}iona@Example.ORG");
    let id = Some(trial.stored(&user).await?.stored_id());
    for text in ["fiona", "FIONA", "\u{FB01}ona", " Fiona\t", "\u{FF26}IONA"] {
        let found = trial.store.find_by_login(&NormalForm::of(text)).await?;
        assert_eq!(id_of(found), id, "by the username {text:?}");
        let email = NormalForm::of(&format!("{}@example.org", text.trim()));
        let found = trial.store.find_by_login(&email).await?;
        assert_eq!(id_of(found), id, "by the login {:?}", email.as_str());
        let found = trial.store.find_by_email(&email).await?;
        assert_eq!(id_of(found), id, "by the address {:?}", email.as_str());
    }
    Ok(())
}

pub async fn lookups_match_the_whole_text<S: AccountStore>(trial: Trial<S>) -> Outcome {
    trial.stored(&trial.named("ada").verified()).await?;
    let too_long = "ada".repeat(1000);
    for text in [
        "",
        " ",
        "a",
        "ad",
        "adaa",
        "%",
        "_da",
        "a%",
        "ada%",
        "ada@",
        "@example.org",
        "*",
        "ada*",
        "ada' OR '1'='1",
        "ada\\",
        &too_long,
    ] {
        let form = NormalForm::of(text);
        let found = trial.store.find_by_login(&form).await?;
        assert_eq!(id_of(found), None, "by the login {text:?}");
        let found = trial.store.find_by_email(&form).await?;
        assert_eq!(id_of(found), None, "by the address {text:?}");
    }
    Ok(())
}

/// Returns the ids of all accounts, page by page.
async fn pages<S: AccountStore>(trial: &Trial<S>, limit: u32) -> Outcome<Vec<Vec<UserId>>> {
    let mut pages: Vec<Vec<UserId>> = Vec::new();
    loop {
        let after = pages.last().and_then(|page| page.last());
        let page = trial.store.page(after, limit).await?;
        if page.is_empty() {
            return Ok(pages);
        }
        assert!(pages.len() < 20, "paging does not end");
        pages.push(page.iter().map(Fixture::stored_id).collect());
    }
}

pub async fn page_returns_accounts_in_insertion_order<S: AccountStore>(trial: Trial<S>) -> Outcome {
    assert!(
        trial.store.page(None, 10).await?.is_empty(),
        "the store is empty"
    );
    // More than nine accounts, so that numeric ids and their texts sort differently.
    let mut ids = Vec::new();
    for name in [
        "mona", "zoe", "ada", "Bob", "yves", "carl", "xena", "dora", "will", "eve", "vera", "fay",
    ] {
        ids.push(trial.stored_named(name).await?);
    }
    for limit in [1, 5, 6, 11, 12, 13, u32::MAX] {
        let expected: Vec<_> = ids.chunks(limit.min(100) as usize).collect();
        assert_eq!(
            pages(&trial, limit).await?,
            expected,
            "at most {limit} accounts per page"
        );
    }
    for after in [None, ids.first()] {
        let page = trial.store.page(after, 0).await?;
        assert!(page.is_empty(), "a page of at most 0 accounts");
    }

    let deleted = ids.remove(6);
    let delete = trial.write(async |tx| trial.store.delete(tx, &deleted).await);
    assert!(delete.await?.is_some());
    let expected: Vec<_> = ids.chunks(4).collect();
    assert_eq!(
        pages(&trial, 4).await?,
        expected,
        "all accounts except the deleted one"
    );
    Ok(())
}
