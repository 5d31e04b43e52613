//! Cases about concurrent callers.

use std::sync::Arc;

use tokio::sync::Barrier;
use tokio::task::yield_now;

use super::attempts::{about, key, none_free};
use super::audit::entry;
use super::fixture::{Fixture, STORED, password, without_accounts};
use super::sessions::digest;
use super::trial::{NOW, Outcome, Trial, commit};
use crate::store::UnverifiedHolders::{Keep, Replace};
use crate::store::{
    AccountStore, Attempt, AttemptLimit, AttemptTime, EmailSet, Expected, Inserted, Reservation,
};
use crate::token::TokenPurpose;

const CALLERS: u8 = 32;

/// Makes calls from several tasks at the same time, and returns their results.
async fn race<S: AccountStore, T: Send + 'static, F>(
    store: &S,
    callers: u8,
    call: impl Fn(S, u8) -> F,
) -> Outcome<Vec<T>>
where
    F: Future<Output = Outcome<T>> + Send + 'static,
{
    let barrier = Arc::new(Barrier::new(usize::from(callers)));
    let start = |caller| {
        let (call, barrier) = (call(store.clone(), caller), Arc::clone(&barrier));
        tokio::spawn(async move {
            barrier.wait().await;
            call.await
        })
    };
    let calls: Vec<_> = (0..callers).map(start).collect();
    let mut outcomes = Vec::new();
    for call in calls {
        outcomes.push(call.await.expect("a call does not panic")?);
    }
    Ok(outcomes)
}

/// Begins a transaction, and yields so that other tasks can begin one too, if the store allows it.
async fn begin<S: AccountStore>(store: &S) -> Outcome<S::Transaction> {
    let transaction = store.begin().await?;
    yield_now().await;
    Ok(transaction)
}

/// Yields so that other tasks can interfere, and commits.
async fn finish<S: AccountStore>(store: &S, transaction: S::Transaction) {
    yield_now().await;
    commit(store, transaction).await;
}

/// Returns the number of callers that succeeded.
fn count<T>(outcomes: &[T], succeeded: impl Fn(&T) -> bool) -> usize {
    outcomes.iter().filter(|outcome| succeeded(outcome)).count()
}

pub async fn concurrent_consumers_of_one_token_succeed_once<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let id = trial.stored_named("ada").await?;
    let token = trial.put_token(&id, TokenPurpose::PasswordReset, 1).await?;
    let owners = race(&trial.store, CALLERS, |store, _| async move {
        let mut tx = begin(&store).await?;
        let owner = store.consume_token(&mut tx, &token, NOW).await?;
        finish(&store, tx).await;
        Ok(owner)
    });
    let won = count(&owners.await?, Option::is_some);
    assert_eq!(won, 1, "callers that consumed the token");
    Ok(())
}

pub async fn concurrent_rotations_of_one_session_succeed_once<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let id = trial.stored_named("ada").await?;
    trial.start_session(&id, 0).await?;
    let outcomes = race(&trial.store, CALLERS, |store, caller| {
        let id = id.clone();
        async move {
            let mut tx = begin(&store).await?;
            let digests = [&digest(0), &digest(caller + 1)];
            let rotated = store.rotate_session(&mut tx, &id, digests, NOW, None);
            let rotated = rotated.await?;
            finish(&store, tx).await;
            Ok(rotated.is_some())
        }
    });
    let outcomes = outcomes.await?;
    assert_eq!(count(&outcomes, |is_rotated| *is_rotated), 1);
    let mut valid = Vec::new();
    for number in 0..=CALLERS {
        let found = trial.store.find_session(&digest(number), NOW).await?;
        valid.extend(found.map(|_| number));
    }
    let winner = (1..).zip(outcomes).find(|(_, is_rotated)| *is_rotated);
    assert_eq!(
        valid,
        winner.map_or(vec![], |(number, _)| vec![number]),
        "only the token of the one that has succeeded is valid"
    );
    Ok(())
}

pub async fn concurrent_replacements_of_one_password_succeed_once<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let ada = trial.named("ada").with_password(Some("old"), 1);
    let id = trial.stored(&ada).await?.stored_id();
    let set = race(&trial.store, CALLERS, |store, caller| {
        let id = id.clone();
        async move {
            let new = password(Some(&format!("new {caller}")), caller);
            let mut tx = begin(&store).await?;
            let old = password(Some("old"), 1);
            let old = Expected::Stored(&old);
            let set = store.set_password(&mut tx, &id, old, &new).await?;
            finish(&store, tx).await;
            Ok(set.map(|user| user.state()))
        }
    });
    let set = set.await?;
    let won = count(&set, Option::is_some);
    assert_eq!(won, 1, "callers that replaced the password");
    let found = trial.store.find(&id).await?.map(|user| user.state());
    assert!(
        set.contains(&found),
        "the stored password is the one of the successful caller"
    );
    Ok(())
}

pub async fn concurrent_locks_of_an_unchanged_account_succeed_once<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let ada = trial.named("ada").with_password(Some("old"), 1);
    let id = trial.stored(&ada).await?.stored_id();
    let locked = race(&trial.store, CALLERS, |store, caller| {
        let id = id.clone();
        async move {
            let (old, new) = (password(Some("old"), 1), password(Some("new"), caller));
            let mut tx = begin(&store).await?;
            let locked = store.lock_if_unchanged(&mut tx, &id, &old).await?;
            if locked.is_some() {
                yield_now().await;
                store
                    .set_password(&mut tx, &id, Expected::Any, &new)
                    .await?;
            }
            finish(&store, tx).await;
            Ok(locked.is_some())
        }
    });
    let won = count(&locked.await?, |locked| *locked);
    assert_eq!(won, 1, "callers that locked the unchanged account");
    Ok(())
}

/// Asserts that one of several concurrent inserts is `Stored`, and that all others return `refusal`.
async fn one_is_inserted<S: AccountStore>(
    trial: &Trial<S>,
    account: impl Fn(u8) -> S::User,
    refusal: Inserted<()>,
    key: &str,
) -> Outcome {
    let outcomes = race(&trial.store, CALLERS, |store, caller| {
        let user = account(caller);
        async move {
            let mut tx = begin(&store).await?;
            let inserted = store.insert(&mut tx, &user, Keep, NOW).await?;
            finish(&store, tx).await;
            Ok(without_accounts(&inserted))
        }
    });
    let outcomes = outcomes.await?;
    let won = count(&outcomes, |outcome| *outcome == STORED);
    let lost = count(&outcomes, |outcome| *outcome == refusal);
    let all = usize::from(CALLERS);
    assert_eq!(
        (won, lost),
        (1, all - 1),
        "one insert stores {key}, and all others return {refusal:?}"
    );
    assert_eq!(
        trial.store.page(None, 100).await?.len(),
        1,
        "the number of accounts"
    );
    Ok(())
}

pub async fn concurrent_inserts_of_one_username_store_one<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let account = |caller: u8| {
        let name = if caller.is_multiple_of(2) {
            "ada"
        } else {
            "ADA"
        };
        trial.account(name, &format!("{caller}@example.org"))
    };
    one_is_inserted(&trial, account, Inserted::UsernameTaken, "the username").await
}

pub async fn concurrent_inserts_of_one_address_store_one<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let account = |caller: u8| {
        let name = if caller.is_multiple_of(2) {
            "ada"
        } else {
            "ADA"
        };
        trial.account(&format!("caller {caller}"), &format!("{name}@example.org"))
    };
    one_is_inserted(&trial, account, Inserted::EmailTaken, "the address").await
}

pub async fn concurrent_replacing_inserts_leave_one_account<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let outcomes = race(&trial.store, CALLERS, |store, _| {
        let user = trial.named("ada");
        async move {
            let mut tx = begin(&store).await?;
            let inserted = store.insert(&mut tx, &user, Replace, NOW).await?;
            finish(&store, tx).await;
            Ok(without_accounts(&inserted))
        }
    });
    let won = count(&outcomes.await?, |outcome| {
        matches!(outcome, Inserted::Stored { .. })
    });
    assert!(won >= 1, "no holder could refuse the first insert");
    let left = trial.store.page(None, 100).await?.len();
    assert_eq!(left, 1, "accounts with this username and address");
    Ok(())
}

pub async fn concurrent_changes_to_one_address_succeed_once<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let mut ids = Vec::new();
    for caller in 0..CALLERS {
        ids.push(trial.stored_named(&format!("caller{caller}")).await?);
    }
    let outcomes = race(&trial.store, CALLERS, |store, caller| {
        let id = ids[usize::from(caller)].clone();
        async move {
            let (old, new) = (format!("caller{caller}@example.org"), "one@example.org");
            let mut tx = begin(&store).await?;
            let set = store.set_email(&mut tx, &id, &old, new, Keep).await?;
            finish(&store, tx).await;
            Ok(match set {
                EmailSet::Set { .. } => true,
                EmailSet::Taken => false,
                EmailSet::Changed => panic!("no other caller changes {old}"),
                EmailSet::Unstorable => panic!("{new} can be stored"),
            })
        }
    });
    let won = count(&outcomes.await?, |succeeded| *succeeded);
    assert_eq!(won, 1, "callers that changed to the address");
    Ok(())
}

/// Returns how many of 200 attempts at one instant are granted.
async fn granted<S: AccountStore>(
    trial: &Trial<S>,
    attempt: impl Fn(u8) -> Attempt,
) -> Outcome<usize> {
    let reserved = race(&trial.store, 200, |store, caller| {
        let attempt = attempt(caller);
        async move { store.reserve_attempt(&attempt, AttemptTime::At(NOW)).await }
    });
    Ok(count(&reserved.await?, |reserved| {
        *reserved == Reservation::Granted
    }))
}

/// Returns a limit that grants five attempts at one instant: four are free, and the fifth starts a delay.
fn five() -> AttemptLimit {
    AttemptLimit {
        free: 4,
        ..none_free()
    }
}

pub async fn concurrent_attempts_of_one_subject_stay_within_the_limit<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let granted = granted(&trial, |_| about(1, five())).await?;
    assert_eq!(
        granted, 5,
        "granted attempts of one subject, at one instant"
    );
    let until = NOW + five().delay_after(5);
    let why = "five attempts are counted";
    trial.refused(about(1, five()), NOW, until, why).await
}

pub async fn concurrent_attempts_of_one_client_stay_within_the_limit<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let by_client = |caller| Attempt {
        client: Some((key(255), five())),
        ..about(caller, none_free())
    };
    let granted = granted(&trial, by_client).await?;
    assert_eq!(granted, 5, "granted attempts of one client, at one instant");
    let mut counted = 0;
    for caller in 0..200 {
        let attempt = about(caller, none_free());
        let reserved = trial
            .store
            .reserve_attempt(&attempt, AttemptTime::At(NOW))
            .await?;
        counted += usize::from(reserved != Reservation::Granted);
    }
    // A store may also count an attempt for its subject that the client's limit then refuses.
    assert!(
        counted >= 5,
        "each granted attempt is counted for its subject"
    );
    Ok(())
}

pub async fn concurrent_deletions_of_one_account_succeed_once<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let id = trial.stored_named("ada").await?;
    let deleted = race(&trial.store, 16, |store, _| {
        let id = id.clone();
        async move {
            let mut tx = begin(&store).await?;
            let deleted = store.delete(&mut tx, &id).await?;
            finish(&store, tx).await;
            Ok(deleted.is_some())
        }
    });
    let won = count(&deleted.await?, |deleted| *deleted);
    assert_eq!(won, 1, "callers that deleted the account");
    Ok(())
}

pub async fn concurrent_transactions_and_attempts_are_all_stored<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let done = race(&trial.store, CALLERS, |store, caller| async move {
        if caller.is_multiple_of(2) {
            let mut tx = begin(&store).await?;
            store.append_audit(&mut tx, &[entry("concurrent")]).await?;
            finish(&store, tx).await;
        } else {
            let attempt = about(caller, none_free());
            let reserved = store
                .reserve_attempt(&attempt, AttemptTime::At(NOW))
                .await?;
            assert_eq!(reserved, Reservation::Granted);
        }
        Ok(())
    });
    let half = done.await?.len() / 2;
    let entries = trial.store.audit(None, 100).await?.len();
    assert_eq!(entries, half, "audit entries of all transactions");
    let until = NOW + none_free().delay;
    for caller in (1..CALLERS).step_by(2) {
        let why = "an attempt that was granted during a transaction is counted";
        let attempt = about(caller, none_free());
        trial.refused(attempt, NOW, until, why).await?;
    }
    Ok(())
}
