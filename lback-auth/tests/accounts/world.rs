//! Accounts on a store, with a manual clock and a journal of the signals.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use lback_auth::{
    AccountStore, Accounts, AccountsBuilder, AccountsError, AuthUser, Authentication, Clock,
    Hasher, MemoryStore, PasswordPolicy, PostgresStore, SessionKey, SqliteStore, User, UserId,
};
use lback_signals::Scope;
use lback_signals::durable::{
    MemoryOutbox, Outbox, PostgresOutbox, SqliteOutbox, Worker, WorkerHandle,
};
use time::OffsetDateTime;
use tokio::time::sleep;

use crate::databases;
use crate::journal::{Journal, Mail};

/// A password that the default policy accepts.
pub(crate) const PASSWORD: &str = "correct horse battery staple";
pub(crate) const OTHER: &str = "paper clip mountain seventeen";

/// Signals whose audit entries [`World::flows`] omits: those of the model and of mails, and the announcement.
const OMITTED_SIGNALS: [&str; 6] = [
    "address_mail_due ",
    "user_registering ",
    "user_password_set",
    "user_password_check",
    "user_password_upgraded ",
    "user_email_verif",
];

/// A store with an outbox.
pub(crate) trait Store: AccountStore<User = User> {
    type Outbox: Outbox;

    fn deliveries(&self) -> &Self::Outbox;
}

impl Store for MemoryStore {
    type Outbox = MemoryOutbox;

    fn deliveries(&self) -> &MemoryOutbox {
        self.outbox()
    }
}

impl Store for SqliteStore {
    type Outbox = SqliteOutbox;

    fn deliveries(&self) -> &SqliteOutbox {
        self.outbox().expect("it is set")
    }
}

impl Store for PostgresStore {
    type Outbox = PostgresOutbox;

    fn deliveries(&self) -> &PostgresOutbox {
        self.outbox().expect("it is set")
    }
}

pub(crate) struct World<S> {
    pub(crate) accounts: Accounts<S>,
    /// Builds `accounts`.
    builder: AccountsBuilder<S>,
    pub(crate) store: S,
    pub(crate) journal: Arc<Journal>,
    pub(crate) hasher: Hasher,
    clock: Arc<Mutex<OffsetDateTime>>,
}

pub(crate) async fn memory(test: impl AsyncFnOnce(World<MemoryStore>)) {
    World::run(MemoryStore::new(), test).await;
}

pub(crate) async fn sqlite(test: impl AsyncFnOnce(World<SqliteStore>)) {
    let (store, _folder) = databases::sqlite().await;
    World::run(store, test).await;
}

pub(crate) async fn postgres(test: impl AsyncFnOnce(World<PostgresStore>)) {
    let (store, _schema) = databases::postgres().await;
    World::run(store, test).await;
}

impl<S: Store> World<S> {
    pub(crate) async fn run(store: S, test: impl AsyncFnOnce(Self)) {
        let world = Self::new(store);
        let scope = world.scope();
        scope.run_async(test(world)).await;
    }

    pub(crate) fn new(store: S) -> Self {
        let key = SessionKey::new(&[7; 32]).unwrap();
        let clock = Arc::new(Mutex::new(
            OffsetDateTime::UNIX_EPOCH + Duration::from_hours(1),
        ));
        let now = Arc::clone(&clock);
        let (journal, hasher) = (Arc::default(), Hasher::insecure_for_tests());
        let builder =
            Accounts::builder(store.clone(), key).clock(Clock::new(move || *now.lock().unwrap()));
        Self {
            accounts: builder.clone().build().unwrap(),
            builder,
            store,
            journal,
            hasher,
            clock,
        }
    }

    /// Builds the accounts anew, with other settings.
    pub(crate) fn with(self, set: impl FnOnce(AccountsBuilder<S>) -> AccountsBuilder<S>) -> Self {
        let builder = set(self.builder);
        Self {
            accounts: builder.clone().build().unwrap(),
            builder,
            ..self
        }
    }

    /// Returns the scope of a test.
    pub(crate) fn scope(&self) -> Scope {
        scope(&self.hasher, &self.journal)
    }

    pub(crate) fn now(&self) -> OffsetDateTime {
        *self.clock.lock().unwrap()
    }

    pub(crate) fn wait(&self, duration: Duration) {
        *self.clock.lock().unwrap() += duration;
    }

    pub(crate) fn turn_back(&self, duration: Duration) {
        *self.clock.lock().unwrap() -= duration;
    }

    /// Starts a worker, in the scope of the test.
    pub(crate) fn worker(&self) -> WorkerHandle {
        let scope = Scope::new().provide(self.accounts.token_issuer());
        // Retries follow at once.
        let worker = Worker::new(self.store.deliveries()).__with_random(|| 0);
        scope.run(|| worker.spawn().unwrap())
    }

    /// Returns the number of deliveries that are not completed.
    pub(crate) async fn left(&self) -> u64 {
        let counts = self.store.deliveries().counts().await.unwrap();
        counts.iter().map(|it| it.waiting + it.running).sum()
    }

    /// Runs a worker until all deliveries are completed.
    pub(crate) async fn deliver(&self) {
        if self.left().await == 0 {
            return;
        }
        let worker = self.worker();
        until(async || self.left().await == 0).await;
        worker.shutdown().await;
    }

    /// Delivers the requests, and returns their mails.
    pub(crate) async fn mails(&self) -> Vec<Mail> {
        self.deliver().await;
        self.journal.mails()
    }

    /// Delivers the only request, and returns its mail.
    pub(crate) async fn mail(&self) -> Mail {
        let mails = self.mails().await;
        assert_eq!(mails.len(), 1, "{mails:?}");
        mails.into_iter().next().unwrap()
    }

    /// Registers an account without verifying its address.
    pub(crate) async fn unverified(&self, name: &str) -> User {
        let user = User::new(name, format!("{name}@example.org")).unwrap();
        self.accounts.register(user, PASSWORD).await.unwrap();
        self.find(name).await.unwrap()
    }

    /// Registers and verifies an account, and clears the journal.
    pub(crate) async fn verified(&self, name: &str) -> User {
        self.unverified(name).await;
        let mail = self.mail().await;
        self.accounts.verify_email(&mail.token).await.unwrap();
        self.journal.take();
        self.find(name).await.unwrap()
    }

    pub(crate) async fn find(&self, login: &str) -> Option<User> {
        let login = lback_auth::NormalForm::of(login);
        self.store.find_by_login(&login).await.unwrap()
    }

    pub(crate) async fn reload(&self, user: &User) -> User {
        self.store.find(&id(user)).await.unwrap().unwrap()
    }

    pub(crate) async fn authenticate(
        &self,
        login: &str,
        password: &str,
    ) -> Result<Authentication<User>, AccountsError> {
        self.accounts.authenticate(login, password).await
    }

    /// Returns whether a password is right, after a wait that clears all attempts.
    pub(crate) async fn is_granted(&self, login: &str, password: &str) -> bool {
        self.wait(Duration::from_hours(48));
        matches!(
            self.authenticate(login, password).await.unwrap(),
            Authentication::Granted(_)
        )
    }

    /// Returns the signals and outcomes in the audit log.
    pub(crate) async fn audit(&self) -> Vec<String> {
        let entries = self.store.audit(None, 10_000).await.unwrap();
        let entries = entries.iter();
        entries
            .map(|(_, entry)| format!("{} {}", entry.signal, entry.outcome))
            .collect()
    }

    /// Returns the entries of the flows in the audit log, without the first `skip`.
    pub(crate) async fn flows(&self, skip: usize) -> Vec<String> {
        let mut entries = self.audit().await;
        entries.retain(|entry| {
            !OMITTED_SIGNALS
                .iter()
                .any(|signal| entry.starts_with(signal))
        });
        entries.split_off(skip)
    }

    /// Sets a policy that accepts any password of 8 characters.
    pub(crate) fn lax(self) -> Self {
        self.with(|builder| builder.policy(PasswordPolicy::new().with_min_length(8)))
    }
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

fn scope(hasher: &Hasher, journal: &Arc<Journal>) -> Scope {
    Scope::new()
        .provide(hasher.clone())
        .provide_dyn(Arc::clone(journal))
}

pub(crate) fn id(user: &User) -> UserId {
    user.id().unwrap()
}

/// Returns an outcome without the account, to compare it.
pub(crate) fn shown(outcome: Authentication<User>) -> Authentication<()> {
    match outcome {
        Authentication::Granted(_) => Authentication::Granted(()),
        Authentication::Denied => Authentication::Denied,
        Authentication::VerificationRequired => Authentication::VerificationRequired,
        Authentication::Throttled { retry_after } => Authentication::Throttled { retry_after },
        Authentication::Busy => Authentication::Busy,
        outcome => panic!("{outcome:?}"),
    }
}
