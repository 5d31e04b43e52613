//! The columns that operators read, in each state of a delivery.

use std::time::Duration;

use lback_signals::durable::testing::TestOutbox;
use lback_signals::durable::{Ending, Outbox};
use sqlx::{Row as _, SqliteConnection};

use super::{Folder, claim, execute, number, outbox, row};

/// The columns of the one delivery that change with its state. Instants are relative to now, in whole minutes.
#[derive(Debug, PartialEq, Eq)]
struct State {
    is_claimed: bool,
    attempt: i64,
    due: Option<i64>,
    worker: Option<String>,
    failed: Option<i64>,
    error: Option<String>,
}

async fn state(connection: &mut SqliteConnection) -> State {
    let select = "SELECT claim IS NOT NULL AS is_claimed, attempt, worker, error, \
            CAST(round((due_at - unixepoch('subsec') * 1000) / 60000) AS INTEGER) AS due, \
            CAST(round((failed_at - unixepoch('subsec') * 1000) / 60000) AS INTEGER) AS failed \
        FROM lback_delivery";
    let row = sqlx::query(select).fetch_one(connection).await.unwrap();
    State {
        is_claimed: row.get("is_claimed"),
        attempt: row.get("attempt"),
        due: row.get("due"),
        worker: row.get("worker"),
        failed: row.get("failed"),
        error: row.get("error"),
    }
}

#[tokio::test]
async fn each_state_is_seen_in_the_columns() {
    let folder = Folder::new();
    let outbox = outbox(&folder).await;
    let mut operator = folder.connection().await;
    let error = || Some("refused".to_owned());
    let waiting = |attempt, due, failed: Option<i64>| State {
        is_claimed: false,
        attempt,
        due: Some(due),
        worker: None,
        failed,
        error: failed.and(error()),
    };
    let running = |attempt, failed: Option<i64>| State {
        is_claimed: true,
        // 30 seconds, by a clock that is 5 seconds ahead.
        due: Some(1),
        worker: Some("tests".to_owned()),
        ..waiting(attempt, 0, failed)
    };
    outbox.insert(vec![row()]).await.unwrap();
    assert_eq!(state(&mut operator).await, waiting(0, 0, None));
    outbox.set_clock_offset(5_000);
    let claimed = claim(&outbox).await[0].claim;
    assert_eq!(state(&mut operator).await, running(1, None));
    let retry = Ending::Retry {
        after: Duration::from_mins(7),
        error: error().unwrap(),
    };
    outbox.finish(&[(claimed, retry)]).await.unwrap();
    assert_eq!(state(&mut operator).await, waiting(1, 7, Some(0)));

    execute(
        &mut operator,
        "UPDATE lback_delivery SET due_at = 0, failed_at = failed_at - 600000",
    )
    .await;
    let claimed = claim(&outbox).await[0].claim;
    assert_eq!(state(&mut operator).await, running(2, Some(-10)));
    outbox
        .finish(&[(
            claimed,
            Ending::Released {
                after: Duration::ZERO,
            },
        )])
        .await
        .unwrap();
    assert_eq!(state(&mut operator).await, waiting(1, 0, Some(-10)));

    let claimed = claim(&outbox).await[0].claim;
    let dead = Ending::Dead {
        error: "unknown".to_owned(),
        was_run: true,
        blocks_key: false,
    };
    outbox.finish(&[(claimed, dead)]).await.unwrap();
    let expected = State {
        due: None,
        error: Some("unknown".to_owned()),
        ..waiting(2, 0, Some(0))
    };
    assert_eq!(state(&mut operator).await, expected);
}

#[tokio::test]
async fn later_versions_find_keys_and_ids() {
    let folder = Folder::new();
    let outbox = outbox(&folder).await;
    let signal = row().__with_key("\"ada\"");
    outbox.insert(vec![signal.clone(), row()]).await.unwrap();
    let mut operator = folder.connection().await;
    let keys = "SELECT count(*) FROM lback_signal JOIN lback_delivery ON lback_delivery.signal = id \
        WHERE lback_signal.key = '\"ada\"' AND lback_delivery.key = '\"ada\"' \
            AND done_at IS NULL AND published_seq IS NULL";
    assert_eq!(number(&mut operator, keys).await, 1);
    let id = "SELECT lower(hex(id)) FROM lback_signal WHERE key IS NOT NULL";
    let id: String = sqlx::query_scalar(id)
        .fetch_one(&mut operator)
        .await
        .unwrap();
    assert_eq!(id, signal.id().simple().to_string());
}
