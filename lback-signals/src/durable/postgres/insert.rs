//! Inserting signals and their deliveries.

use sqlx::PgConnection;

use super::statements::INSERT;
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
        let mut query = sqlx::query_scalar(statement.sql);
        for value in statement.values {
            query = query.bind(value);
        }
        id = Some(query.fetch_one(&mut *connection).await?);
    }
    Ok(id)
}

/// Returns the statements that insert these rows, to be executed in this order.
pub(super) fn statements(
    offset: i64,
    rows: &[SignalRow],
) -> impl Iterator<Item = InsertStatement> + use<'_> {
    chunks(rows).filter_map(move |rows| {
        // A signal without receivers is not stored.
        let rows = rows.iter().filter(|row| !row.deliveries.is_empty());
        let mut values = [const { ArrayText::new() }; 12];
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
                let [signals, versions, keys, receivers] = deliveries;
                signals.push(Some(&id));
                versions.push(Some(&version));
                keys.push(row.key.as_deref());
                receivers.push(Some(&delivery.receiver));
            }
        }
        if values[0].0.is_empty() {
            return None;
        }
        let values = values.into_iter().map(ArrayText::end);
        Some(InsertStatement {
            sql: INSERT,
            values: [offset.to_string()].into_iter().chain(values).collect(),
        })
    })
}

/// An array in the text form of PostgreSQL.
struct ArrayText(String);

impl ArrayText {
    const fn new() -> Self {
        Self(String::new())
    }

    fn push(&mut self, item: Option<&str>) {
        self.0.push(if self.0.is_empty() { '{' } else { ',' });
        let Some(item) = item else {
            self.0.push_str("NULL");
            return;
        };
        self.0.push('"');
        for part in item.split_inclusive(['"', '\\']) {
            match part.strip_suffix(['"', '\\']) {
                Some(plain) => {
                    self.0.push_str(plain);
                    self.0.push('\\');
                    self.0.push_str(&part[plain.len()..]);
                }
                None => self.0.push_str(part),
            }
        }
        self.0.push('"');
    }

    fn end(mut self) -> String {
        self.0.push('}');
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::ArrayText;

    #[test]
    fn items_are_quoted() {
        let mut array = ArrayText::new();
        for item in [Some("a"), None, Some(""), Some("NULL"), Some(r#"{"\",}"#)] {
            array.push(item);
        }
        assert_eq!(array.end(), r#"{"a",NULL,"","NULL","{\"\\\",}"}"#);
    }
}
