//! Rows that were edited by hand.

use std::time::{Duration, SystemTime};

use lback_signals::durable::testing::TestOutbox as _;
use lback_signals::durable::{Ending, Outbox};

use super::{Folder, claim, counts, execute, outbox, row, ship};

/// Edits of one delivery or its signal, of which `?` is the number.
const EDITS: [&str; 11] = [
    "UPDATE lback_signal SET payload = '{' WHERE id = (SELECT signal FROM lback_delivery WHERE number = 1)",
    "UPDATE lback_signal SET payload = '' WHERE id = (SELECT signal FROM lback_delivery WHERE number = 2)",
    "UPDATE lback_signal SET payload = CAST(x'7bff7d' AS TEXT) \
     WHERE id = (SELECT signal FROM lback_delivery WHERE number = 3)",
    "UPDATE lback_signal SET name = CAST(x'ff' AS TEXT), trace = CAST(x'00ff' AS TEXT) \
     WHERE id = (SELECT signal FROM lback_delivery WHERE number = 4)",
    "UPDATE lback_signal SET sent_at = 9223372036854775807 \
     WHERE id = (SELECT signal FROM lback_delivery WHERE number = 5)",
    "UPDATE lback_signal SET sent_at = -9223372036854775808, version = -1 \
     WHERE id = (SELECT signal FROM lback_delivery WHERE number = 6)",
    "UPDATE lback_delivery SET attempt = 9223372036854775807 WHERE number = 7",
    "UPDATE lback_delivery SET due_at = -9223372036854775808, error = CAST(x'ff' AS TEXT) WHERE number = 8",
    "UPDATE lback_delivery SET claim = 7, worker = CAST(x'ff' AS TEXT), failed_at = -1 WHERE number = 9",
    // As the shell of SQLite does, which does not enforce foreign keys.
    "PRAGMA foreign_keys = OFF; \
     DELETE FROM lback_signal WHERE id = (SELECT signal FROM lback_delivery WHERE number = 10)",
    "UPDATE lback_delivery SET signal = x'01' WHERE number = 11",
];

#[tokio::test]
async fn an_edited_row_keeps_no_other_from_running() {
    let folder = Folder::new();
    let outbox = outbox(&folder).await;
    let rows = EDITS.iter().map(|_| row()).chain([row()]);
    outbox.insert(rows.collect()).await.unwrap();
    let mut shell = folder.connection().await;
    execute(&mut shell, "PRAGMA foreign_keys = OFF").await;
    for edit in EDITS {
        execute(&mut shell, edit).await;
    }
    outbox.counts().await.unwrap();
    let next_due = outbox.next_due(&[ship(1)]).await;
    assert_eq!(next_due.unwrap(), Some(Duration::ZERO));
    let claimed = claim(&outbox).await;
    let numbers: Vec<_> = claimed.iter().map(|it| it.claim.number).collect();
    assert_eq!(numbers, (1..=12).collect::<Vec<_>>());
    let payloads = [1, 2, 3, 10, 11].map(|number| &*claimed[number - 1].payload);
    assert_eq!(payloads, ["{", "", "", "", ""], "none of which is JSON");
    assert!(claimed[4].sent_at > SystemTime::now());
    assert!(claimed[5].sent_at < SystemTime::now());
    assert_eq!(claimed[6].attempt, u32::MAX);

    let dead = |error: &str| Ending::Dead {
        error: error.to_owned(),
        was_run: false,
        blocks_key: false,
    };
    let endings: Vec<_> = claimed[..11]
        .iter()
        .map(|it| (it.claim, dead("unreadable")))
        .chain([(claimed[11].claim, Ending::Done)])
        .collect();
    assert_eq!(outbox.finish(&endings).await.unwrap(), []);
    assert_eq!(counts(&outbox).await, [0, 0, 11]);
    let dead = outbox.dead_letters().await.unwrap();
    assert!(dead.iter().all(|it| it.error == "unreadable"));
}

/// So later versions store a delivery that waits for an earlier one of its key.
#[tokio::test]
async fn a_delivery_that_is_due_at_the_end_of_time_is_not_due() {
    let folder = Folder::new();
    let outbox = outbox(&folder).await;
    outbox.insert(vec![row()]).await.unwrap();
    let parked = "UPDATE lback_delivery SET due_at = 9223372036854775807";
    execute(&mut folder.connection().await, parked).await;
    assert!(claim(&outbox).await.is_empty());
    assert_eq!(outbox.next_due(&[ship(1)]).await.unwrap(), None);
    assert_eq!(counts(&outbox).await, [1, 0, 0]);
}

#[tokio::test]
async fn a_version_or_name_that_is_edited_away_waits() {
    let folder = Folder::new();
    let outbox = outbox(&folder).await;
    outbox
        .insert((0..4).map(|_| row()).collect())
        .await
        .unwrap();
    let edits = "UPDATE lback_delivery SET version = -1 WHERE number = 1; \
        UPDATE lback_delivery SET version = 9223372036854775807 WHERE number = 2; \
        UPDATE lback_delivery SET receiver = CAST(x'ff' AS TEXT) WHERE number = 3";
    execute(&mut folder.connection().await, edits).await;
    assert_eq!(claim(&outbox).await.len(), 1);
    assert_eq!(counts(&outbox).await, [3, 1, 0]);
}
