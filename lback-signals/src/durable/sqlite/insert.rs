//! Inserting signals and their deliveries.

use sqlx::SqliteConnection;

use super::json;
use super::statements::{INSERT_DELIVERIES, INSERT_SIGNALS};
use crate::durable::chain::InsertedChains;
use crate::durable::insert_statement::{InsertStatement, chunks};
use crate::durable::sql_values::millis;
use crate::enqueue::SignalRow;

pub(super) async fn insert(
    connection: &mut SqliteConnection,
    offset: i64,
    rows: &[SignalRow],
) -> Result<(), sqlx::Error> {
    for statement in statements(offset, rows) {
        let mut query = sqlx::query(statement.sql);
        for value in statement.values {
            query = query.bind(value);
        }
        query.execute(&mut *connection).await?;
    }
    Ok(())
}

/// Returns the statements that insert these rows, to be executed in this order.
pub(super) fn statements(
    offset: i64,
    rows: &[SignalRow],
) -> impl Iterator<Item = InsertStatement> + use<'_> {
    let mut chains = InsertedChains::default();
    chunks(rows).flat_map(move |rows| {
        // A signal without receivers is not stored.
        let rows = rows.iter().filter(|row| !row.deliveries.is_empty());
        let lists = rows.map(|row| (signal(row), deliveries(row, &mut chains)));
        let (signals, deliveries): (Vec<_>, Vec<_>) = lists.unzip();
        let statement = |sql, rows| InsertStatement {
            sql,
            values: vec![offset.to_string(), rows],
        };
        [
            statement(INSERT_SIGNALS, json(&signals)),
            statement(INSERT_DELIVERIES, json(&deliveries)),
        ]
    })
}

type SignalList<'r> = (
    String,
    &'r str,
    u32,
    Option<&'r str>,
    &'r str,
    Option<&'r str>,
    Option<&'r str>,
    Option<i64>,
);
type DeliveriesList<'r> = (String, u32, Option<&'r str>, Vec<DeliveryList<'r>>);
type DeliveryList<'r> = (&'r str, Option<&'r str>, bool);

fn signal(row: &SignalRow) -> SignalList<'_> {
    (
        row.id.simple().to_string(),
        &row.name,
        row.version,
        row.key.as_deref(),
        &row.payload,
        row.trace.as_deref(),
        row.subject.as_deref(),
        row.keep.map(millis),
    )
}

fn deliveries<'r>(row: &'r SignalRow, chains: &mut InsertedChains) -> DeliveriesList<'r> {
    let deliveries = row.deliveries.iter().map(|delivery| {
        let ordered_as = delivery.ordered_as.as_deref();
        // Without a key there is no chain.
        let ordered_as = ordered_as.filter(|_| row.key.is_some());
        let follows = chains.add(row, delivery);
        (&*delivery.receiver, ordered_as, follows)
    });
    (
        row.id.simple().to_string(),
        row.version,
        row.key.as_deref(),
        deliveries.collect(),
    )
}
