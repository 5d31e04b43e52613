//! Signing in by the plain statements of the stores.
//!
//! The module is named `store`, since the statements are visible in a module of that name.

#[path = "../../src/store/sql/statements.rs"]
#[expect(
    dead_code,
    unused_imports,
    unused_macros,
    reason = "signing in takes some of them"
)]
mod statements;

use std::future::ready;
use std::sync::Arc;

use lback_auth::{Hasher, Verdict};
use sqlx::{AssertSqlSafe, PgPool, Row, SqlitePool};
use statements::{APPEND_AUDIT, CLEAR_ATTEMPTS, FIND, FIND_BY_KEYS, FIND_LOCKED, reserve_attempt};
use time::OffsetDateTime;
use tokio::sync::{Mutex, MutexGuard};

use crate::PASSWORD;

/// Runs a statement, if there is one.
macro_rules! run {
    ($connection:ident, $statement:expr) => {
        if let Some(statement) = $statement {
            let done = sqlx::raw_sql(statement).execute(&mut *$connection).await;
            done.expect("a sound transaction");
        }
    };
}

/// Signs in, with the statements and the one hash of an
/// [`Accounts::authenticate`](lback_auth::Accounts::authenticate) that is granted, without a
/// `RequestContext`: reserves an attempt and finds the account in a transaction, and checks its hash; then, in another
/// transaction, locks the account, clears the attempt and writes to the audit log.
macro_rules! sign_in {
    (
        $name:ident, $pool:ty, $begin:expr, $before_commit:expr, $turn:expr,
        $wait:literal, $waits:expr, $lock:expr
    ) => {
        pub(crate) async fn $name(pool: $pool, hasher: Hasher, logins: Vec<String>) {
            let append_audit: Arc<str> =
                format!("{APPEND_AUDIT} VALUES ($1, $2, $3, $4, $5, $6, $7)").into();
            for login in logins {
                let now = OffsetDateTime::now_utc().unix_timestamp() * 1_000_000;
                let key = key(&login);
                let turn = $turn.await;
                let mut transaction = pool.begin_with($begin).await.expect("a transaction");
                let reserved = sqlx::query(reserve_attempt!("$1", $wait))
                    .bind(now)
                    .bind(&key[..])
                    .bind(i64::from(u32::MAX))
                    .bind($waits)
                    .bind(0_i64)
                    .bind(DAY)
                    .bind(DAY)
                    .bind(None::<&[u8]>)
                    .bind(i64::from(u32::MAX))
                    .bind($waits)
                    .bind(0_i64)
                    .bind(DAY)
                    .bind(DAY)
                    .fetch_all(&mut *transaction)
                    .await
                    .expect("an attempt");
                assert_eq!(reserved.len(), 1);
                let found = sqlx::query(FIND_BY_KEYS)
                    .bind(&login)
                    .bind(&login)
                    .fetch_optional(&mut *transaction)
                    .await
                    .expect("a look")
                    .expect("an account");
                run!(transaction, $before_commit);
                transaction.commit().await.expect("a commit");
                drop(turn);
                let id: i64 = found.get("id");
                let stored: &str = found.get("password");
                let verdict = hasher.verify_async(PASSWORD, stored).await;
                assert_eq!(verdict, Ok(Verdict::Valid));

                let _turn = $turn.await;
                let mut transaction = pool.begin_with($begin).await.expect("a transaction");
                sqlx::query($lock)
                    .bind(id)
                    .fetch_optional(&mut *transaction)
                    .await
                    .expect("a lock")
                    .expect("an account");
                sqlx::query(CLEAR_ATTEMPTS)
                    .bind(&key[..])
                    .execute(&mut *transaction)
                    .await
                    .expect("no attempts");
                sqlx::query(AssertSqlSafe(append_audit.clone()))
                    .bind(now)
                    .bind("user_authenticated")
                    .bind(id.to_string())
                    .bind("granted")
                    .bind(None::<&str>)
                    .bind(None::<&str>)
                    .bind(None::<&str>)
                    .execute(&mut *transaction)
                    .await
                    .expect("an entry");
                run!(transaction, $before_commit);
                transaction.commit().await.expect("a commit");
            }
        }
    };
}

sign_in!(
    sign_in_sqlite,
    SqlitePool,
    "BEGIN IMMEDIATE",
    None::<&str>,
    turn(),
    "waits ->> step",
    format!("{WAITS:?}"),
    FIND
);
sign_in!(
    sign_in_postgres,
    PgPool,
    BEGIN_IN_POSTGRES,
    Some("SAVEPOINT lback"),
    ready(None::<MutexGuard<'_, ()>>),
    "waits[step + 1]",
    &WAITS[..],
    FIND_LOCKED
);

/// The statements with which the store begins a transaction.
const BEGIN_IN_POSTGRES: &str = "BEGIN ISOLATION LEVEL READ COMMITTED; \
    SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '30s'; \
    SELECT 1 / (now() = statement_timestamp())::int";

/// Waits until no other task writes to SQLite, as the store does. SQLite itself would wait by sleeping.
async fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::const_new(());
    TURN.lock().await
}

/// A second in microseconds.
const SECOND: i64 = 1_000_000;
const DAY: i64 = 24 * 60 * 60 * SECOND;

/// The delays of a limit under which all attempts are free.
const WAITS: [i64; 22] = [0; 22];

/// Returns a key with the length of the HMAC of a login, in its place.
fn key(login: &str) -> [u8; 32] {
    let mut key = [0; 32];
    key[..login.len()].copy_from_slice(login.as_bytes());
    key
}
