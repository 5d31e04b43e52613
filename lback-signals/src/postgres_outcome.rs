//! PostgreSQL: the identity of a transaction, and the question of what became of its commit.

/// Identifies the current transaction, which has written: by its id, the timeline of the server, and the time in
/// microseconds. [`outcome_of`] reads it.
///
/// The server that takes over in a failover may use ids again, and is on another timeline. A server that has crashed
/// may use ids again, too: its statistics were reset after this time.
macro_rules! transaction_id {
    () => {
        "pg_current_xact_id()::text || '.' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8) || '.' || \
            (extract(epoch FROM statement_timestamp()) * 1000000)::bigint"
    };
}

/// The id of the current transaction, or NULL if it has written nothing.
macro_rules! assigned_transaction_id {
    () => {
        concat!(
            "CASE WHEN pg_current_xact_id_if_assigned() IS NOT NULL THEN ",
            $crate::postgres_outcome::transaction_id!(),
            " END"
        )
    };
}

#[cfg(feature = "sqlx")]
pub(crate) use assigned_transaction_id;
pub(crate) use transaction_id;

/// The id of the current transaction, or NULL if it has written nothing: an expression.
pub const ASSIGNED_TRANSACTION_ID: &str = assigned_transaction_id!();

/// Returns an expression for what became of the transaction with this id: `committed`, `aborted`, `in progress`, or
/// another text or NULL if that is not to be found out. `None` if this is no such id.
#[must_use]
pub fn outcome_of(id: &str) -> Option<String> {
    let mut parts = id.splitn(3, '.');
    let (number, timeline, micros) = (parts.next()?, parts.next()?, parts.next()?);
    let is_plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if ![number, timeline, micros].into_iter().all(is_plain) {
        return None;
    }
    // After a crash, the transaction has ended, and another one may have got its id if that was lost. If it has not
    // ended, which its lock shows, the statistics were reset without a crash.
    Some(format!(
        "CASE WHEN left(pg_walfile_name(pg_current_wal_insert_lsn()), 8) <> '{timeline}' THEN 'unknown' \
         WHEN extract(epoch FROM (SELECT stats_reset FROM pg_stat_bgwriter)) * 1000000 < {micros} \
         THEN pg_xact_status('{number}'::xid8) \
         WHEN EXISTS (SELECT FROM pg_locks WHERE locktype = 'transactionid' AND granted \
         AND transactionid = ('{number}'::xid8)::xid) THEN 'in progress' \
         WHEN '{number}'::xid8 >= pg_snapshot_xmax(pg_current_snapshot()) THEN 'aborted' \
         WHEN pg_xact_status('{number}'::xid8) = 'committed' THEN 'unknown' ELSE 'aborted' END"
    ))
}
