//! Rows that were edited by hand.

use std::time::{Duration, SystemTime};

use lback_signals::durable::testing::TestOutbox as _;
use lback_signals::durable::{Ending, Outbox, SignalRow};

use super::{claim, connection, counts, execute, number, outbox, receiver, request, row};
use crate::postgres_schema::Schema;

/// Edits of one delivery or its signal each.
const EDITS: [&str; 7] = [
    "UPDATE lback_signal SET payload = '[\"\\u0000\"]' WHERE id = (SELECT signal FROM lback_delivery WHERE number = 1)",
    "UPDATE lback_signal SET name = '', trace = '\u{1F980}' \
     WHERE id = (SELECT signal FROM lback_delivery WHERE number = 2)",
    "UPDATE lback_signal SET sent_at = 9223372036854775807 \
     WHERE id = (SELECT signal FROM lback_delivery WHERE number = 3)",
    "UPDATE lback_signal SET sent_at = -9223372036854775808, version = -1 \
     WHERE id = (SELECT signal FROM lback_delivery WHERE number = 4)",
    "UPDATE lback_delivery SET attempt = 9223372036854775807 WHERE number = 5",
    "UPDATE lback_delivery SET due_at = -9223372036854775808, claim = 7, failed_at = -1 WHERE number = 6",
    "ALTER TABLE lback_delivery DROP CONSTRAINT lback_delivery_signal_fkey; \
     DELETE FROM lback_signal WHERE id = (SELECT signal FROM lback_delivery WHERE number = 7)",
];

#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn an_edited_row_keeps_no_other_from_running() {
    let schema = Schema::new().await;
    let outbox = outbox(&schema).await;
    let rows = EDITS.iter().map(|_| row()).chain([row()]);
    outbox.insert(rows.collect()).await.unwrap();
    let mut shell = connection(&schema).await;
    for edit in EDITS {
        execute(&mut shell, edit).await;
    }
    outbox.counts().await.unwrap();
    let next_due = outbox.next_due(&request("ship").receivers).await;
    assert_eq!(next_due.unwrap(), Some(Duration::ZERO));
    let claimed = claim(&outbox).await;
    let numbers: Vec<_> = claimed.iter().map(|it| it.claim.number).collect();
    assert_eq!(numbers, (1..=8).collect::<Vec<_>>());
    assert_eq!(claimed[0].payload, "[\"\\u0000\"]");
    assert_eq!(claimed[6].payload, "", "which is not JSON");
    assert!(claimed[2].sent_at > SystemTime::now());
    assert!(claimed[3].sent_at < SystemTime::now());
    assert_eq!(claimed[4].attempt, u32::MAX);

    let dead = |error: &str| Ending::Dead {
        error: error.to_owned(),
        was_run: false,
        blocks_key: false,
    };
    let endings: Vec<_> = claimed[..7]
        .iter()
        .map(|it| (it.claim, dead("a\0\u{1F980}")))
        .chain([(claimed[7].claim, Ending::Done)])
        .collect();
    assert_eq!(outbox.finish(&endings).await.unwrap(), []);
    assert_eq!(counts(&outbox).await, [0, 0, 7]);
    let dead = outbox.dead_letters().await.unwrap();
    assert!(dead.iter().all(|it| it.error == "a \u{1F980}"));
}

/// So later versions store a delivery that waits for an earlier one of its key.
#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn a_delivery_that_is_due_at_the_end_of_time_is_not_due() {
    let schema = Schema::new().await;
    let outbox = outbox(&schema).await;
    outbox.insert(vec![row()]).await.unwrap();
    let parked = "UPDATE lback_delivery SET due_at = 9223372036854775807";
    execute(&mut connection(&schema).await, parked).await;
    assert!(claim(&outbox).await.is_empty());
    assert_eq!(outbox.next_due(&[receiver("ship")]).await.unwrap(), None);
    assert_eq!(counts(&outbox).await, [1, 0, 0]);
}

#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn a_version_or_name_that_is_edited_away_waits() {
    let schema = Schema::new().await;
    let outbox = outbox(&schema).await;
    outbox
        .insert((0..4).map(|_| row()).collect())
        .await
        .unwrap();
    let edits = "UPDATE lback_delivery SET version = -1 WHERE number = 1; \
        UPDATE lback_delivery SET version = 9223372036854775807 WHERE number = 2; \
        UPDATE lback_delivery SET receiver = '\u{1F980}' WHERE number = 3";
    execute(&mut connection(&schema).await, edits).await;
    assert_eq!(claim(&outbox).await.len(), 1);
    assert_eq!(counts(&outbox).await, [3, 1, 0]);
}

/// Quotes, commas and braces have a meaning in arrays, and backslashes in payloads.
#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn any_text_is_stored() {
    let schema = Schema::new().await;
    let outbox = outbox(&schema).await;
    let texts = [
        "{\"a\":\"\\\\,{}\\\"NULL\"}",
        "\"\\u0000\\ud800 '\u{1F980}\u{7F}\"",
        "[1e400, 0.1,  -0]",
        "null",
    ];
    let rows = texts.map(|it| SignalRow::__new("order.paid", 1, it, &["ship"]).__with_key(it));
    outbox.insert(rows.into()).await.unwrap();
    let mut request = request("ship");
    request.worker = "a\0\u{1F980}".to_owned();
    let claimed = outbox.claim(&request).await.unwrap();
    let payloads: Vec<_> = claimed.iter().map(|it| &*it.payload).collect();
    assert_eq!(payloads, texts);
    let same = "SELECT count(*) FROM lback_signal AS sent JOIN lback_delivery AS delivery ON delivery.signal = sent.id \
        WHERE sent.key = payload::text AND delivery.key = sent.key AND worker = 'a \u{1F980}'";
    assert_eq!(number(&mut connection(&schema).await, same).await, 4);
}
