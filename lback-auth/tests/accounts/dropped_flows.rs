//! Flows dropped at any of their awaits, as when a client disconnects.

use std::collections::hash_map::RandomState;
use std::future::poll_fn;
use std::hash::BuildHasher;
use std::pin::{Pin, pin};
use std::sync::Mutex;
use std::task::Poll;
use std::time::Duration;

use futures::stream::{FuturesUnordered, StreamExt};
use lback_auth::{
    Accounts, AccountsError, Authentication, Hasher, IssuedSession, PostgresStore, Remember,
    RequestContext, SqliteStore, TokenPurpose, User, UserId,
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
                    let flow = batch.flow(random % 26, round);
                    drop_after(1 + random / 26 % MAX_POLLS, flow)
                })
                .collect();
            let all = async { while flows.next().await.is_some() {} };
            let ended = timeout(Duration::from_mins(1), all).await;
            assert!(ended.is_ok(), "a flow waits for a dropped one");
            check().await;
            batch.assert_sessions_are_in_the_log(&world.store).await;
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
    /// The token of the session that was started or rotated last.
    session: Mutex<String>,
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
            session: Mutex::default(),
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
            1 => flow!(authenticate(name, PASSWORD)),
            2 => Box::pin(async move {
                let signed_in = self.accounts.sign_in(name, PASSWORD, Remember::No).await;
                if let Ok(Authentication::Granted((session, _))) = &signed_in {
                    self.keep(session);
                }
                ended(signed_in);
            }),
            3 => self.change(PASSWORD, OTHER),
            4 => self.change(OTHER, PASSWORD),
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
            16 | 17 => Box::pin(async move {
                let user = self.accounts.store().find(id).await.unwrap();
                let Some(user) = user else { return };
                let start = self.accounts.start_session(&user, Remember::No);
                let context = RequestContext::new().with_session(&self.token());
                self.issued(Scope::new().provide(context).run_async(start).await);
            }),
            18 => Box::pin(async move {
                let token = self.token();
                self.issued(self.accounts.rotate_session(&token).await);
            }),
            19 => Box::pin(async move {
                let token = self.token();
                self.issued(self.accounts.confirm_password(&token, PASSWORD).await);
            }),
            20 => Box::pin(async move {
                let token = self.token();
                ended(self.accounts.end_other_sessions(&token).await);
            }),
            21 => Box::pin(async move {
                let token = self.token();
                ended(self.accounts.sign_out(&token).await);
            }),
            22 => Box::pin(async move {
                let token = self.token();
                ended(self.accounts.find_session(&token).await);
            }),
            _ => Box::pin(async move { drop(self.guess().await) }),
        }
    }

    /// Changes the password in the last session.
    fn change<'a>(
        &'a self,
        current: &'a str,
        new: &'a str,
    ) -> Pin<Box<dyn Future<Output = ()> + 'a>> {
        Box::pin(async move {
            let context = RequestContext::new().with_session(&self.token());
            let change = self.accounts.change_password(&self.id, current, new);
            let changed = Scope::new().provide(context).run_async(change).await;
            if let Ok(Some(session)) = &changed {
                self.keep(session);
            }
            ended(changed);
        })
    }

    fn token(&self) -> String {
        self.session.lock().unwrap().clone()
    }

    fn keep(&self, session: &IssuedSession) {
        session
            .token
            .expose()
            .clone_into(&mut self.session.lock().unwrap());
    }

    fn issued(&self, issued: Result<IssuedSession, AccountsError>) {
        if let Ok(session) = &issued {
            self.keep(session);
        }
        ended(issued);
    }

    /// Asserts that each session is stored together with its entry in the audit log, and ends with one.
    async fn assert_sessions_are_in_the_log(&self, store: &S) {
        let sessions = store.sessions(&self.id).await.unwrap();
        let open = sessions.iter().filter(|session| !session.is_signed_out);
        let log = store.audit(None, u32::MAX).await.unwrap();
        let of = |signal| {
            let entries = log.iter().map(|(_, entry)| entry);
            let of_account = entries.filter(|entry| entry.user.as_ref() == Some(&self.id));
            of_account.filter(|entry| entry.signal == signal).count()
        };
        assert_eq!(
            open.count(),
            of("user_session_started") - of("user_session_ended")
        );
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
