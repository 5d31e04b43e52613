//! Concurrent flows, one task per flow.

use std::collections::HashMap;
use std::time::Duration;

use lback_auth::{
    AccountsError, AttemptLimit, Authentication, Expected, Hasher, UnverifiedSignIn, User,
};
use lback_signals::{CommitOutcome, Scope};
use test_support::rounds;
use tokio::task::JoinSet;

use crate::on_each_store;
use crate::world::{OTHER, PASSWORD, Store, World, id, until};

on_each_store!(
    a_token_is_consumed_once,
    a_reset_token_is_consumed_once,
    concurrent_sign_ins_upgrade_a_stale_hash_once,
    a_change_of_password_wins_over_an_upgrade,
    the_throttle_limits_hashed_guesses,
    one_of_many_registrations_of_a_username_wins,
    each_request_is_processed_once,
    one_of_many_changes_of_a_password_wins,
);

/// Runs `count` calls concurrently, and counts their outcomes.
async fn outcomes<F>(count: usize, call: impl Fn(usize) -> F) -> HashMap<&'static str, usize>
where
    F: Future<Output = &'static str> + Send + 'static,
{
    let mut tasks = JoinSet::new();
    for task in 0..count {
        tasks.spawn(Scope::current().wrap(call(task)));
    }
    let mut outcomes = HashMap::new();
    while let Some(outcome) = tasks.join_next().await {
        *outcomes.entry(outcome.unwrap()).or_default() += 1;
    }
    outcomes
}

fn outcome_name(outcome: Result<(), AccountsError>) -> &'static str {
    match outcome {
        Ok(()) => "done",
        Err(AccountsError::InvalidToken) => "invalid",
        Err(AccountsError::WrongPassword) => "wrong",
        Err(AccountsError::UsernameTaken) => "taken",
        Err(error) => panic!("{error:?}"),
    }
}

async fn a_token_is_consumed_once<S: Store>(world: World<S>) {
    world.unverified("ada").await;
    let token = world.mail().await.token;
    world.journal.take();
    let outcomes = outcomes(32, |_| {
        let (accounts, token) = (world.accounts.clone(), token.clone());
        async move { outcome_name(accounts.verify_email(&token).await) }
    })
    .await;
    assert_eq!(outcomes, HashMap::from([("done", 1), ("invalid", 31)]));
    assert_eq!(world.journal.take(), ["user_email_verified ada"]);
}

async fn a_reset_token_is_consumed_once<S: Store>(world: World<S>) {
    world.verified("ada").await;
    world
        .accounts
        .request_password_reset("ada@example.org")
        .await
        .unwrap();
    let token = world.mail().await.token;
    world.journal.take();
    let outcomes = outcomes(32, |task| {
        let (accounts, token) = (world.accounts.clone(), token.clone());
        async move {
            let password = format!("a long new password {task}");
            outcome_name(accounts.reset_password(&token, &password).await)
        }
    })
    .await;
    assert_eq!(outcomes, HashMap::from([("done", 1), ("invalid", 31)]));
    let lines = world.journal.take();
    let changed = lines
        .iter()
        .filter(|line| line.starts_with("user_password_changed"));
    assert_eq!(changed.count(), 1);
    let mut right = 0;
    for task in 0..32 {
        let password = format!("a long new password {task}");
        right += usize::from(world.is_granted("ada", &password).await);
    }
    assert_eq!(right, 1);
}

/// Replaces the hash of an account by one of another cost.
async fn make_stale<S: Store>(world: &World<S>, user: &User) {
    let older = Hasher::builder().memory(16).passes(1).build().unwrap();
    let stale = older.hash(PASSWORD).unwrap();
    let mut rows = world.store.begin().await.unwrap();
    let set = world
        .store
        .set_password(&mut rows, &id(user), Expected::Any, &stale)
        .await;
    assert!(set.unwrap().is_some());
    let outcome = world.store.commit(rows).await;
    assert!(matches!(outcome, CommitOutcome::Committed));
}

async fn concurrent_sign_ins_upgrade_a_stale_hash_once<S: Store>(world: World<S>) {
    let world = world.with(|builder| builder.login_limit(AttemptLimit::new(1000)));
    let ada = world.verified("ada").await;
    make_stale(&world, &ada).await;
    let outcomes = outcomes(32, |_| {
        let accounts = world.accounts.clone();
        async move {
            match accounts.authenticate("ada", PASSWORD).await.unwrap() {
                Authentication::Granted(user) => {
                    assert!(user.password().stored().unwrap().contains("m=8,"));
                    "granted"
                }
                outcome => panic!("{outcome:?}"),
            }
        }
    })
    .await;
    assert_eq!(outcomes, HashMap::from([("granted", 32)]));
    let lines = world.journal.take();
    let count = |line: &str| lines.iter().filter(|lines| *lines == line).count();
    assert_eq!(count("user_password_upgraded ada"), 1);
    assert_eq!(count("user_authenticated ada"), 32);
    assert_eq!(count("user_password_checked ada true"), 32);
}

async fn a_change_of_password_wins_over_an_upgrade<S: Store>(world: World<S>) {
    let world = world.with(|builder| builder.login_limit(AttemptLimit::new(1000)));
    for round in 0..rounds(40) {
        let name = format!("ada{round}");
        let ada = world.verified(&name).await;
        make_stale(&world, &ada).await;
        let outcomes = outcomes(16, |task| {
            let accounts = world.accounts.clone();
            let (name, id) = (name.clone(), id(&ada));
            async move {
                if task == 7 {
                    return outcome_name(
                        accounts
                            .change_password(&id, PASSWORD, OTHER)
                            .await
                            .map(drop),
                    );
                }
                match accounts.authenticate(&name, PASSWORD).await.unwrap() {
                    Authentication::Granted(_) => "granted",
                    Authentication::Denied => "denied",
                    outcome => panic!("{outcome:?}"),
                }
            }
        })
        .await;
        assert_eq!(outcomes["done"], 1, "{outcomes:?}");
        assert!(world.is_granted(&name, OTHER).await, "{outcomes:?}");
        assert!(!world.is_granted(&name, PASSWORD).await, "{outcomes:?}");
    }
}

async fn the_throttle_limits_hashed_guesses<S: Store>(world: World<S>) {
    world.verified("ada").await;
    let before = world.hasher.stats().hashes();
    let outcomes = outcomes(1000, |_| {
        let accounts = world.accounts.clone();
        async move {
            match accounts.authenticate("ada", OTHER).await.unwrap() {
                Authentication::Denied => "denied",
                Authentication::Throttled { .. } => "throttled",
                outcome => panic!("{outcome:?}"),
            }
        }
    })
    .await;
    // Ten attempts are free, and one more precedes the first delay.
    assert_eq!(
        outcomes,
        HashMap::from([("denied", 11), ("throttled", 989)])
    );
    assert_eq!(world.hasher.stats().hashes() - before, 11);
}

async fn one_of_many_registrations_of_a_username_wins<S: Store>(world: World<S>) {
    let world = world.with(|builder| builder.unverified_sign_in(UnverifiedSignIn::Allowed));
    let outcomes = outcomes(16, |task| {
        let accounts = world.accounts.clone();
        async move {
            let user = User::new("ada", format!("ada{task}@example.org")).unwrap();
            outcome_name(accounts.register(user, PASSWORD).await.map(drop))
        }
    })
    .await;
    assert_eq!(outcomes, HashMap::from([("done", 1), ("taken", 15)]));
    assert_eq!(world.mails().await.len(), 1);
    assert_eq!(world.store.page(None, 100).await.unwrap().len(), 1);
}

async fn each_request_is_processed_once<S: Store>(world: World<S>) {
    for task in 0..20 {
        world.unverified(&format!("ada{task}")).await;
    }
    let workers: Vec<_> = (0..8).map(|_| world.worker()).collect();
    until(async || world.left().await == 0).await;
    for worker in workers {
        worker.shutdown().await;
    }
    let mut mailed: Vec<_> = world
        .mails()
        .await
        .into_iter()
        .map(|mail| mail.to)
        .collect();
    mailed.sort();
    mailed.dedup();
    assert_eq!(mailed.len(), 20);
    let lines = world.journal.take();
    let generated = lines
        .iter()
        .filter(|line| line.starts_with("address_mail_due "));
    assert_eq!(generated.count(), 20);
}

async fn one_of_many_changes_of_a_password_wins<S: Store>(world: World<S>) {
    let world = world.with(|builder| builder.login_limit(AttemptLimit::new(1000)));
    let ada = world.verified("ada").await;
    let outcomes = outcomes(16, |task| {
        let (accounts, id) = (world.accounts.clone(), id(&ada));
        async move {
            let new = format!("a long new password {task}");
            outcome_name(
                accounts
                    .change_password(&id, PASSWORD, &new)
                    .await
                    .map(drop),
            )
        }
    })
    .await;
    assert_eq!(outcomes, HashMap::from([("done", 1), ("wrong", 15)]));
    world.wait(Duration::from_hours(1));
    assert!(!world.is_granted("ada", PASSWORD).await);
}
