//! Transactions and savepoints that an application has left open.

#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;

/// Generates tests of a transaction in which the application leaves a savepoint open, or drops it
/// before the database has answered.
macro_rules! savepoints {
    ($($(#[$attribute:meta])? $test:ident: $savepoint:expr,)*) => {$(
        #[tokio::test]
        $(#[$attribute])?
        async fn $test() {
            let (store, _database) = database().await;
            // More transactions than the pool has connections.
            for _ in 0..12 {
                let mut transaction = store.begin().await.unwrap();
                let inserted = store.insert(&mut transaction, &ada(), lback_auth::UnverifiedHolders::Replace, NOW).await;
                assert!(matches!(inserted, Ok(Inserted::Stored { .. })), "{inserted:?}");
                $savepoint(&mut transaction).await;
                let entry = AuditEntry::new(NOW, "signal", "outcome");
                drop(store.append_audit(&mut transaction, &[entry]).await);
                let outcome = store.commit(transaction).await;
                assert!(is_refused(&outcome), "{outcome:?}");
                assert!(store.page(None, 9).await.unwrap().is_empty());
                assert!(store.audit(None, 9).await.unwrap().is_empty());
            }
        }
    )*};
}
use savepoints;
