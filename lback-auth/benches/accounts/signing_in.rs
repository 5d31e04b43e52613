//! Cost of signing in, compared with the hasher alone and with the statements alone.

use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use lback_auth::{
    AccountStore, Accounts, AttemptLimit, Authentication, Hasher, Remember, RequestContext,
    SessionKey, User, Verdict,
};
use lback_signals::Scope;
use tokio::task::JoinSet;

use crate::database::Database;
use crate::ratio::Comparison;
use crate::{FEW, PASSWORD};

const CLIENTS: u32 = 16;

/// The first of the addresses for benchmarks (198.18.0.0/15, RFC 2544).
const FIRST_CLIENT_ADDRESS: u32 = 0xC612_0000;

pub(crate) async fn measure(database: &impl Database, is_quick: bool) {
    let key = SessionKey::new(&[7; 32]).expect("long enough");
    let accounts = Accounts::builder(database.store(), key)
        .login_limit(AttemptLimit::new(u32::MAX))
        .client_limit(AttemptLimit::new(u32::MAX))
        .build()
        .expect("accounts");

    let hasher = Hasher::builder().queue_timeout(Duration::from_hours(1));
    let hasher = hasher.build().expect("the default settings");
    let stored = crate::stored(&hasher);
    database.store_passwords(&stored).await;
    let (turns, calls) = if is_quick { (3, 8) } else { (7, 32) };
    let times = Comparison::of(
        turns,
        async || {
            timed(calls, |logins| {
                check(hasher.clone(), stored.clone(), logins)
            })
            .await
        },
        async || {
            timed(calls, |logins| {
                authenticate(accounts.clone(), hasher.clone(), logins)
            })
            .await
        },
    );
    let times = times.await;
    println!("  sign-ins a second, beside checks by the hasher alone: {times} (goal 0.9)");

    let times = Comparison::of(
        turns,
        async || {
            timed(calls, |logins| {
                check(hasher.clone(), stored.clone(), logins)
            })
            .await
        },
        async || {
            timed(calls, |logins| {
                sign_in(accounts.clone(), hasher.clone(), logins)
            })
            .await
        },
    );
    let times = times.await;
    println!("  …, with a session each: {times} (goal 0.9)");

    let hasher = Hasher::insecure_for_tests();
    database.store_passwords(&crate::stored(&hasher)).await;
    let (turns, calls) = if is_quick { (5, 25) } else { (15, 50) };
    let times = Comparison::of(
        turns,
        async || {
            timed(calls, |logins| {
                database.sign_in_plainly(hasher.clone(), logins)
            })
            .await
        },
        async || {
            timed(calls, |logins| {
                authenticate(accounts.clone(), hasher.clone(), logins)
            })
            .await
        },
    );
    let times = times.await;
    println!("  …, with a cheap hash, beside the same statements alone: {times} (goal 0.8)");
}

/// Returns the time of all clients. Each client makes this number of calls, with separate logins.
async fn timed<F>(calls: u32, client: impl Fn(Vec<String>) -> F) -> Duration
where
    F: Future<Output = ()> + Send + 'static,
{
    let logins = |client| {
        let numbers = (0..calls).map(|call| call * CLIENTS + client);
        let logins = numbers.map(|number| format!("user{}", number % FEW + 1));
        logins.collect::<Vec<_>>()
    };
    let clients: Vec<_> = (0..CLIENTS).map(|number| client(logins(number))).collect();
    let start = Instant::now();
    clients.into_iter().collect::<JoinSet<_>>().join_all().await;
    start.elapsed()
}

/// Checks the same hash once per login.
async fn check(hasher: Hasher, stored: String, logins: Vec<String>) {
    for _ in logins {
        let verdict = hasher.verify_async(PASSWORD, &stored).await;
        assert_eq!(verdict, Ok(Verdict::Valid));
    }
}

/// Authenticates without a session.
async fn authenticate<S>(accounts: Accounts<S>, hasher: Hasher, logins: Vec<String>)
where
    S: AccountStore<User = User>,
{
    let scope = Scope::new().provide(hasher);
    for login in logins {
        let authenticated = scope
            .run_async(accounts.authenticate(&login, PASSWORD))
            .await;
        assert!(
            matches!(authenticated, Ok(Authentication::Granted(_))),
            "{authenticated:?}"
        );
    }
}

/// Signs in with a session, each login from another address.
async fn sign_in<S>(accounts: Accounts<S>, hasher: Hasher, logins: Vec<String>)
where
    S: AccountStore<User = User>,
{
    for login in logins {
        let number: u32 = login.trim_start_matches("user").parse().expect("a number");
        let context = RequestContext::new()
            .with_client(Ipv4Addr::from_bits(FIRST_CLIENT_ADDRESS + number).into())
            .with_user_agent("Mozilla/5.0");
        let scope = Scope::new().provide(hasher.clone()).provide(context);
        let signed_in = scope
            .run_async(accounts.sign_in(&login, PASSWORD, Remember::No))
            .await;
        assert!(matches!(signed_in, Ok(Authentication::Granted(_))));
    }
}
