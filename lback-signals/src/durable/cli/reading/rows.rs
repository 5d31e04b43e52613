//! What is stored, as rows of tables.

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

/// Dead letters with the same names, version and begin of the error.
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
        ("due", delivery.due_at.map(millis)),
        ("worker", text(&delivery.worker)),
        ("failed", delivery.failed_at.map(millis)),
        ("error", text(&delivery.error)),
        (
            "signal",
            Some(format!("{} v{}", shown(&signal.name), signal.version)),
        ),
        ("id", Some(signal.id.to_string())),
        ("sent", Some(millis(signal.sent_at))),
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
