//! Rows that only another program can write are reported as unreadable.

use lback_auth::{AccountStore, StoreError, TokenKey, TokenPurpose, User};
use time::OffsetDateTime;

const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

fn is_unreadable<T>(answer: &Result<T, StoreError>) -> bool {
    matches!(answer, Err(StoreError::Unreadable(_)))
}

/// Asserts the errors once the epoch of the first account is too short, and the audit entry is odd.
async fn nothing_can_be_read<S: AccountStore<User = User>>(store: &S) {
    assert!(is_unreadable(&store.page(None, 9).await));
    assert!(is_unreadable(&store.audit(None, 9).await));
    let token = TokenKey::of(TokenPurpose::PasswordReset, "").unwrap();
    assert!(store.find_by_token(&token, NOW).await.unwrap().is_none());
}

const ENTRY: &str = "INSERT INTO lback_audit (at, signal, outcome, client) VALUES ";

/// Entries of a time out of range, and of a client that is no address.
const ODD_ENTRIES: [&str; 3] = [
    "(-9223372036854775808, 'user_deleted', '', NULL)",
    "(9223372036854775807, 'user_deleted', '', NULL)",
    "(0, 'user_deleted', '', 'localhost')",
];

macro_rules! nothing_can_be_read {
    ($store:expr, $spoil_epochs:expr) => {{
        let store = $store;
        crate::sql::insert(&store, &User::new("ada", "ada@example.org").unwrap()).await;
        let execute = async |sql: String| {
            let mut transaction = store.begin().await.unwrap();
            let sql = sqlx::AssertSqlSafe(sql);
            let done = sqlx::raw_sql(sql).execute(transaction.connection()).await;
            done.unwrap();
            crate::sql::commit(&store, transaction).await;
        };
        execute($spoil_epochs.to_owned()).await;
        for entry in ODD_ENTRIES {
            execute(format!("DELETE FROM lback_audit; {ENTRY}{entry}")).await;
            nothing_can_be_read(&store).await;
        }
    }};
}

#[cfg(feature = "sqlite")]
#[tokio::test]
async fn in_sqlite() {
    let (store, _folder) = crate::databases::sqlite().await;
    nothing_can_be_read!(
        store,
        "PRAGMA ignore_check_constraints = ON; UPDATE lback_account SET epoch = x'00'"
    );
}

#[cfg(feature = "postgres")]
#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn in_postgres() {
    let (store, _schema) = crate::databases::postgres().await;
    nothing_can_be_read!(
        store,
        "ALTER TABLE lback_account DROP CONSTRAINT lback_account_epoch_check; \
         UPDATE lback_account SET epoch = '\\x00'"
    );
}
