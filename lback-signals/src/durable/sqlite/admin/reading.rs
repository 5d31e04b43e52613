//! Reading deliveries, signals and operations.

use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row as _, SqlitePool};
use uuid::Uuid;

use super::statements::{self, FORMS, OPERATIONS, SIGNAL_OF, SIGNALS_OF};
use crate::durable::admin::{
    DeliveryFilter, DeliveryState, Operation, StoredDelivery, StoredForm, StoredOperation,
    StoredSignal,
};
use crate::durable::sql_values::{count, number, time};
use crate::durable::sqlite::claim::lossy_text;

pub(super) async fn deliveries(
    pool: &SqlitePool,
    offset: i64,
    filter: &DeliveryFilter,
) -> Result<Vec<StoredDelivery>, sqlx::Error> {
    sqlx::query(AssertSqlSafe(statements::deliveries(filter)))
        .bind(offset)
        .bind(filter.after)
        .bind(&filter.receiver)
        .bind(&filter.signal)
        // A negative limit is none.
        .bind(filter.limit.map_or(-1, i64::from))
        .try_map(|row| delivery(&row))
        .fetch_all(pool)
        .await
}

pub(super) async fn count_deliveries(
    pool: &SqlitePool,
    offset: i64,
    filter: &DeliveryFilter,
) -> Result<u64, sqlx::Error> {
    let counted = sqlx::query_scalar(AssertSqlSafe(statements::count(filter)))
        .bind(offset)
        .bind(filter.after)
        .bind(&filter.receiver)
        .bind(&filter.signal)
        .fetch_one(pool);
    counted.await.map(count)
}

pub(super) async fn signal_of(
    pool: &SqlitePool,
    number: i64,
) -> Result<Option<StoredSignal>, sqlx::Error> {
    let signal = sqlx::query(SIGNAL_OF).bind(number);
    signal
        .try_map(|row| signal_from(&row))
        .fetch_optional(pool)
        .await
}

pub(super) async fn signals_of(
    pool: &SqlitePool,
    subject: &str,
) -> Result<Vec<StoredSignal>, sqlx::Error> {
    let signals = sqlx::query(SIGNALS_OF).bind(subject);
    signals
        .try_map(|row| signal_from(&row))
        .fetch_all(pool)
        .await
}

pub(super) async fn stored_forms(pool: &SqlitePool) -> Result<Vec<StoredForm>, sqlx::Error> {
    let forms = sqlx::query(FORMS).try_map(|row: SqliteRow| {
        Ok(StoredForm {
            receiver: lossy_text(&row, "receiver")?,
            signal: lossy_text(&row, "name")?,
            version: number(row.try_get("version")?),
            pending: count(row.try_get("pending")?),
            dead: count(row.try_get("dead")?),
        })
    });
    forms.fetch_all(pool).await
}

pub(super) async fn operations(
    pool: &SqlitePool,
    limit: u32,
) -> Result<Vec<StoredOperation>, sqlx::Error> {
    let operations = sqlx::query(OPERATIONS).bind(limit);
    let operations = operations.try_map(|row: SqliteRow| {
        Ok(StoredOperation {
            operation: Operation {
                id: id(&row)?,
                command: lossy_text(&row, "command")?,
                operator: lossy_text(&row, "operator")?,
                because: optional_text(&row, "because")?,
            },
            at: time(row.try_get("at")?),
            deliveries: count(row.try_get("deliveries")?),
        })
    });
    operations.fetch_all(pool).await
}

fn delivery(row: &SqliteRow) -> Result<StoredDelivery, sqlx::Error> {
    let state = match row.try_get("state")? {
        "dead" => DeliveryState::Dead,
        "parked" => DeliveryState::Parked,
        "running" => DeliveryState::Running,
        _ => DeliveryState::Waiting,
    };
    let is_timed = matches!(state, DeliveryState::Waiting | DeliveryState::Running);
    let due_at: Option<i64> = row.try_get("due_at")?;
    Ok(StoredDelivery {
        number: row.try_get("number")?,
        signal_id: id(row)?,
        signal: lossy_text(row, "name")?,
        version: number(row.try_get("version")?),
        receiver: lossy_text(row, "receiver")?,
        key: optional_text(row, "key")?,
        state,
        attempt: number(row.try_get("attempt")?),
        due_at: due_at.filter(|_| is_timed).map(time),
        worker: optional_text(row, "worker")?,
        failed_at: row.try_get::<Option<i64>, _>("failed_at")?.map(time),
        error: optional_text(row, "error")?,
    })
}

fn signal_from(row: &SqliteRow) -> Result<StoredSignal, sqlx::Error> {
    Ok(StoredSignal {
        id: id(row)?,
        name: lossy_text(row, "name")?,
        version: number(row.try_get("version")?),
        key: optional_text(row, "key")?,
        subject: optional_text(row, "subject")?,
        payload: lossy_text(row, "payload")?,
        trace: optional_text(row, "trace")?,
        sent_at: time(row.try_get("sent_at")?),
        done_at: row.try_get::<Option<i64>, _>("done_at")?.map(time),
    })
}

/// Reads what may have been edited by hand.
fn id(row: &SqliteRow) -> Result<Uuid, sqlx::Error> {
    let id: &str = row.try_get("id")?;
    Ok(id.parse().unwrap_or_default())
}

fn optional_text(row: &SqliteRow, column: &str) -> Result<Option<String>, sqlx::Error> {
    let bytes: Option<&[u8]> = row.try_get(column)?;
    Ok(bytes.map(|bytes| String::from_utf8_lossy(bytes).into_owned()))
}
