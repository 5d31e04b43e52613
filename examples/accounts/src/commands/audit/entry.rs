//! One entry of the log.

use comfy_table::{Cell, Color};
use lback_auth::{AuditEntry, AuditNumber};
use serde::Serialize;
use time::OffsetDateTime;

use super::super::super::output::{self, Row, cell, or_dash};

#[derive(Serialize)]
pub(super) struct Entry {
    number: i64,
    #[serde(serialize_with = "micros")]
    time: OffsetDateTime,
    signal: String,
    outcome: String,
    account: Option<String>,
    by: Option<String>,
    client: Option<String>,
    request: Option<String>,
}

impl From<(AuditNumber, AuditEntry)> for Entry {
    fn from((number, entry): (AuditNumber, AuditEntry)) -> Self {
        let context = entry.context;
        Self {
            number: number.0,
            time: entry.at,
            signal: entry.signal.into_owned(),
            outcome: entry.outcome.into_owned(),
            account: entry.user.map(|id| id.to_string()),
            by: context.actor().map(ToString::to_string),
            client: context.client().map(|client| client.to_string()),
            request: context.request_id().map(str::to_owned),
        }
    }
}

impl Row for Entry {
    const HEADER: &'static [&'static str] = &[
        "TIME", "SIGNAL", "OUTCOME", "ACCOUNT", "BY", "CLIENT", "REQUEST",
    ];

    fn cells(&self) -> Vec<Cell> {
        let outcome = match &*self.outcome {
            "granted" => cell(&self.outcome).fg(Color::Green),
            "allowed" | "change" | "done" | "imported" | "known" | "replaced" | "reset"
            | "right" | "signed_out" | "token" => cell(&self.outcome),
            _ => cell(&self.outcome).fg(Color::Red),
        };
        vec![
            cell(&output::seconds(self.time)),
            cell(&self.signal),
            outcome,
            or_dash(self.account.as_deref()),
            or_dash(self.by.as_deref()),
            or_dash(self.client.as_deref()),
            or_dash(self.request.as_deref()),
        ]
    }
}

fn micros<S: serde::Serializer>(at: &OffsetDateTime, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&output::micros(*at))
}
