//! Ids of no account.

use super::fixture::{Fixture, epoch, password};
use super::trial::{Outcome, Trial, commit, pending};
use crate::auth_user::AuthUser;
use crate::normal_form::NormalForm;
use crate::store::UnverifiedHolders::Replace;
use crate::store::{AccountStore, EmailSet, Expected};
use crate::token::TokenPurpose;
use crate::user_id::UserId;

/// Ids that no account has, some of which are nearly that of one.
fn strangers(id: &UserId) -> Vec<UserId> {
    let texts = [
        "no such id",
        "",
        " ",
        "0",
        "-1",
        "1.0",
        "1e0",
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775809",
        "99999999999999999999999999999999999999999999",
        "00000000-0000-0000-0000-000000000000",
        "NaN",
        "NULL",
        "1 OR 1=1",
        "\u{FF11}",
        "\u{1F980}",
    ];
    let near = [
        "0{}",
        "+{}",
        " {}",
        "{} ",
        "{}\n",
        "{}.0",
        "{};",
        "'{}'",
        "{}0000000",
    ];
    let near = near.map(|form| form.replace("{}", id.as_str()));
    let texts = texts.map(str::to_owned);
    let texts = texts
        .iter()
        .chain(&near)
        .filter(|text| *text != id.as_str());
    texts.map(UserId::new).collect()
}

pub async fn what_is_no_accounts_id_is_not_found<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let ada = trial.stored_named("ada").await?;
    for id in strangers(&ada) {
        let found = trial.store.find(&id).await?;
        assert!(found.is_none(), "an account of the id {id:?}");
    }
    Ok(())
}

pub async fn nobody_comes_after_what_is_no_accounts_id<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let ada = trial.stored_named("ada").await?;
    assert!(
        trial.store.page(Some(&ada), 10).await?.is_empty(),
        "after the last"
    );
    for id in [
        "no such id",
        "",
        "99999999999999999999999999999999999999999999",
    ] {
        let page = trial.store.page(Some(&UserId::new(id)), 10).await?;
        assert!(page.is_empty(), "after the id {id:?}");
    }
    Ok(())
}

pub async fn what_is_no_accounts_id_is_not_written_to<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let store = &trial.store;
    let ada = trial
        .stored(&trial.named("ada").with_password(None, 1))
        .await?;
    let (id, email) = (ada.stored_id(), "ada@example.org");
    let token = trial.put_token(&id, TokenPurpose::PasswordReset, 1).await?;
    let hash = password(Some("hash"), 2);
    let none = trial.named("nobody").__fields().password.clone();
    for id in strangers(&id) {
        let mut tx = store.begin().await?;
        let set = store
            .set_password(&mut tx, &id, Expected::Any, &hash)
            .await?;
        assert!(set.is_none(), "a password of {id:?}");
        let none = Expected::Stored(&none);
        let set = store.set_password(&mut tx, &id, none, &hash).await?;
        assert!(set.is_none(), "a password of {id:?} that had none");
        let locked = store.lock_if_unchanged(&mut tx, &id, ada.__fields().password);
        assert!(locked.await?.is_none(), "the account of {id:?}");
        let marked = store.mark_verified(&mut tx, &id, email).await?;
        assert!(marked.is_none(), "the address of {id:?}");
        let set = store.set_email(&mut tx, &id, email, "new@example.org", Replace);
        assert!(
            matches!(set.await?, EmailSet::Changed),
            "the address of {id:?}"
        );
        let set = store.set_active(&mut tx, &id, false, epoch(3)).await?;
        assert!(set.is_none(), "whether {id:?} is active");
        let put = store
            .put_token(&mut tx, &id, TokenPurpose::PasswordReset, &pending(2))
            .await?;
        assert!(!put, "a token for {id:?}");
        store.end_tokens(&mut tx, &id).await?;
        let deleted = store.delete(&mut tx, &id).await?;
        assert!(deleted.is_none(), "the account of {id:?}");
        commit(store, tx).await;
    }
    let all = store.page(None, 10).await?;
    let all: Vec<_> = all.iter().map(Fixture::kept).collect();
    assert_eq!(all, [ada.kept()], "nothing was written");
    assert!(trial.is_out(&token).await?, "nothing was written");
    let found = store
        .find_by_email(&NormalForm::of("new@example.org"))
        .await?;
    assert!(found.is_none(), "nothing was written");
    Ok(())
}
