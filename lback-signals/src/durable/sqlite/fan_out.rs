//! Published and landed signals in the outbox in SQLite.

use std::collections::HashSet;

use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

use super::admin::replaying::deliver;
use super::statements::{
    DELIVERED, INSERT_LANDED, LAST_PUBLISHED, NOTE_PUBLISHED, PUBLISHED_AFTER, REFUSE_LANDED,
    UNDO_PUBLISHED,
};
use super::{SqliteOutbox, finish, insert, json};
use crate::durable::error::OutboxError;
use crate::durable::fan_out::{
    BrokerOutbox, LandedSignal, PUBLISHED_AGAIN, Publication, PublishedPage,
};
use crate::durable::kept_error::kept_error;
use crate::durable::outbox::{Claim, Ending};
use crate::durable::sql_values::{count, millis, sequence};
use crate::enqueue::{PUBLISHED_KEEP, SignalRow};

impl BrokerOutbox for SqliteOutbox {
    async fn mark_published(&self, published: &[(Claim, u64)]) -> Result<Vec<Claim>, OutboxError> {
        if published.is_empty() {
            return Ok(Vec::new());
        }
        let done: Vec<_> = published
            .iter()
            .map(|(claim, _)| (*claim, Ending::Done))
            .collect();
        let mut writing = self.shared.begin().await?;
        let finished = async {
            let connection = writing.connection();
            for (claim, number) in published {
                let note = sqlx::query(NOTE_PUBLISHED).bind(claim.number);
                let note = note.bind(claim.token).bind(sequence(*number));
                note.execute(&mut *connection).await?;
            }
            finish::finish(connection, self.shared.offset(), &done).await
        };
        let finished = finished.await.map_err(OutboxError::of_database)?;
        writing.commit().await?;
        if finished.has_freed {
            self.shared.arrivals.wake();
        }
        Ok(finished.lost)
    }

    async fn last_published(&self) -> Result<Option<u64>, OutboxError> {
        let last: Option<i64> = sqlx::query_scalar(LAST_PUBLISHED)
            .fetch_one(&self.shared.pool)
            .await
            .map_err(OutboxError::of_database)?;
        Ok(last.map(count))
    }

    async fn republish(&self, after: u64) -> Result<u64, OutboxError> {
        loop {
            let mut writing = self.shared.begin().await?;
            let page = republish(writing.connection(), self.shared.offset(), after)
                .await
                .map_err(OutboxError::of_database)?;
            writing.commit().await?;
            if let Some(again) = page.again() {
                self.shared.arrivals.wake();
                return Ok(again);
            }
        }
    }

    async fn land(&self, signals: &[LandedSignal]) -> Result<u64, OutboxError> {
        if signals.is_empty() {
            return Ok(0);
        }
        let mut writing = self.shared.begin().await?;
        let landed = land(writing.connection(), self.shared.offset(), signals)
            .await
            .map_err(OutboxError::of_database)?;
        writing.commit().await?;
        self.shared.arrivals.committed();
        Ok(landed)
    }
}

/// Lets a page of signals be published again.
async fn republish(
    connection: &mut SqliteConnection,
    offset: i64,
    after: u64,
) -> Result<PublishedPage, sqlx::Error> {
    let page = sqlx::query(PUBLISHED_AFTER)
        .bind(offset)
        .bind(sequence(after))
        .bind(millis(PUBLISHED_KEEP))
        .bind(PUBLISHED_AGAIN)
        .try_map(|row: SqliteRow| {
            let (name, id) = (row.try_get("name")?, row.try_get("id")?);
            Ok((name, id, row.try_get("is_over")?))
        });
    let page = PublishedPage::new(page.fetch_all(&mut *connection).await?);
    for (name, ids) in &page.by_name {
        let Publication {
            receiver,
            ordered_as,
        } = Publication::of(name);
        let delivered = sqlx::query_scalar(DELIVERED)
            .bind(json(ids))
            .bind(&receiver);
        let delivered: HashSet<String> = delivered
            .fetch_all(&mut *connection)
            .await?
            .into_iter()
            .collect();
        let rest = ids
            .iter()
            .map(|id| &**id)
            .filter(|id| !delivered.contains(*id));
        let rest: Vec<_> = rest.collect();
        deliver(connection, offset, &rest, &receiver, Some(&ordered_as)).await?;
    }
    let ids: Vec<_> = page.ids().collect();
    let undo = sqlx::query(UNDO_PUBLISHED).bind(json(&ids));
    undo.execute(connection).await?;
    Ok(page)
}

async fn land(
    connection: &mut SqliteConnection,
    offset: i64,
    signals: &[LandedSignal],
) -> Result<u64, sqlx::Error> {
    let list = signals
        .iter()
        .map(|it| (&it.source, &it.id, id_of(&it.row), millis(it.keep)));
    let insert = sqlx::query_scalar(INSERT_LANDED)
        .bind(offset)
        .bind(json(&list.collect::<Vec<_>>()));
    let new: HashSet<String> = insert
        .fetch_all(&mut *connection)
        .await?
        .into_iter()
        .collect();
    let landed = signals.iter().filter(|it| new.contains(&id_of(&it.row)));
    let landed: Vec<_> = landed.collect();
    let rows: Vec<_> = landed.iter().map(|it| it.row.clone()).collect();
    insert::insert(connection, offset, &rows).await?;
    let refused = landed
        .iter()
        .filter_map(|it| Some((id_of(&it.row), kept_error(it.error()?))));
    let refused: Vec<_> = refused.collect();
    if !refused.is_empty() {
        let refuse = sqlx::query(REFUSE_LANDED).bind(offset).bind(json(&refused));
        refuse.execute(connection).await?;
    }
    Ok(landed.len().try_into().unwrap_or(u64::MAX))
}

fn id_of(row: &SignalRow) -> String {
    row.id.simple().to_string()
}
