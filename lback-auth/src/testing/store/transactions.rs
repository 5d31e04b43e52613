//! Cases about transactions.

use std::thread::sleep;
use std::time::Duration;

use lback_signals::CommitOutcome;

use super::attempts::{about, key, limit};
use super::audit::entry;
use super::fixture::{Fixture, STORED, id_of, password, without_accounts};
use super::snapshot::{Populated, Write};
use super::trial::{NOW, Outcome, Trial, commit, pending};
use crate::auth_user::AuthUser;
use crate::normal_form::NormalForm;
use crate::store::UnverifiedHolders::{Keep, Replace};
use crate::store::{AccountStore, EmailSet, Expected, Inserted, Ledger, TokenKey};
use crate::token::TokenPurpose;
use crate::user_id::UserId;

const RESET: TokenPurpose = TokenPurpose::PasswordReset;

pub async fn rollback_undoes_every_write<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let populated = Populated::new(trial).await?;
    let before = populated.snapshot().await?;
    for write in Write::ALL {
        let mut tx = populated.trial.store.begin().await?;
        populated.write(&mut tx, write).await?;
        populated.trial.store.rollback(tx).await?;
        assert_eq!(
            populated.snapshot().await?,
            before,
            "{write:?} was rolled back"
        );
    }
    Ok(())
}

pub async fn dropping_a_transaction_undoes_every_write<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let populated = Populated::new(trial).await?;
    let before = populated.snapshot().await?;
    for write in Write::ALL {
        let mut tx = populated.trial.store.begin().await?;
        populated.write(&mut tx, write).await?;
        drop(tx);
        assert_eq!(populated.snapshot().await?, before, "{write:?} was dropped");
    }
    let mut tx = populated.trial.store.begin().await?;
    for write in Write::ALL {
        populated.write(&mut tx, write).await?;
    }
    drop(tx);
    assert_eq!(
        populated.snapshot().await?,
        before,
        "all writes were dropped"
    );
    Ok(())
}

pub async fn commit_makes_every_write_visible<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let populated = Populated::new(trial).await?;
    for write in Write::ALL {
        let before = populated.snapshot().await?;
        let mut tx = populated.trial.store.begin().await?;
        populated.write(&mut tx, write).await?;
        commit(&populated.trial.store, tx).await;
        assert_ne!(
            populated.snapshot().await?,
            before,
            "{write:?} was committed"
        );
    }
    Ok(())
}

pub async fn rollback_undoes_changes_of_attempts<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let store = &trial.store;
    let attempt = about(1, limit());
    let hour = limit().delay;
    trial.granted(attempt, NOW, "the first attempt").await?;
    trial.granted(attempt, NOW, "the second attempt").await?;
    for is_dropped in [false, true] {
        let mut tx = store.begin().await?;
        store.return_attempts(&mut tx, &[key(1)]).await?;
        store.clear_attempts(&mut tx, &[key(1)]).await?;
        store.return_attempts(&mut tx, &[key(1)]).await?;
        if is_dropped {
            drop(tx);
        } else {
            store.rollback(tx).await?;
        }
        let why = "`clear_attempts` was rolled back";
        trial.refused(attempt, NOW, NOW + hour, why).await?;
    }
    let mut tx = store.begin().await?;
    store.return_attempts(&mut tx, &[key(1)]).await?;
    store.rollback(tx).await?;
    let now = NOW + hour;
    trial.granted(attempt, now, "the delay is over").await?;
    let why = "the third attempt, since `return_attempts` was rolled back";
    trial.refused(attempt, now, now + hour * 2, why).await
}

pub async fn a_transaction_sees_its_own_writes<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let store = &trial.store;
    let mut tx = store.begin().await?;
    let ada = store
        .insert(&mut tx, &trial.named("ada"), Keep, NOW)
        .await?;
    let Inserted::Stored { user: ada, .. } = ada else {
        panic!("the store is empty");
    };
    let id = ada.stored_id();
    let again = store
        .insert(&mut tx, &trial.named("ada"), Keep, NOW)
        .await?;
    assert_eq!(
        without_accounts(&again),
        Inserted::UsernameTaken,
        "this transaction inserted an account with the username"
    );

    let (one, other) = (password(Some("one"), 1), password(Some("other"), 2));
    let none = trial.named("ada").__fields().password.clone();
    for (expected, new) in [(&none, &one), (&one, &other)] {
        let expected = Expected::Stored(expected);
        let set = store.set_password(&mut tx, &id, expected, new).await?;
        assert!(set.is_some(), "this transaction set the expected password");
    }
    assert!(
        store.put_token(&mut tx, &id, RESET, &pending(1)).await?,
        "this transaction inserted the account"
    );
    let token = TokenKey::of_pending(RESET, &pending(1));
    let owner = store.consume_token(&mut tx, &token, NOW).await?;
    assert_eq!(
        owner.map(|owner| owner.id),
        Some(id.clone()),
        "this transaction stored the token"
    );
    let again = store.consume_token(&mut tx, &token, NOW).await?;
    assert_eq!(again, None, "this transaction consumed the token");

    let (old, new) = ("ada@example.org", "new@example.org");
    let set = store.set_email(&mut tx, &id, old, new, Keep).await?;
    assert!(matches!(set, EmailSet::Set { .. }));
    let set = store.set_email(&mut tx, &id, old, new, Keep).await?;
    assert!(
        matches!(set, EmailSet::Changed),
        "this transaction changed the address"
    );
    let deleted = store.delete(&mut tx, &id).await?;
    assert_eq!(
        id_of(deleted),
        Some(id.clone()),
        "this transaction inserted the account"
    );
    let set = store.mark_verified(&mut tx, &id, new).await?;
    assert!(set.is_none(), "this transaction deleted the account");
    let again = store
        .insert(&mut tx, &trial.named("ada"), Keep, NOW)
        .await?;
    assert_eq!(
        without_accounts(&again),
        STORED,
        "the username is free again"
    );
    commit(store, tx).await;

    let all = store.page(None, 10).await?;
    assert_eq!(all.len(), 1, "only the last account is stored");
    assert!(!trial.is_pending(&token).await?);
    Ok(())
}

pub async fn uncommitted_writes_are_invisible_outside_the_transaction<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let populated = Populated::new(trial).await?;
    let store = populated.trial.store.clone();
    let before = populated.snapshot().await?;
    let mut tx = store.begin().await?;
    for write in Write::ALL {
        populated.write(&mut tx, write).await?;
    }
    let reading = tokio::spawn(async move {
        let login = NormalForm::of("eve@example.org");
        let by_login = id_of(populated.trial.store.find_by_login(&login).await?);
        let by_email = id_of(populated.trial.store.find_by_email(&login).await?);
        Outcome::Ok((by_login, by_email, populated.snapshot().await?))
    });
    // A store may make readers wait for the transaction, so the reads start before it ends.
    sleep(Duration::from_millis(100));
    store.rollback(tx).await?;
    let (by_login, by_email, after) = reading.await.expect("the task does not panic")?;
    assert_eq!(
        by_login, None,
        "`find_by_login` does not see uncommitted writes"
    );
    assert_eq!(
        by_email, None,
        "`find_by_email` does not see uncommitted writes"
    );
    assert_eq!(after, before, "reads do not see uncommitted writes");
    Ok(())
}

pub async fn reads_do_not_wait_for_an_open_transaction<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let populated = Populated::new(trial).await?;
    let store = populated.trial.store.clone();
    let before = populated.snapshot().await?;
    let mut tx = store.begin().await?;
    populated.write(&mut tx, Write::Insert).await?;
    let read = tokio::time::timeout(Duration::from_secs(30), populated.snapshot()).await;
    let read = read.expect("reads do not wait for a transaction of the same caller")?;
    assert_eq!(read, before, "reads do not see uncommitted writes");
    commit(&store, tx).await;
    Ok(())
}

pub async fn a_transaction_is_usable_after_each_refusal<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let store = &trial.store;
    let id = trial.stored_named("ada").await?;
    let unknown = UserId::new("no such id");
    let hash = password(Some("hash"), 1);
    let mut tx = store.begin().await?;
    let again = store
        .insert(&mut tx, &trial.named("ada"), Keep, NOW)
        .await?;
    assert_eq!(without_accounts(&again), Inserted::UsernameTaken);
    let wrong = password(Some("wrong"), 1);
    let wrong = Expected::Stored(&wrong);
    assert!(
        store
            .set_password(&mut tx, &id, wrong, &hash)
            .await?
            .is_none()
    );
    assert!(store.mark_verified(&mut tx, &id, "wrong").await?.is_none());
    let changed = store.set_email(&mut tx, &id, "wrong", "new@example.org", Replace);
    assert!(matches!(changed.await?, EmailSet::Changed));
    assert!(
        !store
            .put_token(&mut tx, &unknown, RESET, &pending(1))
            .await?
    );
    let token = TokenKey::of_pending(RESET, &pending(1));
    assert!(store.consume_token(&mut tx, &token, NOW).await?.is_none());
    store.delete_tokens(&mut tx, &unknown).await?;
    assert!(store.delete(&mut tx, &unknown).await?.is_none());
    store.clear_attempts(&mut tx, &[]).await?;
    store.return_attempts(&mut tx, &[]).await?;
    store.append_audit(&mut tx, &[]).await?;
    let set = store
        .set_password(&mut tx, &id, Expected::Any, &hash)
        .await?;
    assert!(set.is_some(), "the transaction is usable");
    commit(store, tx).await;
    let found = store.find(&id).await?.map(|user| user.state().password);
    assert_eq!(
        found,
        Some(Some("hash".to_owned())),
        "the commit stores the new hash"
    );
    Ok(())
}

pub async fn a_transaction_with_an_unfinished_operation_is_not_committed<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let store = &trial.store;
    let mut tx = store.begin().await?;
    store.append_audit(&mut tx, &[entry("before")]).await?;
    store.ledger().start_operation(&mut tx).await?;
    let refused = store.append_audit(&mut tx, &[entry("after")]).await;
    assert!(refused.is_err(), "an operation is unfinished");
    let outcome = store.commit(tx).await;
    assert!(
        matches!(outcome, CommitOutcome::RolledBack(_)),
        "an operation is unfinished"
    );
    let entries = store.audit(None, 10).await?;
    assert!(entries.is_empty(), "it was rolled back");
    Ok(())
}
