//! Cost of finding one account or session among many, compared with finding it among few.

use std::time::{Duration, Instant};

use lback_auth::{AccountStore, NormalForm, UserId};
use time::OffsetDateTime;

use crate::database::{Database, session_of};
use crate::ratio::Comparison;

/// A prime, so that the steps reach all accounts, and successive accounts are far apart.
const STEP: u32 = 7_919;

/// Measures the lookups of an account and a session in two databases, each given with its number of accounts.
pub(crate) async fn measure<D: Database>(
    (few, number_of_few): (&D, u32),
    (many, number_of_many): (&D, u32),
    is_quick: bool,
) {
    let (few, many) = (few.store(), many.store());
    let (turns, calls) = if is_quick { (5, 1_000) } else { (25, 2_000) };

    let times = Comparison::of(
        turns,
        async || by_id(&many, number_of_many, calls).await,
        async || by_id(&few, number_of_few, calls).await,
    );
    let times = times.await;
    println!(
        "  `find` among {number_of_many} accounts, beside {number_of_few}: {times} (goal 1.5)"
    );

    let times = Comparison::of(
        turns,
        async || by_login(&many, number_of_many, calls).await,
        async || by_login(&few, number_of_few, calls).await,
    );
    let times = times.await;
    println!("  `find_by_login` likewise: {times} (goal 1.5)");

    let times = Comparison::of(
        turns,
        async || by_session(&many, number_of_many, calls).await,
        async || by_session(&few, number_of_few, calls).await,
    );
    let times = times.await;
    println!("  `find_session` likewise: {times} (goal 1.5)");
}

async fn by_id(store: &impl AccountStore, accounts: u32, calls: u32) -> Duration {
    let ids: Vec<_> = numbers(accounts, calls).map(UserId::new).collect();
    let start = Instant::now();
    for id in &ids {
        let found = store.find(id).await;
        assert!(matches!(found, Ok(Some(_))));
    }
    start.elapsed()
}

async fn by_login(store: &impl AccountStore, accounts: u32, calls: u32) -> Duration {
    let logins = numbers(accounts, calls).map(|number| NormalForm::of(&format!("user{number}")));
    let logins: Vec<_> = logins.collect();
    let start = Instant::now();
    for login in &logins {
        let found = store.find_by_login(login).await;
        assert!(matches!(found, Ok(Some(_))));
    }
    start.elapsed()
}

async fn by_session(store: &impl AccountStore, accounts: u32, calls: u32) -> Duration {
    let digests: Vec<_> = numbers(accounts, calls).map(session_of).collect();
    let start = Instant::now();
    for digest in &digests {
        let found = store.find_session(digest, OffsetDateTime::UNIX_EPOCH).await;
        assert!(matches!(found, Ok(Some(_))));
    }
    start.elapsed()
}

fn numbers(accounts: u32, calls: u32) -> impl Iterator<Item = u32> {
    (0..calls).map(move |call| call * STEP % accounts + 1)
}
