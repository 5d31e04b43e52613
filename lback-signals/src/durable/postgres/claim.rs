//! Claiming deliveries, and reading what was claimed.

use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row as _};

use super::statements::CLAIM;
use crate::durable::outbox::{Claim, ClaimRequest, Claimed, ReceiverClaim};
use crate::durable::sql_values::{millis, number, time};

/// The receivers of a claim as arrays, with one item per name.
#[derive(Default)]
pub(super) struct Wanted<'r> {
    pub(super) receivers: Vec<i64>,
    pub(super) names: Vec<&'r str>,
    pub(super) oldest: Vec<i64>,
    pub(super) newest: Vec<i64>,
    pub(super) limits: Vec<i64>,
}

pub(super) fn wanted(receivers: &[ReceiverClaim]) -> Wanted<'_> {
    let mut wanted = Wanted::default();
    for (index, receiver) in (0..).zip(receivers) {
        for name in &receiver.names {
            wanted.receivers.push(index);
            wanted.names.push(name);
            wanted.oldest.push(receiver.oldest_version.into());
            wanted.newest.push(receiver.newest_version.into());
            wanted.limits.push(receiver.limit.into());
        }
    }
    wanted
}

/// Claims deliveries, with this random number.
pub(super) async fn claim(
    connection: &mut PgConnection,
    offset: i64,
    request: &ClaimRequest,
    random: i64,
) -> Result<Vec<Claimed>, sqlx::Error> {
    let wanted = wanted(&request.receivers);
    sqlx::query(CLAIM)
        .bind(offset)
        .bind(wanted.receivers)
        .bind(wanted.names)
        .bind(wanted.oldest)
        .bind(wanted.newest)
        .bind(wanted.limits)
        .bind(millis(request.lease))
        // PostgreSQL refuses U+0000 in texts.
        .bind(request.worker.replace('\0', " "))
        .bind(random)
        .try_map(|row| claimed_of(&row))
        .fetch_all(connection)
        .await
}

/// Reads what may have been edited by hand: one row that no one can decode must not keep the others from running.
fn claimed_of(row: &PgRow) -> Result<Claimed, sqlx::Error> {
    let id: &str = row.try_get("signal")?;
    let text = |column| row.try_get::<Option<String>, _>(column);
    Ok(Claimed {
        claim: claim_of(row)?,
        id: id.parse().unwrap_or_default(),
        signal: text("name")?.unwrap_or_default(),
        receiver: row.try_get("receiver")?,
        version: number(row.try_get("version")?),
        // No JSON, so that the delivery becomes a dead letter.
        payload: text("payload")?.unwrap_or_default(),
        trace: text("trace")?,
        sent_at: time(
            row.try_get::<Option<i64>, _>("sent_at")?
                .unwrap_or_default(),
        ),
        attempt: number(row.try_get("attempt")?),
    })
}

pub(super) fn claim_of(row: &PgRow) -> Result<Claim, sqlx::Error> {
    Ok(Claim {
        number: row.try_get("number")?,
        token: row.try_get("claim")?,
    })
}
