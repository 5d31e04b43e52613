//! Locks of PostgreSQL: one transaction goes on while another waits for it.

use lback_auth::{
    AccountStore, Attempt, AttemptKey, AttemptLimit, AttemptTime, EmailSet, Inserted, PendingToken,
    PostgresStore, PostgresTransaction, Reservation, TokenKey, TokenPurpose, UnverifiedHolders,
    User, UserId,
};
use time::{Duration, OffsetDateTime};
use tokio::task::JoinHandle;

use crate::databases::postgres;
use crate::sql::{commit, insert, user};

const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;
const GIVE_WAY: UnverifiedHolders = UnverifiedHolders::Replace;
const LOW: AttemptKey = AttemptKey([1; 32]);
const HIGH: AttemptKey = AttemptKey([2; 32]);

fn ada() -> User {
    user("ada", "ada@example.org")
}

/// Returns whether one transaction of this store waits for another of this store.
pub(crate) async fn one_waits(store: &PostgresStore) -> bool {
    let waits = "SELECT EXISTS (SELECT 1 FROM pg_stat_activity AS waits \
        JOIN pg_stat_activity AS holds ON holds.pid = ANY (pg_blocking_pids(waits.pid)) \
        WHERE waits.application_name = current_setting('application_name') \
        AND holds.application_name = current_setting('application_name'))";
    let waits = sqlx::query_scalar(waits).fetch_one(store.pool());
    waits.await.unwrap()
}

/// Runs this beside the test until it waits for another transaction or has finished.
async fn beside<T: Send + 'static>(
    store: &PostgresStore,
    other: impl Future<Output = T> + Send + 'static,
) -> JoinHandle<T> {
    let other = tokio::spawn(other);
    while !other.is_finished() && !one_waits(store).await {
        tokio::task::yield_now().await;
    }
    other
}

/// Has the rest of a transaction fail where it would wait for another.
async fn wait_no_more(transaction: &mut PostgresTransaction) {
    let set = sqlx::raw_sql("SET LOCAL lock_timeout = '100ms'").execute(transaction.connection());
    set.await.unwrap();
}

/// Puts a token, unless the account is gone.
async fn put_token(store: &PostgresStore, id: &UserId, purpose: TokenPurpose) -> Option<TokenKey> {
    let token = PendingToken::new([7; 32], "new@example.org", NOW, NOW + Duration::HOUR);
    let mut transaction = store.begin().await.unwrap();
    let put = store.put_token(&mut transaction, id, purpose, &token);
    let put = put.await.unwrap();
    commit(store, transaction).await;
    put.then(|| TokenKey::of_pending(purpose, &token))
}

#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn stores_in_two_schemas_do_not_wait_for_each_other() {
    let (one, _schema) = postgres().await;
    let (other, _other_schema) = postgres().await;
    let mut holds = one.begin().await.unwrap();
    let inserted = one.insert(&mut holds, &ada(), GIVE_WAY, NOW).await;
    assert!(matches!(inserted, Ok(Inserted::Stored { .. })));
    let mut inserts = other.begin().await.unwrap();
    wait_no_more(&mut inserts).await;
    let inserted = other.insert(&mut inserts, &ada(), GIVE_WAY, NOW).await;
    assert!(matches!(inserted, Ok(Inserted::Stored { .. })));
    commit(&other, inserts).await;
    commit(&one, holds).await;
}

#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn no_token_is_put_for_an_account_that_is_deleted_meanwhile() {
    let (store, _schema) = postgres().await;
    let id = insert(&store, &ada()).await;
    let mut transaction = store.begin().await.unwrap();
    let deleted = store.delete(&mut transaction, &id).await;
    assert!(deleted.unwrap().is_some());
    let putting = beside(&store, {
        let store = store.clone();
        async move { put_token(&store, &id, TokenPurpose::PasswordReset).await }
    })
    .await;
    commit(&store, transaction).await;
    assert_eq!(putting.await.unwrap(), None);
}

/// Verifies an account, and commits when `other` waits for it.
async fn verify_beside<T: Send + 'static>(
    store: &PostgresStore,
    id: &UserId,
    other: impl Future<Output = T> + Send + 'static,
) -> T {
    let mut transaction = store.begin().await.unwrap();
    let verified = store.mark_verified(&mut transaction, id, "ada@example.org");
    assert!(verified.await.unwrap().is_some());
    let other = beside(store, other).await;
    commit(store, transaction).await;
    let other = other.await.unwrap();
    assert!(store.find(id).await.unwrap().is_some(), "it stays");
    other
}

#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn an_account_that_is_verified_meanwhile_does_not_give_way() {
    let (store, _schema) = postgres().await;
    let id = insert(&store, &ada()).await;
    let other = store.clone();
    let inserted = verify_beside(&store, &id, async move {
        let mut transaction = other.begin().await.unwrap();
        let inserted = other.insert(&mut transaction, &ada(), GIVE_WAY, NOW).await;
        commit(&other, transaction).await;
        inserted.unwrap()
    });
    assert!(matches!(inserted.await, Inserted::UsernameTaken));
}

#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn an_address_that_is_verified_meanwhile_is_not_set() {
    let (store, _schema) = postgres().await;
    let id = insert(&store, &ada()).await;
    let bob = insert(&store, &user("bob", "bob@example.org")).await;
    let other = store.clone();
    let set = verify_beside(&store, &id, async move {
        let mut transaction = other.begin().await.unwrap();
        let (old, new) = ("bob@example.org", "ada@example.org");
        let set = other.set_email(&mut transaction, &bob, old, new, GIVE_WAY);
        let set = set.await.unwrap();
        commit(&other, transaction).await;
        set
    });
    assert!(matches!(set.await, EmailSet::Taken));
}

#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn an_account_is_locked_before_its_tokens() {
    let (store, _schema) = postgres().await;
    let id = insert(&store, &ada()).await;
    let token = put_token(&store, &id, TokenPurpose::EmailVerification).await;
    let token = token.unwrap();
    let mut transaction = store.begin().await.unwrap();
    let ada = store.find(&id).await.unwrap().unwrap();
    let locked = store.lock_if_unchanged(&mut transaction, &id, ada.password());
    assert!(locked.await.unwrap().is_some());
    let consuming = beside(&store, {
        let store = store.clone();
        async move {
            let mut transaction = store.begin().await.unwrap();
            let owner = store.consume_token(&mut transaction, &token, NOW).await;
            let owner = owner.unwrap();
            if let Some(owner) = &owner {
                let verified = store.mark_verified(&mut transaction, &owner.id, &owner.email);
                verified.await.unwrap();
            }
            commit(&store, transaction).await;
            owner
        }
    })
    .await;
    wait_no_more(&mut transaction).await;
    store.delete_tokens(&mut transaction, &id).await.unwrap();
    commit(&store, transaction).await;
    assert_eq!(consuming.await.unwrap(), None, "it has ended");
}

#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn a_change_of_address_takes_its_turn_before_it_locks_the_account() {
    let (store, _schema) = postgres().await;
    let id = insert(&store, &ada()).await;
    let token = put_token(&store, &id, TokenPurpose::EmailChange).await;
    let token = token.unwrap();
    let mut transaction = store.begin().await.unwrap();
    let owner = store.consume_token(&mut transaction, &token, NOW).await;
    let owner = owner.unwrap().unwrap();
    let inserting = beside(&store, {
        let store = store.clone();
        async move {
            let mut transaction = store.begin().await.unwrap();
            let inserted = store.insert(&mut transaction, &ada(), GIVE_WAY, NOW).await;
            commit(&store, transaction).await;
            inserted.unwrap()
        }
    })
    .await;
    wait_no_more(&mut transaction).await;
    let old = "ada@example.org";
    let set = store.set_email(&mut transaction, &id, old, &owner.email, GIVE_WAY);
    assert!(matches!(set.await.unwrap(), EmailSet::Set { .. }));
    commit(&store, transaction).await;
    let inserted = inserting.await.unwrap();
    assert!(matches!(inserted, Inserted::UsernameTaken), "{inserted:?}");
}

#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn transactions_that_insert_accounts_take_turns() {
    let (store, _schema) = postgres().await;
    let bob = || user("bob", "bob@example.org");
    let mut transaction = store.begin().await.unwrap();
    let inserted = store.insert(&mut transaction, &ada(), GIVE_WAY, NOW).await;
    assert!(matches!(inserted.unwrap(), Inserted::Stored { .. }));
    let inserting = beside(&store, {
        let store = store.clone();
        async move {
            let mut transaction = store.begin().await.unwrap();
            for user in [bob(), ada()] {
                let inserted = store.insert(&mut transaction, &user, GIVE_WAY, NOW).await;
                assert!(matches!(inserted.unwrap(), Inserted::Stored { .. }));
            }
            commit(&store, transaction).await;
        }
    })
    .await;
    wait_no_more(&mut transaction).await;
    let inserted = store.insert(&mut transaction, &bob(), GIVE_WAY, NOW).await;
    assert!(matches!(inserted.unwrap(), Inserted::Stored { .. }));
    commit(&store, transaction).await;
    inserting.await.unwrap();
    assert_eq!(store.page(None, 9).await.unwrap().len(), 2);
}

/// Counts an attempt for both keys.
async fn reserve(store: &PostgresStore) {
    let limit = AttemptLimit::new(100);
    let attempt = Attempt {
        subject: (HIGH, limit),
        client: Some((LOW, limit)),
    };
    let reserved = store.reserve_attempt(&attempt, AttemptTime::At(NOW)).await;
    assert_eq!(reserved.unwrap(), Reservation::Granted);
}

#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn attempts_are_locked_in_the_order_of_their_keys() {
    let (store, _schema) = postgres().await;
    for operation in 0..3 {
        reserve(&store).await;
        let mut transaction = store.begin().await.unwrap();
        let cleared = store.clear_attempts(&mut transaction, &[LOW]).await;
        cleared.unwrap();
        let other = beside(&store, {
            let store = store.clone();
            async move {
                if operation == 0 {
                    return reserve(&store).await;
                }
                let mut transaction = store.begin().await.unwrap();
                let keys = [HIGH, LOW];
                let done = match operation {
                    1 => store.clear_attempts(&mut transaction, &keys).await,
                    _ => store.return_attempts(&mut transaction, &keys).await,
                };
                done.unwrap();
                commit(&store, transaction).await;
            }
        })
        .await;
        wait_no_more(&mut transaction).await;
        let cleared = store.clear_attempts(&mut transaction, &[HIGH]).await;
        assert!(cleared.is_ok(), "{operation}: {cleared:?}");
        commit(&store, transaction).await;
        other.await.unwrap();
    }
}

#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn a_purge_passes_over_what_another_transaction_has_locked() {
    let (store, _schema) = postgres().await;
    reserve(&store).await;
    let mut transaction = store.begin().await.unwrap();
    let returned = store.return_attempts(&mut transaction, &[LOW]).await;
    returned.unwrap();
    let later = AttemptTime::At(NOW + Duration::DAY * 2);
    assert_eq!(store.purge(later).await.unwrap(), 1);
    commit(&store, transaction).await;
    assert_eq!(store.purge(later).await.unwrap(), 1);
}
