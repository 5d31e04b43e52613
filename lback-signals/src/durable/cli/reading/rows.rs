//! Deliveries, groups and operations as rows of tables.

use std::time::SystemTime;

use serde_json::{Value, json};

use crate::durable::admin::{StoredDelivery, StoredOperation, StoredSignal};
use crate::durable::cli::instant::{millis, seconds};
use crate::durable::cli::json::state;
use crate::durable::cli::text::{shortened, shown};

pub(super) const DELIVERIES: [&str; 8] = [
    "NUMBER", "SIGNAL", "RECEIVER", "KEY", "STATE", "ATTEMPT", "DUE", "ERROR",
];

pub(super) fn delivery_row(delivery: &StoredDelivery) -> [String; 8] {
    [
        delivery.number.to_string(),
        format!("{} v{}", shown(&delivery.signal), delivery.version),
        shown(&delivery.receiver),
        delivery.key.as_deref().map_or_else(dash, shortened),
        state(delivery.state).to_owned(),
        delivery.attempt.to_string(),
        delivery.due_at.map_or_else(dash, seconds),
        delivery.error.as_deref().map_or_else(dash, shortened),
    ]
}

/// Dead letters with the same names, version and start of the error.
#[derive(Default)]
pub(super) struct Group {
    count: u64,
    /// The number of the first one.
    first: i64,
    failed_at: Option<SystemTime>,
}

pub(super) type GroupKey = (String, String, u32, String);

impl Group {
    pub(super) fn add(&mut self, number: i64, failed_at: Option<SystemTime>) {
        if self.count == 0 {
            self.first = number;
        }
        self.count += 1;
        self.failed_at = self.failed_at.max(failed_at);
    }
}

pub(super) const GROUPS: [&str; 6] = [
    "COUNT",
    "RECEIVER",
    "SIGNAL",
    "FIRST",
    "LAST FAILED",
    "ERROR",
];

pub(super) fn group_row((key, group): (&GroupKey, &Group)) -> [String; 6] {
    let (receiver, signal, version, error) = key;
    [
        group.count.to_string(),
        shown(receiver),
        format!("{} v{version}", shown(signal)),
        group.first.to_string(),
        group.failed_at.map_or_else(dash, seconds),
        error.clone(),
    ]
}

pub(super) fn group_json((key, group): (&GroupKey, &Group)) -> Value {
    let (receiver, signal, version, error) = key;
    json!({
        "count": group.count,
        "receiver": receiver,
        "signal": signal,
        "version": version,
        "first": group.first,
        "last_failed_at": group.failed_at.map(millis),
        "error": error,
    })
}

pub(super) const OPERATIONS: [&str; 5] = ["TIME", "OPERATOR", "DELIVERIES", "COMMAND", "BECAUSE"];

pub(super) fn operation_row(stored: &StoredOperation) -> [String; 5] {
    let operation = &stored.operation;
    [
        seconds(stored.at),
        shown(&operation.operator),
        stored.deliveries.to_string(),
        shown(&operation.command),
        operation.because.as_deref().map_or_else(dash, shown),
    ]
}

/// Returns a line for each property of a delivery that has it.
pub(super) fn details(
    delivery: &StoredDelivery,
    signal: &StoredSignal,
    with_payload: bool,
) -> String {
    let payload = if with_payload {
        shown(&signal.payload)
    } else {
        format!("{} bytes, shown by --payload", signal.payload.len())
    };
    let text = |text: &Option<String>| text.as_deref().map(shown);
    let properties = [
        ("delivery", Some(delivery.number.to_string())),
        ("receiver", Some(shown(&delivery.receiver))),
        ("state", Some(state(delivery.state).to_owned())),
        ("attempt", Some(delivery.attempt.to_string())),
        ("due", delivery.due_at.map(seconds)),
        ("worker", text(&delivery.worker)),
        ("failed", delivery.failed_at.map(seconds)),
        ("error", text(&delivery.error)),
        (
            "signal",
            Some(format!("{} v{}", shown(&signal.name), signal.version)),
        ),
        ("id", Some(signal.id.to_string())),
        ("sent", Some(seconds(signal.sent_at))),
        ("key", text(&delivery.key)),
        ("subject", text(&signal.subject)),
        ("trace", text(&signal.trace)),
        ("payload", Some(payload)),
    ];
    let lines = properties.into_iter();
    let lines = lines.filter_map(|(name, value)| Some(format!("{name:8}  {}\n", value?)));
    lines.collect()
}

fn dash() -> String {
    "-".to_owned()
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use uuid::Uuid;

    use super::*;
    use crate::durable::admin::{DeliveryState, Operation};
    use crate::durable::cli::table::table;

    fn deliveries() -> [StoredDelivery; 2] {
        let waiting = StoredDelivery {
            number: 7,
            signal_id: Uuid::nil(),
            signal: "order.paid".to_owned(),
            version: 2,
            receiver: "send-receipt".to_owned(),
            key: Some("7".to_owned()),
            state: DeliveryState::Waiting,
            attempt: 0,
            due_at: Some(UNIX_EPOCH + Duration::from_secs(1_795_900_000)),
            worker: None,
            failed_at: None,
            error: None,
        };
        let dead = StoredDelivery {
            number: 1000,
            key: None,
            state: DeliveryState::Dead,
            attempt: 20,
            due_at: None,
            failed_at: Some(UNIX_EPOCH + Duration::from_secs(1_795_900_001)),
            error: Some("refused by \u{1b}[2J\nthe server".to_owned()),
            ..waiting.clone()
        };
        [waiting, dead]
    }

    fn signal() -> StoredSignal {
        StoredSignal {
            id: Uuid::nil(),
            name: "order.paid".to_owned(),
            version: 2,
            key: None,
            subject: Some("account:7".to_owned()),
            payload: "{\"email\":\"ada@example.org\"}".to_owned(),
            trace: None,
            sent_at: UNIX_EPOCH,
            done_at: None,
        }
    }

    #[test]
    fn deliveries_are_rows_without_hidden_characters() {
        let rows = deliveries().each_ref().map(delivery_row);
        let expected = "\
NUMBER  SIGNAL         RECEIVER      KEY  STATE    ATTEMPT  DUE                   ERROR
7       order.paid v2  send-receipt  7    waiting  0        2026-11-28T21:06:40Z  -
1000    order.paid v2  send-receipt  -    dead     20       -                     refused by \\u{1b}[2J…
";
        assert_eq!(table(DELIVERIES, &rows, false), expected);
    }

    #[test]
    fn the_details_hide_the_payload() {
        let [_, dead] = deliveries();
        let hidden = details(&dead, &signal(), false);
        let expected = "\
delivery  1000
receiver  send-receipt
state     dead
attempt   20
failed    2026-11-28T21:06:41Z
error     refused by \\u{1b}[2J\\nthe server
signal    order.paid v2
id        00000000-0000-0000-0000-000000000000
sent      1970-01-01T00:00:00Z
subject   account:7
payload   27 bytes, shown by --payload
";
        assert_eq!(hidden, expected);
        let shown = details(&dead, &signal(), true);
        assert!(
            shown.ends_with("payload   {\"email\":\"ada@example.org\"}\n"),
            "{shown}"
        );
    }

    #[test]
    fn a_group_has_its_first_number_and_last_failure() {
        let mut group = Group::default();
        for (number, failed_at) in [(7, 1), (9, 3), (12, 2)] {
            group.add(number, Some(UNIX_EPOCH + Duration::from_secs(failed_at)));
        }
        let key = ("send-receipt", "order.paid", 2, "refused");
        let key = (key.0.to_owned(), key.1.to_owned(), key.2, key.3.to_owned());
        let row = [
            "3",
            "send-receipt",
            "order.paid v2",
            "7",
            "1970-01-01T00:00:03Z",
            "refused",
        ];
        assert_eq!(group_row((&key, &group)), row);
    }

    #[test]
    fn an_operation_has_its_reason() {
        let stored = StoredOperation {
            operation: Operation {
                id: Uuid::nil(),
                command: "discard 7".to_owned(),
                operator: "ada\t".to_owned(),
                because: None,
            },
            at: UNIX_EPOCH,
            deliveries: 1,
        };
        let row = ["1970-01-01T00:00:00Z", r"ada\t", "1", "discard 7", "-"];
        assert_eq!(operation_row(&stored), row);
    }
}
