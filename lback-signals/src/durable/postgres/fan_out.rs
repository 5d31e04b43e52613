//! Published and landed signals in the outbox in PostgreSQL.

use std::collections::{BTreeMap, HashSet};

use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row as _};

use super::admin::replaying::deliver;
use super::own_pool::Access;
use super::statements::{
    INSERT_LANDED, LAST_PUBLISHED, LOCK_PUBLISHED, NOTE_PUBLISHED, PUBLISHED_AFTER, REFUSE_LANDED,
    UNDO_PUBLISHED,
};
use super::{PostgresOutbox, chains, finish, insert};
use crate::durable::chain::Chain;
use crate::durable::error::OutboxError;
use crate::durable::fan_out::{
    BrokerOutbox, LandedSignal, PUBLISHED_AGAIN, Publication, PublishedPage,
};
use crate::durable::kept_error::kept_error;
use crate::durable::outbox::{Claim, Ending};
use crate::durable::sql_values::{Finished, count, millis, sequence};
use crate::enqueue::PUBLISHED_KEEP;

impl BrokerOutbox for PostgresOutbox {
    async fn mark_published(&self, published: &[(Claim, u64)]) -> Result<Vec<Claim>, OutboxError> {
        if published.is_empty() {
            return Ok(Vec::new());
        }
        let mut own = self.shared.own_pool.begin(Access::Write).await?;
        let finished = note_published(own.connection(), self.shared.offset(), published)
            .await
            .map_err(OutboxError::of_database)?;
        own.commit().await?;
        if finished.has_freed {
            self.shared.arrivals.wake();
        }
        Ok(finished.lost)
    }

    async fn last_published(&self) -> Result<Option<u64>, OutboxError> {
        let mut own = self.shared.own_pool.begin(Access::Search).await?;
        let last: Option<i64> = sqlx::query_scalar(LAST_PUBLISHED)
            .fetch_one(own.connection())
            .await
            .map_err(OutboxError::of_database)?;
        own.commit().await?;
        Ok(last.map(count))
    }

    async fn republish(&self, after: u64) -> Result<u64, OutboxError> {
        loop {
            let mut own = self.shared.own_pool.begin(Access::Page).await?;
            let page = republish(own.connection(), self.shared.offset(), after)
                .await
                .map_err(OutboxError::of_database)?;
            own.commit().await?;
            if let Some(again) = page.again() {
                self.shared.committed();
                return Ok(again);
            }
        }
    }

    async fn land(&self, signals: &[LandedSignal]) -> Result<u64, OutboxError> {
        if signals.is_empty() {
            return Ok(0);
        }
        let (mut own, _permit) = self.shared.own_pool.begin_insert().await?;
        let (id, landed) = land(own.connection(), self.shared.offset(), signals)
            .await
            .map_err(OutboxError::of_database)?;
        own.commit_decided(id, &self.shared.own_pool).await?;
        self.shared.committed();
        Ok(landed)
    }
}

async fn note_published(
    connection: &mut PgConnection,
    offset: i64,
    published: &[(Claim, u64)],
) -> Result<Finished, sqlx::Error> {
    let claims: Vec<_> = published.iter().map(|(claim, _)| *claim).collect();
    finish::lock_signals(connection, &claims).await?;
    let (numbers, tokens): (Vec<_>, Vec<_>) = claims.iter().map(|it| (it.number, it.token)).unzip();
    let sequences: Vec<_> = published
        .iter()
        .map(|(_, number)| sequence(*number))
        .collect();
    let note = sqlx::query(NOTE_PUBLISHED)
        .bind(numbers)
        .bind(tokens)
        .bind(sequences);
    note.execute(&mut *connection).await?;
    let done: Vec<_> = claims
        .into_iter()
        .map(|claim| (claim, Ending::Done))
        .collect();
    finish::finish(connection, offset, &done).await
}

/// Lets a page of signals be published again.
async fn republish(
    connection: &mut PgConnection,
    offset: i64,
    after: u64,
) -> Result<PublishedPage, sqlx::Error> {
    let page = sqlx::query(PUBLISHED_AFTER)
        .bind(offset)
        .bind(sequence(after))
        .bind(millis(PUBLISHED_KEEP))
        .bind(i64::from(PUBLISHED_AGAIN))
        .try_map(|row: PgRow| {
            let (name, id) = (row.try_get("name")?, row.try_get("id")?);
            Ok((name, id, row.try_get("is_over")?))
        });
    let page = PublishedPage::new(page.fetch_all(&mut *connection).await?);
    let ids: Vec<_> = page.ids().collect();
    lock_published(connection, &ids).await?;
    for (name, ids) in &page.by_name {
        let Publication {
            receiver,
            ordered_as,
        } = Publication::of(name);
        let ids: Vec<_> = ids.iter().map(String::as_str).collect();
        deliver(connection, offset, &ids, &[&receiver], Some(&ordered_as)).await?;
    }
    let undo = sqlx::query(UNDO_PUBLISHED).bind(ids);
    undo.execute(connection).await?;
    Ok(page)
}

/// Locks signals and their chains at once, in the order of all transactions. In parts, one for each name, they would wait
/// for those of a sender, and the sender for them.
async fn lock_published(connection: &mut PgConnection, ids: &[&str]) -> Result<(), sqlx::Error> {
    let lock = sqlx::query(LOCK_PUBLISHED).bind(ids);
    let lock = lock.try_map(|row: PgRow| Ok((row.try_get("name")?, row.try_get("key")?)));
    let locked: Vec<(String, Option<String>)> = lock.fetch_all(&mut *connection).await?;
    let mut keys = BTreeMap::<String, Vec<String>>::new();
    for (name, key) in locked {
        keys.entry(name).or_default().extend(key);
    }
    let chains = keys.into_iter().flat_map(|(name, keys)| {
        let ordered_as = Publication::of(&name).ordered_as;
        Chain::of_keys(Some(&ordered_as), keys)
    });
    let chains: Vec<_> = chains.collect();
    if !chains.is_empty() {
        chains::lock(connection, &chains).await?;
    }
    Ok(())
}

/// Returns the id of the transaction, if it has inserted signals, and the number of new signals.
async fn land(
    connection: &mut PgConnection,
    offset: i64,
    signals: &[LandedSignal],
) -> Result<(Option<String>, u64), sqlx::Error> {
    let insert = sqlx::query_scalar(INSERT_LANDED)
        .bind(offset)
        .bind(signals.iter().map(|it| &*it.source).collect::<Vec<_>>())
        .bind(signals.iter().map(|it| &*it.id).collect::<Vec<_>>())
        .bind(
            signals
                .iter()
                .map(|it| it.row.id.to_string())
                .collect::<Vec<_>>(),
        )
        .bind(signals.iter().map(|it| millis(it.keep)).collect::<Vec<_>>());
    let new: HashSet<String> = insert
        .fetch_all(&mut *connection)
        .await?
        .into_iter()
        .collect();
    let landed = signals
        .iter()
        .filter(|it| new.contains(&it.row.id.to_string()));
    let landed: Vec<_> = landed.collect();
    let rows: Vec<_> = landed.iter().map(|it| it.row.clone()).collect();
    let id = insert::insert(connection, offset, &rows).await?;
    let refused = landed
        .iter()
        .filter_map(|it| Some((it.row.id.to_string(), kept_error(it.error()?))));
    let (ids, errors): (Vec<_>, Vec<_>) = refused.unzip();
    if !ids.is_empty() {
        let refuse = sqlx::query(REFUSE_LANDED)
            .bind(offset)
            .bind(ids)
            .bind(errors);
        refuse.execute(connection).await?;
    }
    Ok((id, landed.len().try_into().unwrap_or(u64::MAX)))
}
