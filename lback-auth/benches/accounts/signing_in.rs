//! Cost of signing in, compared with the hasher alone and with the statements alone.

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
    let (turns, calls) = if is_quick { (3, 8) } else { (9, 16) };
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
                start_sessions(accounts.clone(), hasher.clone(), logins)
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
                sign_in(accounts.clone(), hasher.clone(), logins)
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

/// Signs in, and starts a session.
async fn start_sessions<S>(accounts: Accounts<S>, hasher: Hasher, logins: Vec<String>)
where
    S: AccountStore<User = User>,
{
    let client = "192.0.2.7".parse().expect("an address");
    let context = RequestContext::new().with_client(client);
    let context = context.with_user_agent("Mozilla/5.0");
    let scope = Scope::new().provide(hasher).provide(context);
    for login in logins {
        let started = scope.run_async(async {
            let Ok(Authentication::Granted(user)) = accounts.authenticate(&login, PASSWORD).await
            else {
                panic!("the password is right");
            };
            accounts.start_session(&user, Remember::No).await
        });
        assert!(started.await.is_ok());
    }
}

async fn sign_in<S>(accounts: Accounts<S>, hasher: Hasher, logins: Vec<String>)
where
    S: AccountStore<User = User>,
{
    let scope = Scope::new().provide(hasher);
    for login in logins {
        let signed_in = scope
            .run_async(accounts.authenticate(&login, PASSWORD))
            .await;
        assert!(
            matches!(signed_in, Ok(Authentication::Granted(_))),
            "{signed_in:?}"
        );
    }
}
