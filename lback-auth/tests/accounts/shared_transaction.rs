//! Accounts and rows of the application in one transaction, and on one connection.

use std::time::Duration;

use lback_auth::{
    AccountStore as _, Accounts, AccountsError, Authentication, Hasher, Inserted, PostgresStore,
    SessionKey, SqliteStore, User,
};
use lback_signals::Scope;
use sqlx::postgres::PgPoolOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use tokio::task::JoinSet;

use crate::databases::{postgres, sqlite};
use crate::world::{PASSWORD, Store, World, id};

/// Generates a test with tables and rows of the application.
macro_rules! application_rows {
    ($(#[$attribute:meta])? $test:ident, $world:path) => {
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        $(#[$attribute])?
        async fn $test() {
            $world(async |world| {
                let accounts = &world.accounts;
                let mut transaction = accounts.begin().await.unwrap();
                sqlx::raw_sql("CREATE TABLE profile (account BIGINT, plan TEXT)")
                    .execute(transaction.rows().connection())
                    .await
                    .unwrap();
                transaction.commit().await.unwrap();
                for (name, commits) in [("ada", true), ("bob", false)] {
                    let user = User::new(name, format!("{name}@example.org")).unwrap();
                    let registration = accounts.prepare_registration(user, PASSWORD).await.unwrap();
                    let mut transaction = accounts.begin().await.unwrap();
                    let inserted = accounts.register_in(&mut transaction, registration).await;
                    let Ok(Inserted::Stored { user, .. }) = inserted else {
                        panic!("{inserted:?}");
                    };
                    sqlx::query("INSERT INTO profile (account, plan) VALUES ($1, 'gold')")
                        .bind(id(&user).as_str().parse::<i64>().unwrap())
                        .execute(transaction.rows().connection())
                        .await
                        .unwrap();
                    if commits {
                        transaction.commit().await.unwrap();
                    } else {
                        transaction.rollback().await.unwrap();
                    }
                }
                let mut transaction = accounts.begin().await.unwrap();
                let plans: Vec<(i64, String)> = sqlx::query_as("SELECT account, plan FROM profile")
                    .fetch_all(transaction.rows().connection())
                    .await
                    .unwrap();
                let ada = world.find("ada").await.unwrap();
                let expected = (id(&ada).as_str().parse().unwrap(), "gold".to_owned());
                assert_eq!(plans, [expected]);
                assert!(world.find("bob").await.is_none());
            })
            .await;
        }
    };
}

application_rows!(
    sqlite_transactions_include_application_rows,
    crate::world::sqlite
);
application_rows!(
    #[ignore = "needs LBACK_POSTGRES_URL"]
    postgres_transactions_include_application_rows,
    crate::world::postgres
);

/// Generates a test in which a statement of the application makes the database roll back, with and without flows
/// after it.
macro_rules! aborted_by_the_application {
    ($(#[$attribute:meta])? $test:ident, $world:path, $fails:expr) => {
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        $(#[$attribute])?
        async fn $test() {
            $world(async |world| {
                let accounts = &world.accounts;
                for (name, continues) in [(None, false), (Some("ada"), false), (Some("bob"), true)] {
                    let registration = match name {
                        None => None,
                        Some(name) => {
                            let user = User::new(name, format!("{name}@example.org")).unwrap();
                            Some(accounts.prepare_registration(user, PASSWORD).await.unwrap())
                        }
                    };
                    let mut transaction = accounts.begin().await.unwrap();
                    if let Some(registration) = registration {
                        let inserted = accounts.register_in(&mut transaction, registration).await;
                        assert!(matches!(inserted, Ok(Inserted::Stored { .. })), "{inserted:?}");
                    }
                    let failed = sqlx::raw_sql($fails)
                        .execute(transaction.rows().connection())
                        .await;
                    assert!(failed.is_err());
                    if continues {
                        let unknown = lback_auth::UserId::new(7);
                        let refused = accounts.delete_in(&mut transaction, &unknown).await;
                        assert!(matches!(refused, Err(AccountsError::Store(_))), "{refused:?}");
                    }
                    let refused = transaction.commit().await;
                    assert!(matches!(refused, Err(AccountsError::Store(_))), "{refused:?}");
                }
                assert!(world.store.page(None, 9).await.unwrap().is_empty());
                let lines = world.journal.take();
                let registered = lines.iter().any(|line| line.starts_with("user_registered"));
                assert!(!registered, "{lines:?}");
            })
            .await;
        }
    };
}

aborted_by_the_application!(
    sqlite_transactions_aborted_by_the_application_do_not_commit,
    crate::world::sqlite,
    "CREATE TABLE note (text TEXT); PRAGMA max_page_count = 1; \
     INSERT INTO note VALUES (zeroblob(1000000))"
);
aborted_by_the_application!(
    #[ignore = "needs LBACK_POSTGRES_URL"]
    postgres_transactions_aborted_by_the_application_do_not_commit,
    crate::world::postgres,
    "SELECT 1 / 0"
);

/// A hash whose check takes a large part of a second.
const COSTLY: &str = "$argon2id$v=19$m=65536,t=9,p=1$c29tZXNhbHQ$kjP8uWKJBGjGGWcsBNKPPSpCFGY";

/// Asserts that the only connection of a store is free while sign-ins wait for the hasher.
async fn assert_connection_is_free_while_hashing<S: Store>(store: S) {
    let world = World::new(store);
    let scope = world.scope();
    let names = ["ada", "bob", "cyd", "dan"];
    scope
        .run_async(async {
            for name in names {
                world.verified(name).await;
            }
        })
        .await;
    loop {
        let hasher = Hasher::builder()
            .memory(8)
            .passes(1)
            .concurrency(1)
            .build()
            .unwrap();
        let occupied = hasher.clone();
        let occupant = std::thread::spawn(move || occupied.verify("guess", COSTLY));
        while hasher.stats().hashes() == 0 {
            tokio::task::yield_now().await;
        }
        let mut sign_ins = JoinSet::new();
        let scope = Scope::new().provide(hasher.clone());
        for name in names {
            let accounts = world.accounts.clone();
            sign_ins
                .spawn(scope.run_async(async move { accounts.authenticate(name, PASSWORD).await }));
        }
        let mut are_waiting = false;
        while !are_waiting && !occupant.is_finished() {
            tokio::time::sleep(Duration::from_millis(1)).await;
            are_waiting = hasher.stats().waiting() == names.len();
        }
        let found = world.find("ada").await;
        let still_waited = hasher.stats().waiting() == names.len();
        let outcomes = sign_ins.join_all().await;
        assert!(found.is_some());
        assert!(
            outcomes
                .iter()
                .all(|outcome| matches!(outcome, Ok(Authentication::Granted(_))))
        );
        drop(occupant.join());
        if are_waiting && still_waited {
            break;
        }
        // The hash ended before all sign-ins waited: try again.
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hashing_holds_no_sqlite_connection() {
    let folder = sqlite::Folder::new();
    let options = SqliteConnectOptions::new()
        .filename(folder.file())
        .create_if_missing(true);
    let pool = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(Duration::from_secs(5))
        .connect_lazy_with(options);
    let store = SqliteStore::from_pool(pool).await.unwrap();
    let store = sqlite::with_outbox(store).await;
    assert_connection_is_free_while_hashing(store).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn hashing_holds_no_postgres_connection() {
    let schema = postgres::Schema::new().await;
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .acquire_timeout(Duration::from_secs(5))
        .connect_lazy_with(schema.options());
    let store = PostgresStore::from_pool(pool).await.unwrap();
    let store = postgres::with_outbox(store).await;
    assert_connection_is_free_while_hashing(store).await;
}

/// The futures can be spawned on a runtime of several threads.
#[test]
fn all_flows_are_send() {
    fn is_send<T: Send>(_: T) {}
    fn flows<S: Store>(accounts: &Accounts<S>, user: User, id: &lback_auth::UserId) {
        is_send(accounts.register(user, ""));
        is_send(accounts.authenticate("", ""));
        is_send(accounts.request_email_verification(""));
        is_send(accounts.verify_email(""));
        is_send(accounts.change_password(id, "", ""));
        is_send(accounts.request_password_reset(""));
        is_send(accounts.reset_password("", ""));
        is_send(accounts.change_email(id, ""));
        is_send(accounts.confirm_email_change(""));
        is_send(accounts.deactivate(id));
        is_send(accounts.reactivate(id));
        is_send(accounts.delete(id));
        is_send(accounts.purge());
    }
    let key = SessionKey::new(&[7; 32]).unwrap();
    let accounts = Accounts::new(lback_auth::MemoryStore::new(), key);
    let user = User::new("ada", "ada@example.org").unwrap();
    flows(&accounts, user, &lback_auth::UserId::new(1));
}
