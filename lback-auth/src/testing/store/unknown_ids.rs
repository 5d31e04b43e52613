//! Cases about ids that no account has.

use super::fixture::{Fixture, epoch, password};
use super::trial::{Outcome, Trial, commit, pending};
use crate::auth_user::AuthUser;
use crate::normal_form::NormalForm;
use crate::store::UnverifiedHolders::Replace;
use crate::store::{AccountStore, EmailSet, Expected};
use crate::token::TokenPurpose;
use crate::user_id::UserId;

/// Returns ids that no account has. Some differ only in their spelling from the id of an account.
fn unknown_ids(id: &UserId) -> Vec<UserId> {
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

pub async fn find_returns_none_for_an_unknown_id<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let ada = trial.stored_named("ada").await?;
    for id in unknown_ids(&ada) {
        let found = trial.store.find(&id).await?;
        assert!(found.is_none(), "`find` of the id {id:?}");
    }
    Ok(())
}

pub async fn page_is_empty_after_an_unknown_id<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let ada = trial.stored_named("ada").await?;
    assert!(
        trial.store.page(Some(&ada), 10).await?.is_empty(),
        "the page after the last account"
    );
    for id in [
        "no such id",
        "",
        "99999999999999999999999999999999999999999999",
    ] {
        let page = trial.store.page(Some(&UserId::new(id)), 10).await?;
        assert!(page.is_empty(), "the page after the id {id:?}");
    }
    Ok(())
}

pub async fn operations_on_an_unknown_id_write_nothing<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let store = &trial.store;
    let ada = trial
        .stored(&trial.named("ada").with_password(None, 1))
        .await?;
    let (id, email) = (ada.stored_id(), "ada@example.org");
    let token = trial.put_token(&id, TokenPurpose::PasswordReset, 1).await?;
    let hash = password(Some("hash"), 2);
    let none = trial.named("unknown").__fields().password.clone();
    for id in unknown_ids(&id) {
        let mut tx = store.begin().await?;
        let set = store
            .set_password(&mut tx, &id, Expected::Any, &hash)
            .await?;
        assert!(set.is_none(), "`set_password` of {id:?}");
        let none = Expected::Stored(&none);
        let set = store.set_password(&mut tx, &id, none, &hash).await?;
        assert!(set.is_none(), "`set_password` of {id:?} without a hash");
        let locked = store.lock_if_unchanged(&mut tx, &id, ada.__fields().password);
        assert!(locked.await?.is_none(), "`lock_if_unchanged` of {id:?}");
        let marked = store.mark_verified(&mut tx, &id, email).await?;
        assert!(marked.is_none(), "`mark_verified` of {id:?}");
        let set = store.set_email(&mut tx, &id, email, "new@example.org", Replace);
        assert!(
            matches!(set.await?, EmailSet::Changed),
            "`set_email` of {id:?}"
        );
        let set = store.set_active(&mut tx, &id, false, epoch(3)).await?;
        assert!(set.is_none(), "`set_active` of {id:?}");
        let put = store
            .put_token(&mut tx, &id, TokenPurpose::PasswordReset, &pending(2))
            .await?;
        assert!(!put, "`put_token` of {id:?}");
        store.delete_tokens(&mut tx, &id).await?;
        let deleted = store.delete(&mut tx, &id).await?;
        assert!(deleted.is_none(), "`delete` of {id:?}");
        commit(store, tx).await;
    }
    let all = store.page(None, 10).await?;
    let all: Vec<_> = all.iter().map(Fixture::state).collect();
    assert_eq!(all, [ada.state()], "the account is unchanged");
    assert!(trial.is_pending(&token).await?, "the token is unchanged");
    let found = store
        .find_by_email(&NormalForm::of("new@example.org"))
        .await?;
    assert!(found.is_none(), "the new address is not stored");
    Ok(())
}
