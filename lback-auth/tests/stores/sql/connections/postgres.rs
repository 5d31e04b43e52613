//! In PostgreSQL.

use lback_auth::{
    AccountStore, Attempt, AttemptKey, AttemptLimit, AttemptTime, AuditEntry, Inserted,
    PostgresStore, PostgresTransaction, Reservation, SessionEpoch, StoreError, User,
};
use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection as _};
use test_support::service;

use super::savepoints;
use crate::databases::postgres as database;
use crate::databases::postgres::Schema;
use crate::sql::commits::{NOW, ada, is_refused, polled};
use crate::sql::{commit, insert};

fn bob() -> User {
    User::new("bob", "bob@example.org").unwrap()
}

savepoints! {
    #[ignore = "needs LBACK_POSTGRES_URL"]
    a_savepoint_that_is_dropped_unanswered_is_not_committed: async |rows: &mut PostgresTransaction| {
        while polled(1, rows.connection().begin()).await.is_some() {}
    },
    #[ignore = "needs LBACK_POSTGRES_URL"]
    a_savepoint_that_is_open_is_not_committed: async |rows: &mut PostgresTransaction| {
        std::mem::forget(rows.connection().begin().await.unwrap());
    },
}

/// Statements that leave a transaction open.
const LEFT: [&str; 5] = [
    "BEGIN; CREATE TABLE half_done (n INTEGER)",
    "BEGIN; SELECT count(*) FROM lback_account",
    "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM lback_account",
    "BEGIN ISOLATION LEVEL SERIALIZABLE; DELETE FROM lback_account",
    "BEGIN; SELECT 1 / 0",
];

fn attempt() -> Attempt {
    Attempt {
        subject: (AttemptKey([7; 32]), AttemptLimit::new(1)),
        client: None,
    }
}

#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn a_transaction_that_is_open_on_a_pooled_connection_is_not_used() {
    for (number, left) in LEFT.into_iter().enumerate() {
        for operation in 0..3 {
            let (other, schema) = database().await;
            let pool = PgPoolOptions::new()
                .max_connections(1)
                .connect_lazy_with(schema.options());
            let store = PostgresStore::from_pool(pool.clone()).await.unwrap();
            drop(sqlx::raw_sql(left).execute(&pool).await);
            let ada = insert(&other, &ada()).await;
            match operation {
                0 => assert!(store.find(&ada).await.unwrap().is_some(), "{number}"),
                1 => {
                    for reserved in [Reservation::Granted, Reservation::Granted] {
                        let granted = store
                            .reserve_attempt(&attempt(), AttemptTime::At(NOW))
                            .await;
                        assert_eq!(granted.unwrap(), reserved);
                    }
                    let refused = other
                        .reserve_attempt(&attempt(), AttemptTime::At(NOW))
                        .await;
                    assert!(
                        matches!(refused, Ok(Reservation::Refused { .. })),
                        "{number}: {refused:?}"
                    );
                }
                _ => {
                    let bob = insert(&store, &bob()).await;
                    assert!(other.find(&bob).await.unwrap().is_some(), "{number}");
                }
            }
            assert!(other.find(&ada).await.unwrap().is_some(), "{number}");
            let half_done = sqlx::query_scalar("SELECT to_regclass('half_done') IS NOT NULL");
            let is_committed: bool = half_done.fetch_one(&schema.pool()).await.unwrap();
            assert!(!is_committed);
        }
    }
}

#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn each_transaction_has_its_isolation_and_its_timeouts() {
    let schema = Schema::new().await;
    let options = schema.options().options([
        ("default_transaction_isolation", "serializable"),
        ("lock_timeout", "0"),
        ("statement_timeout", "0"),
    ]);
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .connect_lazy_with(options);
    let store = PostgresStore::from_pool(pool.clone()).await.unwrap();
    let mut transaction = store.begin().await.unwrap();
    for (setting, expected) in [
        ("SHOW transaction_isolation", "read committed"),
        ("SHOW lock_timeout", "5s"),
        ("SHOW statement_timeout", "30s"),
    ] {
        let value = sqlx::query_scalar::<_, String>(setting);
        let value = value.fetch_one(transaction.connection()).await.unwrap();
        assert_eq!(value, expected, "{setting}");
    }
    // The defaults of the connection apply to the application's statements.
    commit(&store, transaction).await;
    let isolation = sqlx::query_scalar::<_, String>("SHOW transaction_isolation");
    assert_eq!(isolation.fetch_one(&pool).await.unwrap(), "serializable");
}

/// Two transactions lock two accounts in opposite orders.
#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn a_deadlock_and_a_lock_timeout_are_named() {
    let (store, _schema) = database().await;
    let (ada, bob) = (insert(&store, &ada()).await, insert(&store, &bob()).await);
    let mut one = store.begin().await.unwrap();
    let mut other = store.begin().await.unwrap();
    let epoch = SessionEpoch::from_bytes([7; 32]);
    for (transaction, id) in [(&mut one, &ada), (&mut other, &bob)] {
        let set = store.set_active(transaction, id, true, epoch).await;
        assert!(set.unwrap().is_some());
    }
    let (one, other) = tokio::join!(
        async {
            let set = store
                .set_active(&mut one, &bob, true, epoch)
                .await
                .map(drop);
            store.rollback(one).await.unwrap();
            set
        },
        async {
            let set = store
                .set_active(&mut other, &ada, true, epoch)
                .await
                .map(drop);
            store.rollback(other).await.unwrap();
            set
        },
    );
    let deadlocks = [&one, &other]
        .into_iter()
        .filter(|set| matches!(set, Err(StoreError::Deadlock(_))));
    assert_eq!(deadlocks.count(), 1, "{one:?} {other:?}");

    let mut holds = store.begin().await.unwrap();
    store
        .set_active(&mut holds, &ada, true, epoch)
        .await
        .unwrap();
    let mut waits = store.begin().await.unwrap();
    let set = sqlx::raw_sql("SET LOCAL lock_timeout = '1ms'").execute(waits.connection());
    set.await.unwrap();
    let waited = store.set_active(&mut waits, &ada, true, epoch).await;
    assert!(matches!(waited, Err(StoreError::TimedOut(_))), "{waited:?}");
}

/// Fails the first inserts of an attempt with an error that asks for a retry.
const FAIL: &str = "\
    CREATE SEQUENCE failures; \
    CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
        IF nextval('failures') <= LIMIT THEN RAISE 'not now' USING ERRCODE = '00000'; END IF; \
        RETURN NEW; \
    END $$; \
    CREATE TRIGGER fail BEFORE INSERT ON lback_attempt FOR EACH ROW EXECUTE FUNCTION fail()";

#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn an_aborted_attempt_is_retried_a_few_times() {
    for code in ["40001", "40P01"] {
        for (limit, expected) in [("4", 5), ("1000", 5)] {
            let (store, schema) = database().await;
            let fail = FAIL.replace("LIMIT", limit).replace("00000", code);
            let pool = schema.pool();
            let created = sqlx::raw_sql(AssertSqlSafe(fail)).execute(&pool).await;
            created.unwrap();
            let reserved = store
                .reserve_attempt(&attempt(), AttemptTime::At(NOW))
                .await;
            match (limit, code, &reserved) {
                ("4", _, Ok(Reservation::Granted))
                | (_, "40001", Err(StoreError::SerializationFailure(_)))
                | (_, "40P01", Err(StoreError::Deadlock(_))) => {}
                _ => panic!("{reserved:?}"),
            }
            let tries = sqlx::query_scalar::<_, i64>("SELECT last_value FROM failures");
            assert_eq!(tries.fetch_one(&pool).await.unwrap(), expected);
        }
    }
}

#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn a_database_that_is_not_of_utf_8_is_refused() {
    let schema = Schema::new().await;
    let mut server = schema.options().connect().await.unwrap();
    let name = sqlx::query_scalar::<_, String>("SELECT current_schema()::text || '_ascii'");
    let name = name.fetch_one(&mut server).await.unwrap();
    let mut run = async |statement: String| {
        let done = sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut server);
        done.await.unwrap();
    };
    run(format!(
        "CREATE DATABASE {name} ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0"
    ))
    .await;
    let options: sqlx::postgres::PgConnectOptions = service("LBACK_POSTGRES_URL").parse().unwrap();
    let url = options.database(&name).to_url_lossy();
    let refused = PostgresStore::connect(url.as_str()).await;
    run(format!("DROP DATABASE {name} WITH (FORCE)")).await;
    assert!(
        matches!(&refused, Err(StoreError::Encoding { found }) if found == "SQL_ASCII"),
        "{refused:?}"
    );
}
