//! Searching and claiming deliveries, and reading what was claimed.

use std::time::Duration;

use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row as _};
use tokio::time::Instant;

use super::low_water::LowWater;
use super::statements::{CLAIM, NEXT_DUE};
use crate::durable::outbox::{Claim, ClaimRequest, Claimed, ReceiverClaim};
use crate::durable::sql_values::{millis, number, time};

/// The receivers of a search as arrays, with one item per name.
#[derive(Default)]
struct Wanted<'r> {
    receivers: Vec<i64>,
    names: Vec<&'r str>,
    oldest: Vec<i64>,
    newest: Vec<i64>,
    limits: Vec<i64>,
    marks: Vec<i64>,
}

fn wanted<'r>(receivers: &'r [ReceiverClaim], marks: &[i64]) -> Wanted<'r> {
    let mut wanted = Wanted::default();
    for ((index, receiver), mark) in (0..).zip(receivers).zip(marks) {
        for name in &receiver.names {
            wanted.receivers.push(index);
            wanted.names.push(name);
            wanted.oldest.push(receiver.oldest_version.into());
            wanted.newest.push(receiver.newest_version.into());
            wanted.limits.push(receiver.limit.into());
            wanted.marks.push(*mark);
        }
    }
    wanted
}

/// The position that a search has reached.
pub(super) struct Searched {
    /// The receiver, by its index.
    receiver: usize,
    /// When the delivery is due that it has found.
    due_at: Option<i64>,
    /// The time up to which deliveries count as committed.
    settled: i64,
}

/// Claims deliveries, with this random number.
pub(super) async fn claim(
    connection: &mut PgConnection,
    offset: i64,
    request: &ClaimRequest,
    marks: &[i64],
    random: i64,
) -> Result<Vec<(Claimed, Searched)>, sqlx::Error> {
    let wanted = wanted(&request.receivers, marks);
    sqlx::query(CLAIM)
        .bind(offset)
        .bind(wanted.receivers)
        .bind(wanted.names)
        .bind(wanted.oldest)
        .bind(wanted.newest)
        .bind(wanted.limits)
        .bind(wanted.marks)
        .bind(millis(request.lease))
        // PostgreSQL refuses U+0000 in texts.
        .bind(request.worker.replace('\0', " "))
        .bind(random)
        .try_map(|row| Ok((claimed_of(&row)?, searched(&row)?)))
        .fetch_all(connection)
        .await
}

/// Sets the marks after a claim: deliveries are claimed in the order in which they are due.
pub(super) fn set_marks(low_water: &LowWater, receivers: &[ReceiverClaim], claimed: &[Searched]) {
    for (index, receiver) in receivers.iter().enumerate() {
        let of_receiver = || claimed.iter().filter(|it| it.receiver == index);
        let Some(settled) = of_receiver().map(|it| it.settled).next() else {
            continue;
        };
        let has_more = of_receiver().count() >= receiver.limit as usize;
        let last_due = of_receiver().filter_map(|it| it.due_at).max();
        let mark = last_due.filter(|_| has_more).unwrap_or(settled);
        low_water.set(receiver, mark.min(settled));
    }
}

/// Searches the next delivery, and sets the marks. Returns in how many milliseconds it is due.
pub(super) async fn next_due(
    connection: &mut PgConnection,
    offset: i64,
    receivers: &[ReceiverClaim],
    low_water: &LowWater,
) -> Result<Option<i64>, sqlx::Error> {
    let search = low_water.begin(receivers, Duration::ZERO, Instant::now());
    let wanted = wanted(receivers, search.marks());
    let found = sqlx::query(NEXT_DUE)
        .bind(offset)
        .bind(wanted.receivers)
        .bind(wanted.names)
        .bind(wanted.oldest)
        .bind(wanted.newest)
        .bind(wanted.limits)
        .bind(wanted.marks)
        .try_map(|row: PgRow| Ok((searched(&row)?, row.try_get::<i64, _>("now")?)))
        .fetch_all(connection)
        .await?;
    low_water.end(&search, receivers, Instant::now());
    let mut next: Option<i64> = None;
    for (found, now) in found {
        let mark = found
            .due_at
            .map_or(found.settled, |it| it.min(found.settled));
        if let Some(receiver) = receivers.get(found.receiver) {
            low_water.set(receiver, mark);
        }
        let due_in = found.due_at.map(|it| it.max(0).saturating_sub(now));
        next = next.into_iter().chain(due_in).min();
    }
    Ok(next)
}

fn searched(row: &PgRow) -> Result<Searched, sqlx::Error> {
    let receiver: i64 = row.try_get("wanted")?;
    Ok(Searched {
        receiver: usize::try_from(receiver).unwrap_or_default(),
        due_at: row.try_get("due_at")?,
        settled: row.try_get("settled")?,
    })
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
