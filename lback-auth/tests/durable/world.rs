//! Accounts on a store with an outbox.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use lback_auth::{
    AccountStore, Accounts, AccountsError, AuthUser, Hasher, MemoryStore, NormalForm,
    PostgresStore, SessionKey, SqliteStore, User, UserId,
};
use lback_signals::Scope;
use lback_signals::durable::{
    ClaimRequest, Claimed, Counts, MemoryOutbox, Outbox, PostgresOutbox, ReceiverClaim,
    SqliteOutbox, Worker,
};
use tokio::time::sleep;

use crate::databases;
use crate::mailbox::Mailbox;

/// A password that the default policy accepts.
pub(crate) const PASSWORD: &str = "correct horse battery staple";
pub(crate) const OTHER: &str = "paper clip mountain seventeen";

/// The name of the receiver of requests for mails.
pub(crate) const ISSUE_TOKEN: &str = "lback.issue-token";

/// The names of the other durable receivers.
const RECEIVERS: [&str; 11] = [
    "note-registered",
    "note-password-set",
    "note-email-verified",
    "note-authenticated",
    "note-password-changed",
    "note-email-changed",
    "note-session-started",
    "note-session-ended",
    "note-deactivated",
    "note-reactivated",
    "note-deleted",
];

pub(crate) trait Store: AccountStore<User = User> {}
impl<S: AccountStore<User = User>> Store for S {}

pub(crate) struct World<S, O> {
    pub(crate) accounts: Accounts<S>,
    pub(crate) store: S,
    pub(crate) outbox: O,
    pub(crate) mailbox: Arc<Mailbox>,
}

pub(crate) async fn memory(test: impl AsyncFnOnce(World<MemoryStore, MemoryOutbox>)) {
    let outbox = MemoryOutbox::new().without_worker();
    let store = MemoryStore::new().with_outbox(outbox.clone());
    World::run(store, outbox, test).await;
}

pub(crate) async fn sqlite(test: impl AsyncFnOnce(World<SqliteStore, SqliteOutbox>)) {
    let (store, _folder) = databases::sqlite().await;
    let outbox = store.outbox().expect("it is set").clone();
    World::run(store, outbox, test).await;
}

pub(crate) async fn postgres(test: impl AsyncFnOnce(World<PostgresStore, PostgresOutbox>)) {
    let (store, _schema) = databases::postgres().await;
    let outbox = store.outbox().expect("it is set").clone();
    World::run(store, outbox, test).await;
}

impl<S: Store, O: Outbox> World<S, O> {
    async fn run(store: S, outbox: O, test: impl AsyncFnOnce(Self)) {
        let (accounts, mailbox) = (accounts(&store), Arc::<Mailbox>::default());
        let scope = Scope::new()
            .provide(Hasher::insecure_for_tests())
            .provide(accounts.token_issuer())
            .provide_dyn(Arc::clone(&mailbox));
        let world = async {
            test(Self {
                accounts,
                store,
                outbox,
                mailbox,
            })
            .await;
        };
        scope.run_async(world).await;
    }

    /// Runs a worker until the requests for mails are completed, and returns the only token.
    pub(crate) async fn token(&self) -> String {
        self.deliver_requests().await;
        let mut mails = self.mailbox.take();
        assert_eq!(mails.len(), 1);
        mails.remove(0).token
    }

    pub(crate) async fn deliver_requests(&self) {
        let worker = self.worker().spawn().unwrap();
        until(async || self.requests().await == 0).await;
        worker.shutdown().await;
    }

    /// Returns a worker whose retries follow at once.
    pub(crate) fn worker(&self) -> Worker<O> {
        Worker::new(&self.outbox).__with_random(|| 0)
    }

    /// Returns the number of requests for mails that are not completed.
    pub(crate) async fn requests(&self) -> u64 {
        let counts = self.outbox.counts().await.unwrap().into_iter();
        let of_requests = counts.filter(|it| it.receiver == ISSUE_TOKEN);
        of_requests.map(|it| it.waiting + it.running).sum()
    }

    pub(crate) async fn register(&self, name: &str) -> Result<UserId, AccountsError> {
        let user = User::new(name, format!("{name}@example.org")).unwrap();
        self.accounts.register(user, PASSWORD).await?;
        Ok(self.find(name).await.expect("it is registered"))
    }

    /// Registers and verifies an account, and completes its deliveries.
    pub(crate) async fn verified(&self, name: &str) -> UserId {
        let id = self.register(name).await.unwrap();
        let token = self.token().await;
        self.accounts.verify_email(&token).await.unwrap();
        self.deliver().await;
        id
    }

    pub(crate) async fn find(&self, name: &str) -> Option<UserId> {
        let found = self.store.find_by_login(&NormalForm::of(name)).await;
        found.unwrap().and_then(|user| user.id())
    }

    /// Runs a worker until all deliveries are completed.
    pub(crate) async fn deliver(&self) {
        let worker = self.worker().spawn().unwrap();
        until(async || self.outbox.counts().await.unwrap().is_empty()).await;
        worker.shutdown().await;
    }

    /// Returns the receivers of the stored deliveries, with the number of those that wait, run and are dead.
    pub(crate) async fn stored(&self) -> Vec<(String, [u64; 3])> {
        let counts = self.outbox.counts().await.unwrap();
        let shown = |it: Counts| (it.receiver, [it.waiting, it.running, it.dead]);
        counts.into_iter().map(shown).collect()
    }

    /// Claims deliveries of a receiver, for an hour.
    pub(crate) async fn claim(&self, receiver: &'static str, limit: u32) -> Vec<Claimed> {
        let request = ClaimRequest {
            receivers: vec![ReceiverClaim {
                names: vec![receiver],
                oldest_version: 1,
                newest_version: 1,
                limit,
            }],
            lease: Duration::from_hours(1),
            worker: "test".to_owned(),
        };
        self.outbox.claim(&request).await.unwrap()
    }

    /// Claims all deliveries, except requests for mails.
    pub(crate) async fn claim_all(&self) -> Vec<Claimed> {
        let mut claimed = Vec::new();
        for receiver in RECEIVERS {
            claimed.extend(self.claim(receiver, 1_000).await);
        }
        claimed
    }
}

/// Returns accounts with the default settings.
pub(crate) fn accounts<S: Store>(store: &S) -> Accounts<S> {
    let key = SessionKey::new(&[7; 32]).unwrap();
    Accounts::new(store.clone(), key)
}

/// Returns a username that no other test has.
pub(crate) fn unique(name: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("{name}-{}", COUNT.fetch_add(1, Ordering::Relaxed))
}

/// The number of polls after which a condition is not going to hold.
const POLLS: u32 = 10_000;

/// Polls a condition until it holds.
///
/// # Panics
///
/// If it does not hold after [`POLLS`] polls.
pub(crate) async fn until(mut holds: impl AsyncFnMut() -> bool) {
    for _ in 0..POLLS {
        if holds().await {
            return;
        }
        // A poll may be quick, and a busy machine needs time for the other tasks.
        sleep(Duration::from_millis(1)).await;
    }
    panic!("the condition does not hold after {POLLS} polls");
}
