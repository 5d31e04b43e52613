//! Deliveries that become visible after later ones were claimed.

use std::time::Duration;

use lback_signals::durable::Outbox;
use sqlx::Connection as _;
use tokio::time::sleep;

use super::{claim, claimed, connection, execute, outbox, request, row};
use crate::postgres_schema::Schema;

/// Long before the commit.
const LATE: &str = "UPDATE lback_delivery SET due_at = due_at - 60000";

/// Less than 200 ms before the last claim, however long ago that was.
const A_MOMENT_AGO: &str = "UPDATE lback_delivery SET due_at = (extract(epoch FROM statement_timestamp()) * 1000)::bigint - 199 WHERE claim IS NULL";

#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn a_delivery_that_is_committed_late_is_found_by_a_poll() {
    let schema = Schema::new().await;
    let outbox = outbox(&schema).await;
    let mut shell = connection(&schema).await;
    let mut late = shell.begin().await.unwrap();
    outbox.insert_in(&mut late, &[row()]).await.unwrap();
    execute(&mut late, LATE).await;
    claimed(&outbox).await;
    late.commit().await.unwrap();

    let receivers = request("ship").receivers;
    for _ in 0..1000 {
        if outbox.next_due(&receivers).await.unwrap() == Some(Duration::ZERO) {
            assert_eq!(claim(&outbox).await.len(), 1);
            return;
        }
        sleep(Duration::from_millis(10)).await;
    }
    panic!("no poll has found it");
}

/// A worker that always finds deliveries does not poll.
#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn a_delivery_that_is_committed_late_is_found_by_claims_that_never_pause() {
    let schema = Schema::new().await;
    let outbox = outbox(&schema).await;
    let mut shell = connection(&schema).await;
    let mut late = shell.begin().await.unwrap();
    outbox.insert_in(&mut late, &[row()]).await.unwrap();
    let number: i64 =
        sqlx::query_scalar("UPDATE lback_delivery SET due_at = due_at - 60000 RETURNING number")
            .fetch_one(&mut *late)
            .await
            .unwrap();
    claimed(&outbox).await;
    late.commit().await.unwrap();

    for _ in 0..1000 {
        outbox.insert(vec![row()]).await.unwrap();
        let claimed = claim(&outbox).await;
        if claimed.iter().any(|row| row.claim.number == number) {
            return;
        }
        sleep(Duration::from_millis(10)).await;
    }
    panic!("no claim has found it");
}

#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn a_claim_finds_a_delivery_that_was_committed_less_than_200_ms_late() {
    let schema = Schema::new().await;
    let outbox = outbox(&schema).await;
    let mut shell = connection(&schema).await;
    // A claim of 1 may leave others, one of 2 does not.
    for limit in [1, 2] {
        let mut request = request("ship");
        request.receivers[0].limit = limit;
        let mut late = shell.begin().await.unwrap();
        outbox.insert_in(&mut late, &[row()]).await.unwrap();
        outbox.insert(vec![row()]).await.unwrap();
        assert_eq!(outbox.claim(&request).await.unwrap().len(), 1);
        execute(&mut late, A_MOMENT_AGO).await;
        late.commit().await.unwrap();
        assert_eq!(outbox.claim(&request).await.unwrap().len(), 1);
    }
}
