//! A database that does not work: each error is typed, and nothing is lost.

use std::time::Duration;

use lback_signals::durable::{Claim, Ending, Outbox, OutboxError, PostgresOutbox};
use sqlx::ConnectOptions as _;

use super::{
    claim, claimed, connection, counts, execute, outbox, outbox_with, pool_with, request, row,
};
use crate::postgres_schema::Schema;

const LEASE: Duration = Duration::from_secs(30);

/// Calls each operation that writes, and returns their errors.
async fn errors(outbox: &PostgresOutbox, claimed: Claim) -> [OutboxError; 4] {
    [
        outbox.insert(vec![row()]).await.unwrap_err(),
        outbox.claim(&request("ship")).await.unwrap_err(),
        outbox.renew(&[claimed], LEASE).await.unwrap_err(),
        outbox.finish(&[(claimed, Ending::Done)]).await.unwrap_err(),
    ]
}

#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn locks_and_timeouts_are_typed_and_change_nothing() {
    let schema = Schema::new().await;
    let outbox = outbox(&schema).await;
    for timeout in ["lock_timeout", "statement_timeout"] {
        let impatient = outbox_with(schema.options().options([(timeout, "200ms")])).await;
        let held = claimed(&outbox).await;
        let mut other = connection(&schema).await;
        execute(
            &mut other,
            "BEGIN; LOCK TABLE lback_delivery IN EXCLUSIVE MODE",
        )
        .await;
        for error in errors(&impatient, held).await {
            assert!(matches!(error, OutboxError::Locked(_)), "{error:?}");
            assert!(error.is_transient());
        }
        assert_eq!(counts(&outbox).await, [0, 1, 0], "reads do not wait");
        execute(&mut other, "COMMIT").await;
        let lost = outbox.finish(&[(held, Ending::Done)]).await;
        assert_eq!(lost.unwrap(), []);
    }
}

/// An application that has used up its connections loses no lease.
#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn the_outbox_needs_no_connection_of_the_application() {
    let schema = Schema::new().await;
    let pool = pool_with(schema.options());
    let outbox = PostgresOutbox::new(pool.clone()).await.unwrap();
    let mut taken = Vec::new();
    for _ in 0..3 {
        taken.push(pool.acquire().await.unwrap());
    }
    let held = claimed(&outbox).await;
    assert_eq!(outbox.renew(&[held], LEASE).await.unwrap(), []);
    assert_eq!(outbox.finish(&[(held, Ending::Done)]).await.unwrap(), []);
    assert_eq!(counts(&outbox).await, [0, 0, 0]);
}

#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn connections_that_were_lost_while_idle_are_replaced() {
    let schema = Schema::new().await;
    let outbox = outbox(&schema).await;
    let held = claimed(&outbox).await;
    // Opens several.
    let counts = || outbox.counts();
    let (one, two, three) = tokio::join!(counts(), counts(), counts());
    assert!(one.is_ok() && two.is_ok() && three.is_ok());
    let mut server = schema.server.connect().await.unwrap();
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1";
    let ended = sqlx::query(end).bind(&schema.name).execute(&mut server);
    assert!(ended.await.unwrap().rows_affected() >= 3);
    assert_eq!(outbox.renew(&[held], LEASE).await.unwrap(), []);
    assert_eq!(outbox.finish(&[(held, Ending::Done)]).await.unwrap(), []);
}

#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn a_closed_pool_is_unavailable() {
    let schema = Schema::new().await;
    let pool = pool_with(schema.options());
    let outbox = PostgresOutbox::new(pool.clone()).await.unwrap();
    let held = claimed(&outbox).await;
    pool.close().await;
    for error in errors(&outbox, held).await {
        assert!(matches!(error, OutboxError::Unavailable(_)), "{error:?}");
    }
}

#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn a_database_that_does_not_exist_is_refused() {
    let schema = Schema::new().await;
    let options = schema.options().database("nowhere_to_be_found");
    let refused = PostgresOutbox::new(pool_with(options)).await.unwrap_err();
    assert!(matches!(refused, OutboxError::Database(_)), "{refused:?}");
    assert!(!refused.is_transient());
}

/// Each refused statement closes its connection, and not the outbox.
#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn missing_tables_are_told_until_they_are_back() {
    let schema = Schema::new().await;
    let outbox = outbox(&schema).await;
    let held = claimed(&outbox).await;
    let mut shell = connection(&schema).await;
    execute(&mut shell, "ALTER TABLE lback_delivery RENAME TO lost").await;
    for _ in 0..3 {
        for error in errors(&outbox, held).await {
            assert!(matches!(error, OutboxError::Database(_)), "{error:?}");
        }
    }
    execute(&mut shell, "ALTER TABLE lost RENAME TO lback_delivery").await;
    outbox.insert(vec![row()]).await.unwrap();
    assert_eq!(claim(&outbox).await.len(), 1);
    assert_eq!(outbox.finish(&[(held, Ending::Done)]).await.unwrap(), []);
}
