//! Known and unknown accounts cost the same until the caller has its answer: as many hashes, and the
//! same operations and statements of the store.
//!
//! The statements of the whole process are counted, so each test runs in a child process.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use lback_auth::{
    AccountsError, AttemptLimit, Authentication, Expected, Hasher, MemoryStore, Password, Remember,
    RequestContext, SqliteStore, User,
};
use lback_signals::{CommitOutcome, Scope};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use test_support::in_child_process;
use tokio::runtime;
use tokio::time::sleep;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::busy_hasher::Occupied;
use crate::databases;
use crate::faulty_store::Faulty;
use crate::world::{OTHER, PASSWORD, Store, World, id};

/// Counts the events of sqlx, which logs each statement once.
struct Statements;

static STATEMENTS: AtomicUsize = AtomicUsize::new(0);

impl Subscriber for Statements {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "sqlx::query"
    }

    fn event(&self, _: &Event<'_>) {
        STATEMENTS.fetch_add(1, Ordering::SeqCst);
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

/// The cost of a flow.
#[derive(Debug, PartialEq)]
struct Work {
    hashes: u64,
    /// Memory times passes.
    hashing: u64,
    operations: Vec<&'static str>,
    statements: usize,
    /// The deliveries that are stored.
    deliveries: u64,
}

impl<S: Store> World<Faulty<S>> {
    async fn work<T>(&self, flow: impl Future<Output = Result<T, AccountsError>>) -> Work {
        let left = self.left().await;
        notified().await;
        self.store.asked();
        let before = Hasher::current().stats();
        let statements = STATEMENTS.load(Ordering::SeqCst);
        let done = flow.await;
        assert!(done.is_ok(), "{:?}", done.err());
        let hashed = Hasher::current().stats();
        let statements = STATEMENTS.load(Ordering::SeqCst) - statements;
        Work {
            hashes: hashed.hashes() - before.hashes(),
            hashing: hashed.work() - before.work(),
            operations: self.store.asked(),
            statements,
            deliveries: self.left().await - left,
        }
    }
}

/// Waits until the outbox has told other processes of the last commit, which it does by its own statements.
async fn notified() {
    loop {
        let statements = STATEMENTS.load(Ordering::SeqCst);
        sleep(Duration::from_millis(100)).await;
        if STATEMENTS.load(Ordering::SeqCst) == statements {
            break;
        }
    }
}

/// Addresses of all kinds of accounts.
const ADDRESSES: [&str; 7] = [
    "unknown@example.org",
    "verified@example.org",
    "unverified@example.org",
    "inactive@example.org",
    "unusable@example.org",
    "damaged@example.org",
    "VERIFIED@example.org",
];

async fn put<S: Store>(world: &World<Faulty<S>>, user: &User, password: Password) {
    use lback_auth::AccountStore as _;
    let mut rows = world.store.begin().await.unwrap();
    let set = world
        .store
        .set_password(&mut rows, &id(user), Expected::Any, &password)
        .await;
    assert!(set.unwrap().is_some());
    let outcome = world.store.commit(rows).await;
    assert!(matches!(outcome, CommitOutcome::Committed));
}

async fn all_addresses_cost_the_same<S: Store>(store: S, logs_statements: bool) {
    // No worker runs, so that its cost is not that of the flow.
    let world =
        World::new(Faulty::new(store)).with(|builder| builder.mail_limit(AttemptLimit::new(100)));
    let context = RequestContext::new().with_client("192.0.2.7".parse().unwrap());
    let scope = world.scope().provide(context);
    scope
        .run_async(try_all_addresses(&world, logs_statements))
        .await;
}

async fn try_all_addresses<S: Store>(world: &World<Faulty<S>>, logs_statements: bool) {
    world.verified("verified").await;
    world.unverified("unverified").await;
    let inactive = world.verified_beside("inactive").await;
    world.accounts.deactivate(&id(&inactive)).await.unwrap();
    // It costs the decoy, even if its hash is dearer.
    let dearer = Hasher::builder().memory(96).passes(2).build().unwrap();
    put(world, &inactive, dearer.hash(PASSWORD).unwrap()).await;
    let unusable = world.verified_beside("unusable").await;
    put(world, &unusable, Password::unusable()).await;
    let damaged = world.verified_beside("damaged").await;
    put(world, &damaged, Password::from_stored(Some("?".to_owned()))).await;

    let accounts = &world.accounts;
    let mut works: Vec<(&str, Vec<Work>)> = Vec::new();
    for flow in [
        "authenticate",
        "sign-in",
        "verification",
        "reset",
        "register",
    ] {
        let mut of_flow = Vec::new();
        for (number, address) in ADDRESSES.into_iter().enumerate() {
            of_flow.push(match flow {
                "authenticate" => world.work(accounts.authenticate(address, OTHER)).await,
                "sign-in" => {
                    let sign_in = accounts.sign_in(address, OTHER, Remember::No);
                    world.work(sign_in).await
                }
                "verification" => {
                    world
                        .work(accounts.request_email_verification(address))
                        .await
                }
                "reset" => world.work(accounts.request_password_reset(address)).await,
                _ => {
                    let user = User::new(format!("new-{number}"), address).unwrap();
                    world.work(accounts.register(user, PASSWORD)).await
                }
            });
        }
        works.push((flow, of_flow));
    }
    let mut of_registrant = Vec::new();
    for (address, is_registered) in [
        ("stranger@example.org", false),
        ("unverified@example.org", true),
    ] {
        let sign_in = async {
            let outcome = accounts.sign_in(address, PASSWORD, Remember::No).await?;
            let is_required = matches!(outcome, Authentication::VerificationRequired);
            assert_eq!(is_required, is_registered);
            Ok(())
        };
        of_registrant.push(world.work(sign_in).await);
    }
    works.push(("right password", of_registrant));
    works.push(("busy", refused_as_busy(world).await));
    for (flow, works) in works {
        let hashes = u64::from(!matches!(flow, "verification" | "reset" | "busy"));
        for work in &works {
            assert_eq!(*work, works[0], "{flow}");
            assert_eq!(work.hashes, hashes, "{flow}");
            let is_about_mail = matches!(flow, "verification" | "reset" | "register");
            assert_eq!(work.deliveries, u64::from(is_about_mail), "{flow}");
            assert!(work.operations.len() >= 3, "{flow} {work:?}");
            assert!(!logs_statements || work.statements >= 2, "{flow} {work:?}");
        }
    }
}

/// Tries wrong passwords where the current cost exceeds that of a stored hash.
async fn cheaper_hashes_cost_the_same<S: Store>(store: S, logs_statements: bool) {
    let world = World::new(Faulty::new(store));
    let dearer = Hasher::builder().memory(96).passes(2).build().unwrap();
    world
        .scope()
        .run_async(async {
            world.verified_beside("cheaper").await;
            let wrong = world.verified_beside("wrong").await;
            put(&world, &wrong, dearer.hash(PASSWORD).unwrap()).await;
        })
        .await;
    let scope = world.scope().provide(dearer);
    scope
        .run_async(async {
            let wrong = world.work(world.authenticate("wrong", OTHER)).await;
            assert!(wrong.hashes == 1 && wrong.hashing == 192, "{wrong:?}");
            assert!(!logs_statements || wrong.statements >= 2, "{wrong:?}");
            let unknown = world.work(world.authenticate("unknown", OTHER)).await;
            assert_eq!(unknown, wrong);
            let cheaper = world.work(world.authenticate("cheaper", OTHER)).await;
            assert_eq!(cheaper, Work { hashes: 2, ..wrong });
        })
        .await;
}

impl<S: Store> World<Faulty<S>> {
    /// Calls [`verified`](World::verified) where other mails may wait.
    async fn verified_beside(&self, name: &str) -> User {
        self.mails().await;
        self.verified(name).await
    }
}

/// Returns the cost of each sign-in that a busy hasher refuses.
async fn refused_as_busy<S: Store>(world: &World<Faulty<S>>) -> Vec<Work> {
    let occupied = Occupied::new();
    let scope = Scope::new().provide(occupied.hasher.clone());
    let mut works = Vec::new();
    for address in ADDRESSES {
        loop {
            let mut is_busy = false;
            let trying = async {
                let outcome = scope.run_async(world.authenticate(address, OTHER)).await;
                is_busy = matches!(outcome, Ok(Authentication::Busy));
                outcome
            };
            let work = world.work(trying).await;
            if is_busy {
                works.push(work);
                break;
            }
            // The hasher had a free slot: try again.
            world.wait(Duration::from_hours(48));
        }
    }
    works
}

/// Runs a test in a child process that counts its statements.
fn counting_statements(test: impl Future<Output = ()>) {
    in_child_process(|| {
        tracing::subscriber::set_global_default(Statements).unwrap();
        let mut runtime = runtime::Builder::new_current_thread();
        runtime.enable_all().build().unwrap().block_on(test);
    });
}

/// Creates a SQLite store of one connection, since opening another one counts as a statement.
async fn sqlite() -> (SqliteStore, databases::sqlite::Folder) {
    let folder = databases::sqlite::Folder::new();
    let options = SqliteConnectOptions::new()
        .filename(folder.file())
        .create_if_missing(true);
    let pool = SqlitePoolOptions::new().max_connections(1);
    let pool = pool.connect_with(options).await.unwrap();
    let store = SqliteStore::from_pool(pool).await.unwrap();
    (databases::sqlite::with_outbox(store).await, folder)
}

#[test]
fn all_addresses_cost_the_same_in_memory() {
    counting_statements(all_addresses_cost_the_same(MemoryStore::new(), false));
}

#[test]
fn all_addresses_cost_the_same_in_sqlite() {
    counting_statements(async {
        let (store, _folder) = sqlite().await;
        all_addresses_cost_the_same(store, true).await;
    });
}

#[test]
#[ignore = "needs LBACK_POSTGRES_URL"]
fn all_addresses_cost_the_same_in_postgres() {
    counting_statements(async {
        let (store, _schema) = databases::postgres().await;
        all_addresses_cost_the_same(store, true).await;
    });
}

#[test]
fn cheaper_hashes_cost_the_same_in_memory() {
    counting_statements(cheaper_hashes_cost_the_same(MemoryStore::new(), false));
}

#[test]
fn cheaper_hashes_cost_the_same_in_sqlite() {
    counting_statements(async {
        let (store, _folder) = sqlite().await;
        cheaper_hashes_cost_the_same(store, true).await;
    });
}

#[test]
#[ignore = "needs LBACK_POSTGRES_URL"]
fn cheaper_hashes_cost_the_same_in_postgres() {
    counting_statements(async {
        let (store, _schema) = databases::postgres().await;
        cheaper_hashes_cost_the_same(store, true).await;
    });
}
