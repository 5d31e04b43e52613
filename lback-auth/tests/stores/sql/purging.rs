//! A purge has many transactions, and a failure rolls back only the last one.

use lback_auth::{AccountStore, AttemptTime};
use time::OffsetDateTime;

/// Inserts attempts that expire one after the other, more than two transactions of a purge delete.
const INSERT: &str = "WITH RECURSIVE number (n) AS (\
        SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 2500\
    ) \
    INSERT INTO lback_attempt (key, attempts, expires_at) SELECT ";

macro_rules! rows_purged_before_a_failure_stay_deleted {
    ($store:expr, $key:literal, $fail:literal, $fail_no_more:literal) => {{
        let store = $store;
        let execute = async |sql: String| {
            let mut transaction = store.begin().await.unwrap();
            let sql = sqlx::AssertSqlSafe(sql);
            let done = sqlx::raw_sql(sql).execute(transaction.connection()).await;
            done.unwrap();
            crate::sql::commit(&store, transaction).await;
        };
        let now = AttemptTime::At(OffsetDateTime::now_utc());
        execute(format!("{INSERT} {}, 1, n FROM number", $key)).await;
        execute($fail.to_owned()).await;
        store.purge(now).await.unwrap_err();
        execute($fail_no_more.to_owned()).await;
        assert_eq!(store.purge(now).await.unwrap(), 500);
    }};
}

#[cfg(feature = "sqlite")]
#[tokio::test]
async fn rows_purged_before_a_failure_stay_deleted_in_sqlite() {
    let (store, _folder) = crate::databases::sqlite().await;
    rows_purged_before_a_failure_stay_deleted!(
        store,
        "CAST(CAST(n AS TEXT) AS BLOB)",
        "CREATE TRIGGER fails BEFORE DELETE ON lback_attempt WHEN old.expires_at = 2400 \
         BEGIN SELECT raise(ABORT, 'no more'); END",
        "DROP TRIGGER fails"
    );
}

#[cfg(feature = "postgres")]
#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn rows_purged_before_a_failure_stay_deleted_in_postgres() {
    let (store, _schema) = crate::databases::postgres().await;
    rows_purged_before_a_failure_stay_deleted!(
        store,
        "CAST(CAST(n AS TEXT) AS BYTEA)",
        "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS \
         $$BEGIN RAISE 'no more'; END$$; \
         CREATE TRIGGER fails BEFORE DELETE ON lback_attempt \
         FOR EACH ROW WHEN (old.expires_at = 2400) EXECUTE FUNCTION fail()",
        "DROP TRIGGER fails ON lback_attempt"
    );
}
