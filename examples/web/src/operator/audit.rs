//! The audit log, newest entries first, with filters.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use time::OffsetDateTime;

use crate::app::App;
use crate::error::AppError;
use crate::form::Query;
use crate::page::{Frame, page, second};

const PAGE_SIZE: usize = 50;

/// An empty filter matches each entry. The statement uses no index besides the number, so a filter that matches little
/// reads the whole log.
const ENTRIES: &str =
    "SELECT number, at, signal, outcome, account, actor, client, request_id FROM lback_audit
    WHERE (?1 = 0 OR number < ?1) AND (?2 = '' OR signal = ?2) AND (?3 = '' OR outcome = ?3)
    AND (?4 = '' OR account = ?4 OR actor = ?4) AND (?5 = '' OR client = ?5)
    ORDER BY number DESC LIMIT ?6";

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Filter {
    signal: String,
    outcome: String,
    account: String,
    client: String,
    /// Only entries with a lower number. Zero is no limit.
    before: i64,
}

/// The columns of [`ENTRIES`].
type Row = (
    i64,
    i64,
    String,
    String,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<String>,
);

struct Entry {
    at: String,
    signal: String,
    outcome: String,
    account: String,
    actor: String,
    client: String,
    request: String,
}

#[derive(Template)]
#[template(path = "audit.html")]
struct AuditPage {
    frame: Frame,
    path: &'static str,
    filter: Filter,
    entries: Vec<Entry>,
    /// The address of the next page.
    older: Option<String>,
}

pub(super) async fn show(
    State(app): State<App>,
    frame: Frame,
    Query(filter): Query<Filter>,
) -> Result<Response, AppError> {
    let limit = PAGE_SIZE + 1;
    let mut rows: Vec<Row> = sqlx::query_as(ENTRIES)
        .bind(filter.before)
        .bind(filter.signal.trim())
        .bind(filter.outcome.trim())
        .bind(filter.account.trim())
        .bind(filter.client.trim())
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(app.accounts.store().pool())
        .await?;
    let has_more = rows.len() == limit;
    rows.truncate(PAGE_SIZE);
    let last = rows.last().filter(|_| has_more).map(|(number, ..)| *number);
    let older = last.map(|before| {
        let mut query = url::form_urlencoded::Serializer::new("/operator/audit?".to_owned());
        for (name, value) in [
            ("signal", &filter.signal),
            ("outcome", &filter.outcome),
            ("account", &filter.account),
            ("client", &filter.client),
            ("before", &before.to_string()),
        ] {
            query.append_pair(name, value);
        }
        query.finish()
    });
    let entries = rows.into_iter().map(entry).collect();
    Ok(page(
        StatusCode::OK,
        &AuditPage {
            frame,
            path: "/operator/audit",
            filter,
            entries,
            older,
        },
    ))
}

fn entry((_, at, signal, outcome, account, actor, client, request): Row) -> Entry {
    let at = OffsetDateTime::from_unix_timestamp_nanos(i128::from(at) * 1000);
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "–".to_owned());
    Entry {
        at: at.map(second).unwrap_or_default(),
        signal,
        outcome,
        account: or_dash(account),
        actor: or_dash(actor),
        client: or_dash(client),
        request: or_dash(request),
    }
}
