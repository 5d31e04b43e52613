//! Statements that stay prepared on a connection.

use lback_auth::{AccountStore, AuditEntry};
use sqlx::Connection as _;
use time::OffsetDateTime;

macro_rules! no_long_append_stays_prepared {
    ($store:expr) => {{
        let store = $store;
        let mut transaction = store.begin().await.unwrap();
        let entry = AuditEntry::new(OffsetDateTime::UNIX_EPOCH, "signal", "outcome");
        let mut prepared = Vec::new();
        for length in [1, 900, 901, 2, 902] {
            let entries = vec![entry.clone(); length];
            let appended = store.append_audit(&mut transaction, &entries).await;
            appended.unwrap();
            prepared.push(transaction.connection().cached_statements_size());
        }
        let first = prepared[0];
        assert_eq!(prepared, [first, first, first, first + 1, first + 1]);
    }};
}

#[cfg(feature = "sqlite")]
#[tokio::test]
async fn no_long_append_stays_prepared_in_sqlite() {
    let (store, _folder) = crate::databases::sqlite().await;
    no_long_append_stays_prepared!(store);
}

#[cfg(feature = "postgres")]
#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn no_long_append_stays_prepared_in_postgres() {
    let (store, _schema) = crate::databases::postgres().await;
    no_long_append_stays_prepared!(store);
}
