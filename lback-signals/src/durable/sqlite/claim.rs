//! Claiming deliveries, and reading what was claimed.

use serde::Serialize;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};
use uuid::Uuid;

use super::json;
use super::statements::{CLAIM, CLAIMED};
use crate::durable::outbox::{Claim, ClaimRequest, Claimed, ReceiverClaim};
use crate::durable::sql_values::{millis, number, time};

/// A receiver in the JSON of a statement.
#[derive(Serialize)]
struct Wanted<'r> {
    names: &'r [&'static str],
    oldest: u32,
    newest: u32,
    limit: u32,
}

pub(super) fn wanted(receivers: &[ReceiverClaim]) -> String {
    let wanted = receivers.iter().map(|receiver| Wanted {
        names: &receiver.names,
        oldest: receiver.oldest_version,
        newest: receiver.newest_version,
        limit: receiver.limit,
    });
    json(&wanted.collect::<Vec<_>>())
}

pub(super) async fn claim(
    connection: &mut SqliteConnection,
    offset: i64,
    request: &ClaimRequest,
) -> Result<Vec<Claimed>, sqlx::Error> {
    let limits = request.receivers.iter().map(|receiver| receiver.limit);
    let largest = limits.max().unwrap_or(0);
    let numbers: Vec<i64> = sqlx::query_scalar(CLAIM)
        .bind(offset)
        .bind(wanted(&request.receivers))
        .bind(millis(request.lease))
        .bind(&request.worker)
        .bind(largest)
        .fetch_all(&mut *connection)
        .await?;
    if numbers.is_empty() {
        return Ok(Vec::new());
    }
    let claimed = sqlx::query(CLAIMED).bind(json(&numbers));
    let mut claimed = claimed
        .try_map(|row| claimed_of(&row))
        .fetch_all(connection)
        .await?;
    claimed.sort_unstable_by_key(|it| it.claim.number);
    Ok(claimed)
}

/// Reads what may have been edited by hand: one row that no one can decode must not keep the others from running.
fn claimed_of(row: &SqliteRow) -> Result<Claimed, sqlx::Error> {
    let claim = Claim {
        number: row.try_get("number")?,
        token: row.try_get("claim")?,
    };
    let id: &[u8] = row.try_get("signal")?;
    Ok(Claimed {
        claim,
        id: Uuid::from_slice(id).unwrap_or_default(),
        signal: lossy_text(row, "name")?,
        receiver: lossy_text(row, "receiver")?,
        version: number(row.try_get("version")?),
        // No JSON, so that the delivery becomes a dead letter.
        payload: text(row, "payload")?.unwrap_or_default(),
        trace: text(row, "trace")?,
        sent_at: time(
            row.try_get::<Option<i64>, _>("sent_at")?
                .unwrap_or_default(),
        ),
        attempt: number(row.try_get("attempt")?),
    })
}

/// Reads a text. `None` if there is none or if it is not UTF-8.
fn text(row: &SqliteRow, column: &str) -> Result<Option<String>, sqlx::Error> {
    let bytes: Option<Vec<u8>> = row.try_get(column)?;
    Ok(bytes.and_then(|bytes| String::from_utf8(bytes).ok()))
}

/// Reads a text that is shown to operators, and what is not UTF-8 in it as U+FFFD.
pub(super) fn lossy_text(row: &SqliteRow, column: &str) -> Result<String, sqlx::Error> {
    let bytes: Option<&[u8]> = row.try_get(column)?;
    Ok(String::from_utf8_lossy(bytes.unwrap_or_default()).into_owned())
}
