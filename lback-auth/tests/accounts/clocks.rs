//! Clocks that differ: they cause no refusal of concurrent free attempts, and no loss of tokens.

use std::time::Duration;

use lback_auth::{
    AccountStore, Accounts, AccountsBuilder, Authentication, Clock, PendingToken, RequestContext,
    SessionKey, TokenPurpose,
};
use lback_signals::Scope;
use test_support::rounds;
use time::OffsetDateTime;
use tokio::task::JoinSet;

use crate::faulty_store::Faulty;
use crate::on_each_store;
use crate::world::{OTHER, PASSWORD, Store, World, shown};

on_each_store!(
    concurrent_sign_ins_behind_one_address_are_not_refused,
    double_clicks_are_not_refused,
    a_purge_by_a_clock_that_is_behind_keeps_tokens,
    a_purge_uses_the_present_unless_a_clock_is_set,
);

/// The number of concurrent sign-ins: more than PostgreSQL has connections, and few enough that a transaction of the
/// memory store, which copies the whole audit log, stays cheap in all rounds.
const CROWD: usize = 20;

/// The accounts of three processes: two have stopped clocks that are 5 s apart, and the third has the system clock.
fn processes<S: Store>(world: &World<S>) -> [Accounts<S>; 3] {
    let builder = builder(&world.store);
    let now = OffsetDateTime::now_utc();
    let ahead = Clock::fixed(now + Duration::from_secs(5));
    [
        builder.clone().clock(Clock::fixed(now)).build().unwrap(),
        builder.clone().clock(ahead).build().unwrap(),
        builder.build().unwrap(),
    ]
}

fn builder<S: AccountStore>(store: &S) -> AccountsBuilder<S> {
    Accounts::builder(store.clone(), SessionKey::new(&[7; 32]).unwrap())
}

/// Runs sign-ins concurrently from one address, and returns their outcomes.
async fn at_once<S: Store>(
    world: &World<S>,
    round: u32,
    tries: Vec<(Accounts<S>, String, &'static str)>,
) -> Vec<Authentication<()>> {
    let client = format!("192.0.2.{round}").parse().unwrap();
    let context = RequestContext::new().with_client(client);
    let scope = world.scope().provide(context);
    scope
        .run_async(async {
            let mut tasks = JoinSet::new();
            for (accounts, login, password) in tries {
                tasks.spawn(Scope::current().wrap(async move {
                    let outcome = accounts.authenticate(&login, password).await;
                    shown(outcome.unwrap())
                }));
            }
            tasks.join_all().await
        })
        .await
}

async fn concurrent_sign_ins_behind_one_address_are_not_refused<S: Store>(world: World<S>) {
    let processes = processes(&world);
    for round in 0..rounds(200) {
        let tries = (0..CROWD).map(|person| {
            // Even rounds use one clock, odd rounds all three.
            let process = if round % 2 == 0 { 2 } else { person % 3 };
            let login = format!("person-{round}-{person}");
            (processes[process].clone(), login, OTHER)
        });
        let outcomes = at_once(&world, round, tries.collect()).await;
        assert_eq!(
            outcomes,
            vec![Authentication::Denied; CROWD],
            "round {round}"
        );
    }
}

async fn double_clicks_are_not_refused<S: Store>(world: World<S>) {
    world.verified("ada").await;
    let processes = processes(&world);
    for round in 0..rounds(200) {
        let tries = (0..2).map(|click| {
            let process = if round % 2 == 0 { 2 } else { click };
            (processes[process].clone(), "ada".to_owned(), PASSWORD)
        });
        let outcomes = at_once(&world, round, tries.collect()).await;
        assert_eq!(
            outcomes,
            vec![Authentication::Granted(()); 2],
            "round {round}"
        );
    }
}

async fn a_purge_by_a_clock_that_is_behind_keeps_tokens<S: Store>(world: World<S>) {
    world.verified("ada").await;
    for behind in [Duration::from_secs(301), Duration::from_hours(14)] {
        world
            .accounts
            .request_password_reset("ada@example.org")
            .await
            .unwrap();
        let token = world.mail().await.token;
        let now = world.now() - behind;
        let purging = builder(&world.store)
            .clock(Clock::fixed(now))
            .build()
            .unwrap();
        assert!(
            behind > PendingToken::CLOCK_TOLERANCE,
            "the token is not valid yet"
        );
        purging.purge().await.unwrap();
        let peeked = world.accounts.peek(TokenPurpose::PasswordReset, &token);
        peeked.await.unwrap();
        world.accounts.reset_password(&token, OTHER).await.unwrap();
    }
}

async fn a_purge_uses_the_present_unless_a_clock_is_set<S: Store>(world: World<S>) {
    let store = Faulty::new(world.store.clone());
    let accounts = builder(&store).build().unwrap();
    accounts.purge().await.unwrap();
    assert_eq!(store.asked(), ["purge"]);
    let now = world.now();
    let accounts = builder(&store).clock(Clock::fixed(now)).build().unwrap();
    accounts.purge().await.unwrap();
    assert_eq!(store.asked(), ["purge_at"]);
}
