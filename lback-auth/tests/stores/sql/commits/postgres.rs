//! In PostgreSQL.

use lback_auth::{
    AccountStore, AuthUser, Inserted, PendingToken, PostgresStore, TokenPurpose, UnverifiedHolders,
    UserId,
};
use lback_signals::CommitOutcome;
use sqlx::postgres::PgPoolOptions;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::{NOW, ada, is_refused};
use crate::databases::postgres;
use crate::databases::postgres::Schema;
use crate::sql::commit;

#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn an_aborted_transaction_is_not_committed() {
    let (store, _schema) = postgres().await;
    // Aborted by a statement of the application.
    let mut transaction = store.begin().await.unwrap();
    let inserted = store
        .insert(&mut transaction, &ada(), UnverifiedHolders::Replace, NOW)
        .await;
    assert!(matches!(inserted, Ok(Inserted::Stored { .. })));
    let failed = sqlx::query("SELECT 1 / 0").execute(transaction.connection());
    assert!(failed.await.is_err());
    let outcome = store.commit(transaction).await;
    assert!(is_refused(&outcome), "{outcome:?}");

    // Aborted by a statement of the store: PostgreSQL stores no text with U+0000.
    let mut transaction = store.begin().await.unwrap();
    let inserted = store
        .insert(&mut transaction, &ada(), UnverifiedHolders::Replace, NOW)
        .await;
    let Inserted::Stored { user, .. } = inserted.unwrap() else {
        panic!("it is taken");
    };
    let token = PendingToken::new([7; 32], "\0", NOW, NOW);
    let (id, purpose) = (user.id().unwrap(), TokenPurpose::PasswordReset);
    let put = store.put_token(&mut transaction, &id, purpose, &token);
    assert!(put.await.is_err());
    let outcome = store.commit(transaction).await;
    assert!(is_refused(&outcome), "{outcome:?}");

    // Ended by the application.
    let mut transaction = store.begin().await.unwrap();
    let ended = sqlx::raw_sql("ROLLBACK").execute(transaction.connection());
    ended.await.unwrap();
    let outcome = store.commit(transaction).await;
    assert!(is_refused(&outcome), "{outcome:?}");

    assert!(store.page(None, 9).await.unwrap().is_empty());
}

#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn a_transaction_rolled_back_to_a_savepoint_is_committed() {
    let (store, _schema) = postgres().await;
    let mut transaction = store.begin().await.unwrap();
    let inserted = store
        .insert(&mut transaction, &ada(), UnverifiedHolders::Replace, NOW)
        .await;
    assert!(matches!(inserted, Ok(Inserted::Stored { .. })));
    for statement in [
        "SAVEPOINT mine",
        "SELECT 1 / 0",
        "ROLLBACK TO SAVEPOINT mine",
    ] {
        let done = sqlx::raw_sql(statement).execute(transaction.connection());
        drop(done.await);
    }
    commit(&store, transaction).await;
    assert_eq!(store.page(None, 9).await.unwrap().len(), 1);
}

#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn a_constraint_that_is_deferred_fails_the_commit() {
    let (store, _schema) = postgres().await;
    let mut transaction = store.begin().await.unwrap();
    let inserted = store
        .insert(&mut transaction, &ada(), UnverifiedHolders::Replace, NOW)
        .await;
    assert!(matches!(inserted, Ok(Inserted::Stored { .. })));
    let planned = "CREATE TABLE plan (account BIGINT \
        REFERENCES lback_account (id) DEFERRABLE INITIALLY DEFERRED); \
        INSERT INTO plan VALUES (1000000)";
    let planned = sqlx::raw_sql(planned).execute(transaction.connection());
    planned.await.unwrap();
    let outcome = store.commit(transaction).await;
    assert!(is_refused(&outcome), "{outcome:?}");
    assert!(store.page(None, 9).await.unwrap().is_empty());
}

#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn a_server_that_ended_the_session_has_not_committed() {
    let (store, _schema) = postgres().await;
    let mut transaction = store.begin().await.unwrap();
    let inserted = store
        .insert(&mut transaction, &ada(), UnverifiedHolders::Replace, NOW)
        .await;
    assert!(matches!(inserted, Ok(Inserted::Stored { .. })));
    let own = sqlx::raw_sql("SELECT pg_terminate_backend(pg_backend_pid())");
    drop(own.execute(transaction.connection()).await);
    let outcome = store.commit(transaction).await;
    assert!(
        matches!(outcome, CommitOutcome::RolledBack(_)),
        "{outcome:?}"
    );
    assert!(store.page(None, 9).await.unwrap().is_empty());
}

/// An error as the server sends it.
fn error(severity: &str, code: &str) -> Vec<u8> {
    let fields = format!("S{severity}\0V{severity}\0C{code}\0Mfailed\0\0");
    let length = u32::try_from(fields.len() + 4).unwrap();
    [b"E", &length.to_be_bytes()[..], fields.as_bytes()].concat()
}

#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn a_commit_without_a_clear_answer_is_unknown() {
    for answer in [
        Vec::new(),
        error("FATAL", "57P01"),
        error("ERROR", "08007"),
        error("ERROR", "40003"),
    ] {
        assert_commit_is_unknown(answer).await;
    }
}

/// Commits, and gets this answer instead of the server's.
async fn assert_commit_is_unknown(answer: Vec<u8>) {
    let schema = Schema::new().await;
    let direct = PostgresStore::from_pool(schema.pool()).await.unwrap();
    let options = schema.options();
    let server = (options.get_host().to_owned(), options.get_port());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (client, _) = listener.accept().await.unwrap();
            let server = TcpStream::connect(server.clone()).await.unwrap();
            tokio::spawn(answer_commit(client, server, answer.clone()));
        }
    });
    let pool = PgPoolOptions::new().connect_lazy_with(options.host("127.0.0.1").port(port));
    let store = PostgresStore::from_pool(pool).await.unwrap();

    let mut transaction = store.begin().await.unwrap();
    let inserted = store
        .insert(&mut transaction, &ada(), UnverifiedHolders::Replace, NOW)
        .await;
    assert!(matches!(inserted, Ok(Inserted::Stored { .. })));
    let outcome = store.commit(transaction).await;
    assert!(matches!(outcome, CommitOutcome::Unknown(_)), "{outcome:?}");
    // It was committed.
    while direct.find(&UserId::new(1)).await.unwrap().is_none() {
        tokio::task::yield_now().await;
    }
}

/// Forwards both directions, but replaces the answer to the `COMMIT` of an account, and closes the connection.
async fn answer_commit(mut client: TcpStream, mut server: TcpStream, answer: Vec<u8>) {
    let (mut is_about_accounts, mut from_client, mut from_server) = (false, [0; 4096], [0; 4096]);
    loop {
        tokio::select! {
            read = client.read(&mut from_client) => {
                let Ok(length @ 1..) = read else { return };
                let said = &from_client[..length];
                server.write_all(said).await.unwrap();
                let has = |text: &[u8]| said.windows(text.len()).any(|window| window == text);
                is_about_accounts |= has(b"INSERT INTO lback_account");
                if is_about_accounts && has(b"COMMIT") {
                    client.write_all(&answer).await.unwrap();
                    return;
                }
            }
            read = server.read(&mut from_server) => {
                let Ok(length @ 1..) = read else { return };
                client.write_all(&from_server[..length]).await.unwrap();
            }
        }
    }
}
