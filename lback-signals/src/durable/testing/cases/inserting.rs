//! Cases about storing signals.

use std::time::{Duration, SystemTime};

use uuid::Uuid;

use crate::durable::testing::TestOutbox;
use crate::durable::testing::trial::{Outcome, Trial, numbers, receiver, row};
use crate::enqueue::SignalRow;

pub async fn each_receiver_of_a_signal_gets_one_delivery<O: TestOutbox>(
    trial: Trial<O>,
) -> Outcome {
    trial.insert(&["ship", "bill"]).await?;
    for name in ["ship", "bill"] {
        let claimed = trial.claim_of(vec![receiver(name)]).await?;
        let receivers: Vec<_> = claimed.iter().map(|it| &*it.receiver).collect();
        assert_eq!(receivers, [name]);
    }
    assert_eq!(trial.outbox.signals().await?, 1);
    Ok(())
}

pub async fn an_inserted_delivery_is_due_at_once<O: TestOutbox>(trial: Trial<O>) -> Outcome {
    trial.insert(&["ship"]).await?;
    assert_eq!(trial.claim().await?.len(), 1);
    Ok(())
}

pub async fn a_signal_without_receivers_is_not_stored<O: TestOutbox>(trial: Trial<O>) -> Outcome {
    trial.outbox.insert(Vec::new()).await?;
    trial.outbox.insert(vec![row(&[]), row(&["ship"])]).await?;
    assert_eq!(trial.outbox.signals().await?, 1);
    Ok(())
}

pub async fn every_field_of_a_signal_is_stored<O: TestOutbox>(trial: Trial<O>) -> Outcome {
    let before = SystemTime::now();
    let mut stored = SignalRow::__new("order.paid", 3, r#"{"order":7}"#, &["ship"]);
    stored.trace = Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned());
    let mut other = SignalRow::__new("order.sent", u32::MAX, "null", &["ship"]);
    other.key = Some(r#""ada""#.to_owned());
    trial
        .outbox
        .insert(vec![stored.clone(), other.clone()])
        .await?;
    let mut ship = receiver("ship");
    ship.newest_version = u32::MAX;
    let claimed = trial.claim_of(vec![ship]).await?;
    assert_eq!(claimed.len(), 2);
    for (claimed, row) in claimed.iter().zip([stored, other]) {
        let id: Uuid = row.id();
        assert_eq!(claimed.id, id);
        assert_eq!(claimed.signal, row.name());
        assert_eq!(claimed.receiver, "ship");
        assert_eq!(claimed.version, row.version());
        assert_eq!(claimed.payload, row.payload());
        assert_eq!(claimed.trace.as_deref(), row.trace());
        assert_eq!(claimed.attempt, 1);
        // The clock of the storage may be another one.
        let distance = match claimed.sent_at.duration_since(before) {
            Ok(later) => later,
            Err(earlier) => earlier.duration(),
        };
        assert!(distance < Duration::from_mins(10), "{distance:?}");
    }
    Ok(())
}

/// Texts that some database, driver or language has handled wrongly.
const TEXTS: [&str; 24] = [
    "'",
    "''",
    "\\\"",
    "\\\\",
    "\\u0000",
    "a\\u0000b",
    "\\ud83e\\udd80",
    "%s %d",
    "$1",
    "?1",
    ":name",
    "--",
    "/*",
    ";",
    "'; DROP TABLE lback_signal; --",
    "NULL",
    "a\u{A0}b\u{3000}c",
    "a\u{200B}b\u{FEFF}c",
    "\u{E9} e\u{301}",
    "\u{1E9E} \u{DF} ss",
    "\u{5D0}\u{5D1} abc \u{627}\u{628} \u{202E}abc\u{202C}",
    "\u{1F469}\u{200D}\u{1F680} \u{1F1E9}\u{1F1EA}",
    "\u{D7FF}\u{E000}\u{FFFD}\u{FFFF}\u{10FFFF}",
    "\u{7F}\u{85}\u{2028}\u{2029}",
];

pub async fn payloads_are_stored_byte_for_byte<O: TestOutbox>(trial: Trial<O>) -> Outcome {
    let texts = TEXTS
        .iter()
        .map(|text| format!("{{ \"text\" : \"{text}\" }}"));
    let numbers = ["1e400", "0.1", "-0", "123456789012345678901234567890"];
    let payloads: Vec<_> = texts.chain(numbers.map(str::to_owned)).collect();
    let rows = payloads
        .iter()
        .map(|payload| SignalRow::__new("order.paid", 1, payload, &["ship"]));
    trial.outbox.insert(rows.collect()).await?;
    let claimed = trial.claim().await?;
    let stored: Vec<_> = claimed.iter().map(|it| &*it.payload).collect();
    assert_eq!(stored, payloads);
    Ok(())
}

pub async fn payloads_of_a_mebibyte_are_stored<O: TestOutbox>(trial: Trial<O>) -> Outcome {
    // Of characters that JSON in JSON escapes.
    let payload = format!("\"{}\"", "\\\"".repeat((1 << 19) - 1));
    assert_eq!(payload.len(), 1 << 20);
    let rows = (0..10).map(|_| SignalRow::__new("order.paid", 1, &payload, &["ship"]));
    trial.outbox.insert(rows.collect()).await?;
    let claimed = trial.claim().await?;
    assert_eq!(claimed.len(), 10);
    assert!(claimed.iter().all(|it| it.payload == payload));
    Ok(())
}

pub async fn deliveries_are_numbered_in_the_order_of_the_rows<O: TestOutbox>(
    trial: Trial<O>,
) -> Outcome {
    let rows = (0..50)
        .map(|order| SignalRow::__new("order.paid", 1, &order.to_string(), &["ship", "bill"]));
    trial.outbox.insert(rows.collect()).await?;
    let receivers = vec![receiver("bill"), receiver("ship")];
    let claimed = trial.claim_of(receivers).await?;
    assert!(numbers(&claimed).is_sorted());
    let order: Vec<_> = claimed
        .iter()
        .map(|it| (it.payload.parse().unwrap_or(0), &*it.receiver))
        .collect();
    let expected = (0..50).flat_map(|order| [(order, "ship"), (order, "bill")]);
    assert_eq!(order, expected.collect::<Vec<_>>());
    Ok(())
}

pub async fn a_refused_insert_stores_nothing<O: TestOutbox>(trial: Trial<O>) -> Outcome {
    let twice = row(&["ship", "bill", "ship"]);
    let refused = trial.outbox.insert(vec![row(&["ship"]), twice]).await;
    assert!(refused.is_err(), "one signal has one delivery per receiver");
    assert_eq!(trial.outbox.counts().await?, []);
    assert_eq!(trial.outbox.signals().await?, 0);
    trial.insert(&["ship"]).await
}
