//! Reading deliveries, signals and operations.

use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, PgConnection, Row as _};
use uuid::Uuid;

use super::statements::{self, FORMS, OPERATIONS, SIGNAL_OF, SIGNALS_OF};
use crate::durable::admin::{
    DeliveryFilter, DeliveryState, Operation, StoredDelivery, StoredForm, StoredOperation,
    StoredSignal,
};
use crate::durable::sql_values::{count, number, time};

pub(super) async fn deliveries(
    connection: &mut PgConnection,
    offset: i64,
    filter: &DeliveryFilter,
) -> Result<Vec<StoredDelivery>, sqlx::Error> {
    sqlx::query(AssertSqlSafe(statements::deliveries(filter)))
        .bind(offset)
        .bind(filter.after)
        .bind(&filter.receiver)
        .bind(&filter.signal)
        .bind(filter.limit.map(i64::from))
        .try_map(|row| delivery(&row))
        .fetch_all(connection)
        .await
}

pub(super) async fn count_deliveries(
    connection: &mut PgConnection,
    offset: i64,
    filter: &DeliveryFilter,
) -> Result<u64, sqlx::Error> {
    let counted = sqlx::query_scalar(AssertSqlSafe(statements::count(filter)))
        .bind(offset)
        .bind(filter.after)
        .bind(&filter.receiver)
        .bind(&filter.signal)
        .fetch_one(connection);
    counted.await.map(count)
}

pub(super) async fn signal_of(
    connection: &mut PgConnection,
    number: i64,
) -> Result<Option<StoredSignal>, sqlx::Error> {
    let signal = sqlx::query(SIGNAL_OF).bind(number);
    signal
        .try_map(|row| signal_from(&row))
        .fetch_optional(connection)
        .await
}

pub(super) async fn signals_of(
    connection: &mut PgConnection,
    subject: &str,
) -> Result<Vec<StoredSignal>, sqlx::Error> {
    let signals = sqlx::query(SIGNALS_OF).bind(subject);
    signals
        .try_map(|row| signal_from(&row))
        .fetch_all(connection)
        .await
}

pub(super) async fn stored_forms(
    connection: &mut PgConnection,
) -> Result<Vec<StoredForm>, sqlx::Error> {
    let forms = sqlx::query(FORMS).try_map(|row: PgRow| {
        Ok(StoredForm {
            receiver: row.try_get("receiver")?,
            signal: row.try_get("name")?,
            version: number(row.try_get("version")?),
            pending: count(row.try_get("pending")?),
            dead: count(row.try_get("dead")?),
        })
    });
    forms.fetch_all(connection).await
}

pub(super) async fn operations(
    connection: &mut PgConnection,
    limit: u32,
) -> Result<Vec<StoredOperation>, sqlx::Error> {
    let operations = sqlx::query(OPERATIONS).bind(i64::from(limit));
    let operations = operations.try_map(|row: PgRow| {
        Ok(StoredOperation {
            operation: Operation {
                id: id(&row)?,
                command: row.try_get("command")?,
                operator: row.try_get("operator")?,
                because: row.try_get("because")?,
            },
            at: time(row.try_get("at")?),
            deliveries: count(row.try_get("deliveries")?),
        })
    });
    operations.fetch_all(connection).await
}

fn delivery(row: &PgRow) -> Result<StoredDelivery, sqlx::Error> {
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
        signal: row.try_get::<Option<_>, _>("name")?.unwrap_or_default(),
        version: number(row.try_get("version")?),
        receiver: row.try_get("receiver")?,
        key: row.try_get("key")?,
        state,
        attempt: number(row.try_get("attempt")?),
        due_at: due_at.filter(|_| is_timed).map(time),
        worker: row.try_get("worker")?,
        failed_at: row.try_get::<Option<i64>, _>("failed_at")?.map(time),
        error: row.try_get("error")?,
    })
}

fn signal_from(row: &PgRow) -> Result<StoredSignal, sqlx::Error> {
    Ok(StoredSignal {
        id: id(row)?,
        name: row.try_get("name")?,
        version: number(row.try_get("version")?),
        key: row.try_get("key")?,
        subject: row.try_get("subject")?,
        payload: row.try_get("payload")?,
        trace: row.try_get("trace")?,
        sent_at: time(row.try_get("sent_at")?),
        done_at: row.try_get::<Option<i64>, _>("done_at")?.map(time),
    })
}

/// Reads what may have been edited by hand.
fn id(row: &PgRow) -> Result<Uuid, sqlx::Error> {
    let id: &str = row.try_get("id")?;
    Ok(id.parse().unwrap_or_default())
}
