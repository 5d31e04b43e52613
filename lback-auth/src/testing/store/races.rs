//! Of many that come at the same time, one has what there is one of.

use std::sync::Arc;

use tokio::sync::Barrier;
use tokio::task::yield_now;

use super::attempts::{about, key, none_free};
use super::fixture::{Fixture, STORED, password, told};
use super::log::{entry, request};
use super::trial::{NOW, Outcome, Trial, commit};
use crate::store::UnverifiedHolders::{Keep, Replace};
use crate::store::{
    AccountStore, Attempt, AttemptLimit, AttemptTime, EmailSet, Expected, Inserted, Reservation,
};
use crate::token::TokenPurpose;

const CALLERS: u8 = 32;

/// What the calls of so many come to, which are made as much at the same time as can be.
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

/// Begins a transaction, and gives others the time to do so too, if the store lets them.
async fn begin<S: AccountStore>(store: &S) -> Outcome<S::Transaction> {
    let transaction = store.begin().await?;
    yield_now().await;
    Ok(transaction)
}

/// Gives others the time to get in between, and commits.
async fn finish<S: AccountStore>(store: &S, transaction: S::Transaction) {
    yield_now().await;
    commit(store, transaction).await;
}

/// How many have won.
fn winners<T>(outcomes: &[T], has_won: impl Fn(&T) -> bool) -> usize {
    outcomes.iter().filter(|outcome| has_won(outcome)).count()
}

pub async fn of_many_who_consume_one_token_one_does<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let id = trial.stored_named("ada").await?;
    let token = trial.put_token(&id, TokenPurpose::PasswordReset, 1).await?;
    let owners = race(&trial.store, CALLERS, |store, _| async move {
        let mut tx = begin(&store).await?;
        let owner = store.consume_token(&mut tx, &token, NOW).await?;
        finish(&store, tx).await;
        Ok(owner)
    });
    let won = winners(&owners.await?, Option::is_some);
    assert_eq!(won, 1, "callers who have consumed one token");
    Ok(())
}

pub async fn of_many_who_replace_one_password_one_does<S: AccountStore>(
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
            Ok(set.map(|user| user.kept()))
        }
    });
    let set = set.await?;
    let won = winners(&set, Option::is_some);
    assert_eq!(won, 1, "callers who have replaced one password");
    let found = trial.store.find(&id).await?.map(|user| user.kept());
    assert!(set.contains(&found), "what the winner has set is stored");
    Ok(())
}

pub async fn of_many_who_lock_an_unchanged_account_one_changes_it<S: AccountStore>(
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
    let won = winners(&locked.await?, |locked| *locked);
    assert_eq!(won, 1, "callers who have locked an unchanged account");
    Ok(())
}

/// Inserts accounts that are `Stored` once, and otherwise told this.
async fn one_is_inserted<S: AccountStore>(
    trial: &Trial<S>,
    account: impl Fn(u8) -> S::User,
    others: Inserted<()>,
    what: &str,
) -> Outcome {
    let outcomes = race(&trial.store, CALLERS, |store, caller| {
        let user = account(caller);
        async move {
            let mut tx = begin(&store).await?;
            let inserted = store.insert(&mut tx, &user, Keep, NOW).await?;
            finish(&store, tx).await;
            Ok(told(&inserted))
        }
    });
    let outcomes = outcomes.await?;
    let won = winners(&outcomes, |outcome| *outcome == STORED);
    let lost = winners(&outcomes, |outcome| *outcome == others);
    let all = usize::from(CALLERS);
    assert_eq!(
        (won, lost),
        (1, all - 1),
        "one has {what}, and all others are told {others:?}"
    );
    assert_eq!(
        trial.store.page(None, 100).await?.len(),
        1,
        "one account is there"
    );
    Ok(())
}

pub async fn of_many_who_take_one_name_one_does<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let account = |caller: u8| {
        let name = if caller.is_multiple_of(2) {
            "ada"
        } else {
            "ADA"
        };
        trial.account(name, &format!("{caller}@example.org"))
    };
    one_is_inserted(&trial, account, Inserted::UsernameTaken, "the name").await
}

pub async fn of_many_who_take_one_address_one_does<S: AccountStore>(trial: Trial<S>) -> Outcome {
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

pub async fn of_many_who_replace_each_other_one_is_left<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let outcomes = race(&trial.store, CALLERS, |store, _| {
        let user = trial.named("ada");
        async move {
            let mut tx = begin(&store).await?;
            let inserted = store.insert(&mut tx, &user, Replace, NOW).await?;
            finish(&store, tx).await;
            Ok(told(&inserted))
        }
    });
    let won = winners(&outcomes.await?, |outcome| {
        matches!(outcome, Inserted::Stored { .. })
    });
    assert!(won >= 1, "the first had nobody in its way");
    let left = trial.store.page(None, 100).await?.len();
    assert_eq!(left, 1, "accounts of one name and address");
    Ok(())
}

pub async fn of_many_who_change_to_one_address_one_does<S: AccountStore>(
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
                EmailSet::Changed => panic!("nobody has changed {old}"),
                EmailSet::Unstorable => panic!("{new} can be stored"),
            })
        }
    });
    let won = winners(&outcomes.await?, |has_won| *has_won);
    assert_eq!(won, 1, "callers who have one address");
    Ok(())
}

/// How many of 200 attempts are granted at one instant.
async fn granted<S: AccountStore>(
    trial: &Trial<S>,
    attempt: impl Fn(u8) -> Attempt,
) -> Outcome<usize> {
    let reserved = race(&trial.store, 200, |store, caller| {
        let attempt = attempt(caller);
        async move { store.reserve_attempt(&attempt, AttemptTime::At(NOW)).await }
    });
    Ok(winners(&reserved.await?, |reserved| {
        *reserved == Reservation::Granted
    }))
}

/// Grants five at one instant: four are free, and the delay is that after the fifth.
fn five() -> AttemptLimit {
    AttemptLimit {
        free: 4,
        ..none_free()
    }
}

pub async fn of_many_attempts_no_more_get_through_than_the_limit_allows<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let granted = granted(&trial, |_| about(1, five())).await?;
    assert_eq!(granted, 5, "attempts about one subject, at one instant");
    let until = NOW + five().delay_after(5);
    let why = "five are counted";
    trial.refused(about(1, five()), NOW, until, why).await
}

pub async fn of_a_clients_attempts_no_more_get_through_than_the_limit_allows<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let by_client = |caller| Attempt {
        client: Some((key(255), five())),
        ..about(caller, none_free())
    };
    let granted = granted(&trial, by_client).await?;
    assert_eq!(granted, 5, "attempts of one client, at one instant");
    let mut counted = 0;
    for caller in 0..200 {
        let attempt = about(caller, none_free());
        let reserved = trial
            .store
            .reserve_attempt(&attempt, AttemptTime::At(NOW))
            .await?;
        counted += usize::from(reserved != Reservation::Granted);
    }
    // One that comes too late by a hair may be, too.
    assert!(
        counted >= 5,
        "each that got through is counted for its subject"
    );
    Ok(())
}

pub async fn of_many_who_take_one_request_one_does<S: AccountStore>(trial: Trial<S>) -> Outcome {
    trial.file(&request("ada@example.org")).await?;
    let next = trial.store.next_request(None).await?;
    let (number, _) = next.expect("a request is there");
    let taken = race(&trial.store, 16, |store, _| async move {
        let mut tx = begin(&store).await?;
        let taken = store.take_request(&mut tx, number).await?;
        finish(&store, tx).await;
        Ok(taken)
    });
    let won = winners(&taken.await?, |taken| *taken);
    assert_eq!(won, 1, "callers who have taken one request");
    Ok(())
}

pub async fn of_many_who_delete_one_account_one_does<S: AccountStore>(trial: Trial<S>) -> Outcome {
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
    let won = winners(&deleted.await?, |deleted| *deleted);
    assert_eq!(won, 1, "callers who have deleted one account");
    Ok(())
}

pub async fn what_is_done_beside_a_transaction_is_not_lost<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let done = race(&trial.store, CALLERS, |store, caller| async move {
        if caller.is_multiple_of(2) {
            let mut tx = begin(&store).await?;
            store.append_audit(&mut tx, &[entry("beside")]).await?;
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
    assert_eq!(entries, half, "entries of all transactions");
    let until = NOW + none_free().delay;
    for caller in (1..CALLERS).step_by(2) {
        let why = "an attempt that was granted beside a transaction is counted";
        let attempt = about(caller, none_free());
        trial.refused(attempt, NOW, until, why).await?;
    }
    Ok(())
}
