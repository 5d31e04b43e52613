//! Deliveries, signals and operations as JSON.

use serde_json::{Value, json};

use super::instant::millis;
use super::text::is_hidden;
use crate::durable::admin::{DeliveryState, StoredDelivery, StoredOperation, StoredSignal};
use crate::durable::stranded::Stranded;

pub(super) fn delivery(delivery: &StoredDelivery) -> Value {
    json!({
        "number": delivery.number,
        "signal_id": delivery.signal_id.to_string(),
        "signal": delivery.signal,
        "version": delivery.version,
        "receiver": delivery.receiver,
        "key": delivery.key,
        "state": state(delivery.state),
        "attempt": delivery.attempt,
        "due_at": delivery.due_at.map(millis),
        "worker": delivery.worker,
        "failed_at": delivery.failed_at.map(millis),
        "error": delivery.error,
    })
}

/// Returns a signal. Its payload is a JSON value, or a text if it is not JSON.
pub(super) fn signal(signal: &StoredSignal, with_payload: bool) -> Value {
    let mut value = json!({
        "id": signal.id.to_string(),
        "name": signal.name,
        "version": signal.version,
        "key": signal.key,
        "subject": signal.subject,
        "trace": signal.trace,
        "sent_at": millis(signal.sent_at),
        "done_at": signal.done_at.map(millis),
    });
    if with_payload {
        let payload = serde_json::from_str(&signal.payload);
        value["payload"] = payload.unwrap_or_else(|_| Value::from(&*signal.payload));
    }
    value
}

pub(super) fn operation(stored: &StoredOperation) -> Value {
    let operation = &stored.operation;
    json!({
        "id": operation.id.to_string(),
        "at": millis(stored.at),
        "command": operation.command,
        "operator": operation.operator,
        "because": operation.because,
        "deliveries": stored.deliveries,
    })
}

pub(super) fn stranded(stranded: &Stranded) -> Value {
    let form = &stranded.form;
    json!({
        "receiver": form.receiver,
        "signal": form.signal,
        "version": form.version,
        "pending": form.pending,
        "dead": form.dead,
        "reason": stranded.to_string(),
    })
}

pub(super) fn state(state: DeliveryState) -> &'static str {
    match state {
        DeliveryState::Waiting => "waiting",
        DeliveryState::Parked => "parked",
        DeliveryState::Running => "running",
        DeliveryState::Dead => "dead",
    }
}

/// Returns the values as lines, in which each hidden character is escaped.
pub(super) fn lines(values: impl IntoIterator<Item = Value>) -> String {
    let mut lines = String::new();
    for value in values {
        let mut units = [0; 2];
        // JSON has hidden characters only in its strings, where an escape is valid.
        for character in value.to_string().chars() {
            if is_hidden(character) {
                let units = character.encode_utf16(&mut units).iter();
                lines.extend(units.map(|unit| format!("\\u{unit:04x}")));
            } else {
                lines.push(character);
            }
        }
        lines.push('\n');
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_the_same_value_without_hidden_characters() {
        let text = "\u{1b}[2J\u{9b}\"\\é\n\u{202e}\u{E0041}\u{7f}李";
        let line = lines([Value::from(text)]);
        assert_eq!(serde_json::from_str::<Value>(&line).unwrap(), text);
        let line = line.trim_end_matches('\n');
        assert!(!line.contains(is_hidden), "{line}");
    }
}
