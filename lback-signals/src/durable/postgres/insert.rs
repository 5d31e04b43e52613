//! Inserting signals and their deliveries.

use sqlx::PgConnection;

use super::array_text::ArrayText;
use super::chains;
use super::statements::{INSERT, LOCK_CHAINS};
use crate::durable::chain::InsertedChains;
use crate::durable::insert_statement::{InsertStatement, chunks};
use crate::durable::sql_values::millis;
use crate::enqueue::SignalRow;

/// Returns the id of the transaction. `None` if there was nothing to insert.
pub(super) async fn insert(
    connection: &mut PgConnection,
    offset: i64,
    rows: &[SignalRow],
) -> Result<Option<String>, sqlx::Error> {
    let mut id = None;
    for statement in statements(offset, rows) {
        if statement.sql == LOCK_CHAINS {
            chains::execute_lock(&mut *connection, statement).await?;
            continue;
        }
        let mut query = sqlx::query_scalar(statement.sql);
        for value in statement.values {
            query = query.bind(value);
        }
        id = Some(query.fetch_one(&mut *connection).await?);
    }
    Ok(id)
}

/// Returns the statements that insert these rows, to be executed in this order: the first one locks the chains of their
/// deliveries, if there are any.
pub(super) fn statements(
    offset: i64,
    rows: &[SignalRow],
) -> impl Iterator<Item = InsertStatement> + use<'_> {
    let chains = chains::of_rows(rows);
    let lock = (!chains.is_empty()).then(|| chains::lock_statement(&chains));
    lock.into_iter().chain(inserts(offset, rows))
}

fn inserts(offset: i64, rows: &[SignalRow]) -> impl Iterator<Item = InsertStatement> + use<'_> {
    let mut chains = InsertedChains::default();
    chunks(rows).filter_map(move |rows| {
        // A signal without receivers is not stored.
        let rows = rows.iter().filter(|row| !row.deliveries.is_empty());
        let mut values = [const { ArrayText::new() }; 14];
        for row in rows {
            let [
                ids,
                names,
                versions,
                keys,
                payloads,
                traces,
                subjects,
                keeps,
                deliveries @ ..,
            ] = &mut values;
            let (id, version) = (row.id.to_string(), row.version.to_string());
            ids.push(Some(&id));
            names.push(Some(&row.name));
            versions.push(Some(&version));
            keys.push(row.key.as_deref());
            payloads.push(Some(&row.payload));
            traces.push(row.trace.as_deref());
            subjects.push(row.subject.as_deref());
            keeps.push(row.keep.map(|keep| millis(keep).to_string()).as_deref());
            for delivery in &row.deliveries {
                let [signals, versions, keys, receivers, ordered_as, follows] = deliveries;
                signals.push(Some(&id));
                versions.push(Some(&version));
                keys.push(row.key.as_deref());
                receivers.push(Some(&delivery.receiver));
                // Without a key there is no chain.
                ordered_as.push(delivery.ordered_as.as_deref().filter(|_| row.key.is_some()));
                follows.push(Some(if chains.add(row, delivery) { "t" } else { "f" }));
            }
        }
        if values[0].is_empty() {
            return None;
        }
        let values = values.into_iter().map(ArrayText::end);
        Some(InsertStatement {
            sql: INSERT,
            values: [offset.to_string()].into_iter().chain(values).collect(),
        })
    })
}
