//! Flows while a PostgreSQL server is stopped, and after its restart.
//!
//! No other test uses this server: `LBACK_POSTGRES_RESTART_DIR` names a directory in which
//! `tests/postgres.sh` can keep its cluster.

use std::pin::Pin;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use futures::future::join_all;
use lback_auth::{
    AccountStore, Accounts, AccountsError, AddressMailDue, AuthUser, Authentication, Hasher,
    NormalForm, PostgresStore, SessionKey, StoreError, TokenPurpose, User, UserAuthenticated,
    UserAuthenticationFailed, UserDeactivated, UserDeleted, UserEmailChanged,
    UserEmailVerificationFailed, UserEmailVerified, UserId, UserPasswordChanged,
    UserPasswordCheckFailed, UserPasswordChecked, UserPasswordSet, UserPasswordSetFailed,
    UserPasswordUpgraded, UserReactivated, UserRegistered,
};
use lback_signals::durable::{PostgresOutbox, Worker};
use lback_signals::{Res, Scope, Signal, receiver};
use sqlx::postgres::PgPoolOptions;
use test_support::service;
use tokio::time::sleep;

const PASSWORD: &str = "correct horse battery staple";
const NEW_PASSWORD: &str = "another horse battery staple";

/// A server that is stopped when this is dropped.
struct Server {
    dir: String,
}

impl Server {
    /// Returns the server, which does not run yet.
    fn from_environment() -> Self {
        let dir = service("LBACK_POSTGRES_RESTART_DIR");
        Self { dir }
    }

    /// Starts the server, and returns its URL, which stays the same.
    fn start(&self) -> String {
        self.script("start").trim().to_owned()
    }

    fn stop(&self) {
        self.script("stop");
    }

    fn script(&self, command: &str) -> String {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/postgres.sh");
        let output = Command::new(script)
            .arg(command)
            .arg(&self.dir)
            .output()
            .expect("the script");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{errors}");
        String::from_utf8(output.stdout).expect("a URL")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The signals and the mailed tokens of the test. In the scopes of other tests, the receivers note none.
#[derive(Default)]
struct Sent {
    signals: Mutex<Vec<&'static str>>,
    tokens: Mutex<Vec<String>>,
}

impl Sent {
    fn mail(&self, token: &str) {
        self.tokens.lock().unwrap().push(token.to_owned());
    }

    /// Waits for the next token.
    async fn token(&self) -> String {
        loop {
            if let Some(token) = self.tokens.lock().unwrap().pop() {
                return token;
            }
            sleep(Duration::from_millis(5)).await;
        }
    }
}

/// Notes all signals except `UserRegistering`, which announces a registration and may be refused.
#[receiver(signal = [
    UserAuthenticated,
    UserAuthenticationFailed,
    UserDeactivated,
    UserDeleted,
    UserEmailChanged,
    UserEmailVerificationFailed,
    UserEmailVerified,
    UserPasswordChanged,
    UserPasswordCheckFailed,
    UserPasswordChecked,
    UserPasswordSet,
    UserPasswordSetFailed,
    UserPasswordUpgraded,
    UserReactivated,
    UserRegistered,
])]
fn note<S: Signal>(_: &S, sent: Option<Res<'_, Sent>>) {
    if let Some(sent) = sent {
        sent.signals.lock().unwrap().push(S::info().name());
    }
}

#[receiver(signal = AddressMailDue)]
async fn mail(event: &AddressMailDue<'_>, sent: Option<Res<'_, Sent>>) {
    if let Some(sent) = sent {
        sent.signals.lock().unwrap().push("address_mail_due");
        sent.mail(event.token.expose());
    }
}

/// An account that has a token of each purpose but one.
struct Ada {
    id: UserId,
    username: String,
    reset: String,
    change: String,
    /// A token of another account.
    verification: String,
}

/// Registers accounts whose names are new in an older cluster, too.
async fn ada(accounts: &Accounts<PostgresStore>, sent: &Sent) -> Ada {
    let now = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_nanos();
    let (username, email) = (format!("ada{now}"), format!("ada{now}@example.org"));
    register(accounts, &username).await;
    let token = sent.token().await;
    accounts.verify_email(&token).await.unwrap();
    let Authentication::Granted(user) = accounts.authenticate(&username, PASSWORD).await.unwrap()
    else {
        panic!("the password is right");
    };
    let id = user.id().unwrap();
    accounts.request_password_reset(&email).await.unwrap();
    let reset = sent.token().await;
    accounts
        .change_email(&id, &format!("{username}@example.net"))
        .await
        .unwrap();
    let change = sent.token().await;
    register(accounts, &format!("eve{now}")).await;
    Ada {
        id,
        username,
        reset,
        change,
        verification: sent.token().await,
    }
}

async fn register(accounts: &Accounts<PostgresStore>, username: &str) {
    let user = User::new(username, format!("{username}@example.org")).unwrap();
    accounts.register(user, PASSWORD).await.unwrap();
}

type Flow<'a> = Pin<Box<dyn Future<Output = Result<(), AccountsError>> + 'a>>;

/// Each flow that needs a connection.
fn flows<'a>(accounts: &'a Accounts<PostgresStore>, ada: &'a Ada) -> Vec<(&'static str, Flow<'a>)> {
    macro_rules! flows {
        ($($name:ident($($argument:expr),*);)*) => {
            vec![$((stringify!($name), {
                let flow = accounts.$name($($argument),*);
                Box::pin(async { flow.await.map(drop) }) as Flow<'a>
            })),*]
        };
    }
    flows! {
        register(User::new("bob", "bob@example.org").unwrap(), PASSWORD);
        authenticate(&ada.username, PASSWORD);
        authenticate("unknown", PASSWORD);
        change_password(&ada.id, PASSWORD, NEW_PASSWORD);
        request_email_verification("bob@example.org");
        request_password_reset("bob@example.org");
        change_email(&ada.id, "bob@example.org");
        peek(TokenPurpose::PasswordReset, &ada.reset);
        verify_email(&ada.verification);
        reset_password(&ada.reset, NEW_PASSWORD);
        confirm_email_change(&ada.change);
        deactivate(&ada.id);
        reactivate(&ada.id);
        delete(&ada.id);
        begin();
        purge();
    }
}

fn is_unavailable(result: &Result<(), AccountsError>) -> bool {
    matches!(
        result,
        Err(AccountsError::Store(StoreError::Unavailable(_)))
    )
}

async fn test(server: &Server, sent: &Sent) {
    // Like the pool of an application, except that a flow waits less for a connection.
    let pool = PgPoolOptions::new().acquire_timeout(Duration::from_secs(2));
    let pool = pool.connect(&server.start()).await.unwrap();
    let key = SessionKey::new(&[7; 32]).unwrap();
    let store = PostgresStore::from_pool(pool.clone()).await.unwrap();
    let outbox = PostgresOutbox::new(pool).await.unwrap();
    let accounts = Accounts::new(store.with_outbox(outbox.clone()), key);
    let scope = Scope::new().provide(accounts.token_issuer());
    let worker = scope.run(|| Worker::new(&outbox).spawn().unwrap());
    let ada = ada(&accounts, sent).await;

    let mut cut_short = accounts.begin().await.unwrap();
    accounts
        .deactivate_in(&mut cut_short, &ada.id)
        .await
        .unwrap();
    sent.signals.lock().unwrap().clear();
    server.stop();
    let cut_short = cut_short.commit().await;
    assert!(is_unavailable(&cut_short), "{cut_short:?}");
    // Concurrently, since each waits as long as the pool does.
    let down = flows(&accounts, &ada)
        .into_iter()
        .map(async |(name, flow)| (name, flow.await));
    for (name, result) in join_all(down).await {
        assert!(is_unavailable(&result), "{name}: {result:?}");
    }
    assert_eq!(*sent.signals.lock().unwrap(), [""; 0]);

    server.start();
    // The server has what was committed, and nothing else.
    let granted = accounts
        .authenticate(&ada.username, PASSWORD)
        .await
        .unwrap();
    assert!(
        matches!(&granted, Authentication::Granted(user) if user.id().as_ref() == Some(&ada.id))
    );
    let bob = accounts.store().find_by_login(&NormalForm::of("bob")).await;
    assert!(bob.unwrap().is_none());
    accounts.verify_email(&ada.verification).await.unwrap();
    accounts.confirm_email_change(&ada.change).await.unwrap();
    // The worker goes on, too.
    register(&accounts, &format!("{}-later", ada.username)).await;
    accounts.verify_email(&sent.token().await).await.unwrap();
    worker.shutdown().await;
    let used_up = accounts.reset_password(&ada.reset, NEW_PASSWORD).await;
    assert!(matches!(used_up, Err(AccountsError::InvalidToken)));
}

#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_RESTART_DIR"]
async fn flows_fail_while_the_server_is_away_and_go_on_when_it_is_back() {
    let server = Server::from_environment();
    let sent = Arc::new(Sent::default());
    let scope = Scope::new()
        .provide(Hasher::insecure_for_tests())
        .provide_dyn(Arc::clone(&sent));
    scope.run_async(test(&server, &sent)).await;
}
