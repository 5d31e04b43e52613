//! A server of PostgreSQL that crashes in a commit.

use std::time::Duration;

use lback_signals::SignalTransaction;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions as _, PgConnection};
use tokio::time::sleep;

use crate::server::Server;

/// The COMMIT waits, and then crashes with the server. Its id is not written to the disk in that time.
const SLOW_COMMIT: &str = "
    ALTER SYSTEM SET wal_writer_delay = '10s';
    SELECT pg_reload_conf();
    DROP SCHEMA IF EXISTS lback_crash CASCADE;
    CREATE SCHEMA lback_crash;
    CREATE TABLE lback_crash.paid (number BIGINT PRIMARY KEY);
    CREATE FUNCTION lback_crash.wait() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN IF NEW.number = 1 THEN PERFORM pg_sleep(60); END IF; RETURN NULL; END';
    CREATE CONSTRAINT TRIGGER wait AFTER INSERT ON lback_crash.paid DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION lback_crash.wait();
";

async fn execute(connection: &mut PgConnection, sql: &'static str) {
    sqlx::raw_sql(sql).execute(connection).await.unwrap();
}

/// No other test uses the server at the same time.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs LBACK_POSTGRES_RESTART_DIR"]
async fn a_commit_that_a_crash_has_lost_is_no_success_when_its_id_is_given_out_again() {
    let server = Server::start();
    let options: PgConnectOptions = server.url().parse().unwrap();
    let mut connection = options.connect().await.unwrap();
    for statement in SLOW_COMMIT.split_inclusive(";\n") {
        execute(&mut connection, statement).await;
    }
    let pool = PgPoolOptions::new().connect_lazy_with(options.clone());
    let mut transaction = SignalTransaction::begin(&pool).await.unwrap();
    let rows = transaction.rows().await.unwrap();
    execute(rows, "INSERT INTO lback_crash.paid VALUES (1)").await;
    let id = "SELECT pg_current_xact_id()::text";
    let id: String = sqlx::query_scalar(id).fetch_one(rows).await.unwrap();
    let committing = tokio::spawn(transaction.commit());
    let waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
    while sqlx::query_scalar::<_, i64>(waits)
        .fetch_one(&mut connection)
        .await
        .unwrap()
        == 0
    {
        sleep(Duration::from_millis(1)).await;
    }
    server.restart("crash");

    // Another transaction gets its id.
    let mut connection = options.connect().await.unwrap();
    let insert = "INSERT INTO lback_crash.paid VALUES (2) RETURNING pg_current_xact_id()::text";
    let again: String = sqlx::query_scalar(insert)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(again, id, "the id was written to the disk");
    let outcome = committing.await.unwrap();
    assert!(outcome.is_err(), "it was committed, says {outcome:?}");
    execute(&mut connection, "ALTER SYSTEM RESET wal_writer_delay").await;
    let stored = sqlx::query_scalar::<_, i64>("SELECT number FROM lback_crash.paid");
    assert_eq!(stored.fetch_all(&mut connection).await.unwrap(), [2]);
}
