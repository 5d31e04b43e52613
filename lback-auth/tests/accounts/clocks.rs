//! Attempts that are free are not refused, however many come at the same time and whatever their clocks;
//! nor is a token lost by a clock that is behind.

use std::time::Duration;

use lback_auth::{
    AccountStore, Accounts, AccountsBuilder, Authentication, PendingToken, RequestContext,
    SessionKey, TokenPurpose,
};
use lback_signals::Scope;
use test_support::rounds;
use time::OffsetDateTime;
use tokio::task::JoinSet;

use crate::faulty::Faulty;
use crate::on_each_store;
use crate::world::{OTHER, PASSWORD, Store, World, shown};

on_each_store!(
    of_many_people_behind_one_address_none_is_refused,
    of_double_clicks_none_is_refused,
    a_purge_by_a_clock_that_is_behind_leaves_tokens,
    a_purge_is_of_the_present_unless_a_clock_is_set,
);

/// How many people sign in at once: more than PostgreSQL has connections for, and few enough that a
/// transaction of the store in memory, which copies the whole audit log, stays cheap in all rounds.
const CROWD: usize = 20;

/// The accounts of three processes: the clocks of two stand still and are 5 s apart, and the third has
/// the system's.
fn processes<S: Store>(world: &World<S>) -> [Accounts<S>; 3] {
    let builder = builder(&world.store);
    let now = OffsetDateTime::now_utc();
    let other = move || now + Duration::from_secs(5);
    [
        builder.clone().clock(move || now).build().unwrap(),
        builder.clone().clock(other).build().unwrap(),
        builder.build().unwrap(),
    ]
}

fn builder<S: AccountStore>(store: &S) -> AccountsBuilder<S> {
    Accounts::builder(store.clone(), SessionKey::new(&[7; 32]).unwrap())
}

/// What signing in comes to for each of these, at the same time and from one address.
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

async fn of_many_people_behind_one_address_none_is_refused<S: Store>(world: World<S>) {
    let processes = processes(&world);
    for round in 0..rounds(200) {
        let tries = (0..CROWD).map(|person| {
            // All clocks in every other round, and one in the others.
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

async fn of_double_clicks_none_is_refused<S: Store>(world: World<S>) {
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

async fn a_purge_by_a_clock_that_is_behind_leaves_tokens<S: Store>(world: World<S>) {
    world.verified("ada").await;
    for behind in [Duration::from_secs(301), Duration::from_hours(14)] {
        world
            .accounts
            .request_password_reset("ada@example.org")
            .await
            .unwrap();
        let token = world.mail().await.token;
        let now = world.now() - behind;
        let purging = builder(&world.store).clock(move || now).build().unwrap();
        assert!(
            behind > PendingToken::CLOCK_TOLERANCE,
            "the token is not good"
        );
        purging.purge().await.unwrap();
        let peeked = world.accounts.peek(TokenPurpose::PasswordReset, &token);
        peeked.await.unwrap();
        world.accounts.reset_password(&token, OTHER).await.unwrap();
    }
}

async fn a_purge_is_of_the_present_unless_a_clock_is_set<S: Store>(world: World<S>) {
    let store = Faulty::new(world.store.clone());
    let accounts = builder(&store).build().unwrap();
    accounts.purge().await.unwrap();
    assert_eq!(store.asked(), ["purge"]);
    let now = world.now();
    let accounts = builder(&store).clock(move || now).build().unwrap();
    accounts.purge().await.unwrap();
    assert_eq!(store.asked(), ["purge_at"]);
}
