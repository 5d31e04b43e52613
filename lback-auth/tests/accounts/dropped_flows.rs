//! Flows dropped at any of their awaits, as when a client disconnects.

use std::collections::hash_map::RandomState;
use std::future::poll_fn;
use std::hash::BuildHasher;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use futures::stream::{FuturesUnordered, StreamExt};
use lback_auth::{
    Accounts, AccountsError, Authentication, Hasher, PostgresStore, SqliteStore, TokenPurpose,
    User, UserId,
};
use lback_signals::Scope;
use sqlx::postgres::PgPoolOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use sqlx::{PgPool, SqlitePool};
use test_support::rounds;
use tokio::time::timeout;

use crate::databases::{postgres, sqlite};
use crate::world::{OTHER, PASSWORD, Store, World, id};

/// The number of rounds with the same accounts.
const ROUNDS_PER_BATCH: u32 = 25;

/// The number of concurrent flows.
const FLOWS_PER_ROUND: u64 = 3;

/// The number of connections, which exceeds that of flows.
const CONNECTIONS: u32 = 5;

/// The maximum number of polls of a flow, at which some flows end.
const MAX_POLLS: u64 = 40;

/// Ten guesses are free, and one more precedes the first delay.
const GUESSES: u64 = 11;

/// Acquires all connections of a pool.
macro_rules! all {
    ($pool:expr) => {{
        let mut connections = Vec::new();
        for _ in 0..CONNECTIONS {
            connections.push($pool.acquire().await.unwrap());
        }
        connections
    }};
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dropped_flows_leave_nothing_open_in_sqlite() {
    let folder = sqlite::Folder::new();
    let options = SqliteConnectOptions::new()
        .filename(folder.file())
        .create_if_missing(true);
    let pool = SqlitePoolOptions::new()
        .max_connections(CONNECTIONS)
        .connect_lazy_with(options);
    let store = SqliteStore::from_pool(pool.clone()).await.unwrap();
    let store = sqlite::with_outbox(store).await;
    let check = async || assert_nothing_open_in_sqlite(&pool).await;
    World::run(store, async |world| cut(world, check).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn dropped_flows_leave_nothing_open_in_postgres() {
    let schema = postgres::Schema::new().await;
    let pool = PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .connect_lazy_with(schema.options());
    let store = PostgresStore::from_pool(pool.clone()).await.unwrap();
    let store = postgres::with_outbox(store).await;
    let check = async || assert_nothing_open_in_postgres(&pool).await;
    World::run(store, async |world| cut(world, check).await).await;
}

async fn assert_nothing_open_in_sqlite(pool: &SqlitePool) {
    // All of them, so that none is still being returned to the pool.
    for connection in &mut all!(pool) {
        for statement in ["BEGIN IMMEDIATE", "ROLLBACK"] {
            let done = sqlx::raw_sql(statement).execute(&mut **connection).await;
            assert!(done.is_ok(), "{done:?}");
        }
    }
}

async fn assert_nothing_open_in_postgres(pool: &PgPool) {
    const OPEN: &str = "\
        SELECT count(*) FROM pg_stat_activity AS activity LEFT JOIN pg_locks USING (pid) \
        WHERE application_name = current_setting('application_name') AND pid <> pg_backend_pid() \
        AND (activity.state <> 'idle' OR pg_locks.pid IS NOT NULL)";
    let mut connections = all!(pool);
    // A backend whose connection was closed may not have noticed yet.
    for _ in 0..1_000 {
        let open = sqlx::query_scalar::<_, i64>(OPEN);
        if open.fetch_one(&mut *connections[0]).await.unwrap() == 0 {
            return;
        }
    }
    panic!("a transaction is open");
}

async fn cut<S: Store>(world: World<S>, check: impl AsyncFn()) {
    let random = RandomState::new();
    for batch in 0..rounds(3_000).div_ceil(ROUNDS_PER_BATCH) {
        let batch = Batch::new(&world, batch).await;
        for round in 0..ROUNDS_PER_BATCH {
            let mut flows: FuturesUnordered<_> = (0..FLOWS_PER_ROUND)
                .map(|flow| {
                    let random = random.hash_one((&batch.name, round, flow));
                    let flow = batch.flow(random % 20, round);
                    drop_after(1 + random / 20 % MAX_POLLS, flow)
                })
                .collect();
            let all = async { while flows.next().await.is_some() {} };
            let ended = timeout(Duration::from_mins(1), all).await;
            assert!(ended.is_ok(), "a flow waits for a dropped one");
            check().await;
        }
        batch.assert_guesses_are_limited().await;
    }
}

/// Polls a future at most `polls` times, and drops it.
async fn drop_after(polls: u64, future: impl Future<Output = ()>) {
    let mut future = pin!(future);
    let mut left = polls;
    poll_fn(|context| {
        left -= 1;
        let polled = future.as_mut().poll(context);
        if left == 0 { Poll::Ready(()) } else { polled }
    })
    .await;
}

/// The account of some rounds, and its tokens.
struct Batch<S: Store> {
    accounts: Accounts<S>,
    name: String,
    id: UserId,
    verification: String,
    reset: String,
    change: String,
    /// Hashes only guesses, to count them.
    guesser: Hasher,
}

impl<S: Store> Batch<S> {
    async fn new(world: &World<S>, batch: u32) -> Self {
        // Dropped flows may have filed requests.
        world.wait(Duration::from_hours(48));
        world.mails().await;
        let accounts = world.accounts.clone();
        let name = format!("ada{batch}");
        let id = id(&world.verified(&name).await);
        world.unverified(&format!("new{batch}")).await;
        let verification = world.mail().await.token;
        let email = format!("{name}@example.org");
        accounts.request_password_reset(&email).await.unwrap();
        let reset = world.mail().await.token;
        let other = format!("{name}@example.net");
        accounts.change_email(&id, &other).await.unwrap();
        let change = world.mail().await.token;
        Self {
            accounts,
            name,
            id,
            verification,
            reset,
            change,
            guesser: Hasher::insecure_for_tests(),
        }
    }

    fn flow(&self, number: u64, round: u32) -> Pin<Box<dyn Future<Output = ()> + '_>> {
        macro_rules! flow {
            ($name:ident($($argument:expr),*)) => {
                Box::pin(async move { ended(self.accounts.$name($($argument),*).await) })
            };
        }
        let (id, name) = (&self.id, &*self.name);
        match number {
            0 => {
                let name = format!("bob{round}-{name}");
                let bob = User::new(&name, format!("{name}@example.org")).unwrap();
                flow!(register(bob, PASSWORD))
            }
            1 | 2 => flow!(authenticate(name, PASSWORD)),
            3 => flow!(change_password(id, PASSWORD, OTHER)),
            4 => flow!(change_password(id, OTHER, PASSWORD)),
            5 => flow!(verify_email(&self.verification)),
            6 => flow!(reset_password(&self.reset, PASSWORD)),
            7 => flow!(confirm_email_change(&self.change)),
            8 => flow!(peek(TokenPurpose::PasswordReset, &self.reset)),
            9 => flow!(deactivate(id)),
            10 => flow!(reactivate(id)),
            11 => {
                let email = format!("{name}@example.org");
                Box::pin(async move {
                    ended(self.accounts.request_email_verification(&email).await);
                })
            }
            12 => flow!(purge()),
            13 => flow!(delete(&UserId::new(0))),
            14 => {
                let email = format!("{name}@example.org");
                Box::pin(async move { ended(self.accounts.request_password_reset(&email).await) })
            }
            15 => Box::pin(async move {
                let mut transaction = self.accounts.begin().await.unwrap();
                ended(self.accounts.deactivate_in(&mut transaction, id).await);
                ended(transaction.rollback().await);
            }),
            _ => Box::pin(async move { drop(self.guess().await) }),
        }
    }

    /// Guesses the password of a login that no flow uses.
    async fn guess(&self) -> Authentication<User> {
        let login = format!("eve-{}", self.name);
        let scope = Scope::new().provide(self.guesser.clone());
        let guess = self.accounts.authenticate(&login, OTHER);
        scope.run_async(guess).await.unwrap()
    }

    /// Guesses until throttled, and asserts that dropped guesses have counted.
    async fn assert_guesses_are_limited(&self) {
        while matches!(self.guess().await, Authentication::Denied)
            && self.guesser.stats().hashes() <= GUESSES
        {}
        let checked_guesses = self.guesser.stats().hashes();
        assert!(
            checked_guesses <= GUESSES,
            "{checked_guesses} guesses were checked"
        );
    }
}

/// Asserts that the database did not fail.
fn ended<T>(result: Result<T, AccountsError>) {
    if let Err(error @ (AccountsError::Store(_) | AccountsError::CommitUnknown(_))) = result {
        panic!("{error:?}");
    }
}
