//! The SQL of the outbox.
//!
//! In each statement with a time, `$1` is the offset to the clock of PostgreSQL in milliseconds.
//!
//! Rows of `lback_delivery` are searched by `= ANY (ARRAY(…))` or by a subquery with a limit or a lock, which
//! PostgreSQL does not turn into a join: no estimate then leads to a plan that reads the whole table.

use crate::postgres_outcome::transaction_id;

/// The current time. Unlike `clock_timestamp()` it is the same in the whole statement, so that an index can be
/// searched for it.
macro_rules! now {
    () => {
        now!("$1")
    };
    ($offset:literal) => {
        concat!(
            "((extract(epoch FROM statement_timestamp()) * 1000)::bigint + ",
            $offset,
            ")"
        )
    };
}

pub(super) use now;

/// The time up to which deliveries count as committed: a delivery is visible only after the commit of its
/// transaction, but is due at the time of the statement that inserts it.
macro_rules! settled {
    () => {
        concat!("(", now!(), " - 200)")
    };
}

/// The receivers of a claim, one row per name and version that can be read.
///
/// `$2` are the receivers by their index in the claim, `$3` their names, `$4` and `$5` the oldest and newest
/// versions, `$6` the limits, and `$7` the [low-water marks](super::low_water).
///
/// Of a longer range it finds the versions that are stored, each by one search. That takes longer the more
/// deliveries were deleted that a snapshot still sees.
macro_rules! readable {
    () => {
        "WITH RECURSIVE wanted AS MATERIALIZED (\
             SELECT * FROM unnest($2::bigint[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[]) \
                 AS wanted (receiver, name, oldest, newest, most, since)\
         ), found (receiver, name, version, newest, most, since) AS (\
             SELECT receiver, name, (\
                 SELECT stored.version FROM lback_delivery AS stored \
                 WHERE stored.receiver = wanted.name AND stored.version BETWEEN oldest AND newest \
                     AND stored.due_at IS NOT NULL \
                 ORDER BY stored.version LIMIT 1\
             ), newest, most, since FROM wanted WHERE newest - oldest >= 16 \
             UNION ALL \
             SELECT receiver, name, (\
                 SELECT stored.version FROM lback_delivery AS stored \
                 WHERE stored.receiver = found.name AND stored.version > found.version \
                     AND stored.version <= newest AND stored.due_at IS NOT NULL \
                 ORDER BY stored.version LIMIT 1\
             ), newest, most, since FROM found WHERE version IS NOT NULL\
         ), readable AS (\
             SELECT receiver, name, generate_series(oldest, newest) AS version, most, since FROM wanted \
             WHERE newest - oldest < 16 \
             UNION ALL \
             SELECT receiver, name, version, most, since FROM found\
         )"
    };
}

/// The text by which the error of [`read_committed`] is recognized.
macro_rules! needs_read_committed {
    () => {
        "receivers with `order = key` need READ COMMITTED"
    };
}

/// The condition that the transaction is READ COMMITTED. If it is not, the condition fails, since the cast of a message
/// to a boolean is invalid. The message is in the error.
macro_rules! read_committed {
    () => {
        concat!(
            "CASE current_setting('transaction_isolation') WHEN 'read committed' THEN true ELSE ('",
            needs_read_committed!(),
            ", and this transaction is ' || upper(current_setting('transaction_isolation')))::boolean END"
        )
    };
}

pub(super) use {needs_read_committed, read_committed};

/// The deliveries of the claims `$numbers` and `$tokens` that are not lost.
macro_rules! held {
    ($column:literal, $numbers:literal, $tokens:literal, $lock:literal) => {
        concat!(
            "SELECT held.",
            $column,
            " FROM unnest(",
            $numbers,
            "::bigint[], ",
            $tokens,
            "::bigint[]) AS claimed (number, claim) CROSS JOIN LATERAL (\
                 SELECT * FROM lback_delivery AS stored \
                 WHERE stored.number = claimed.number AND stored.claim = claimed.claim LIMIT 1",
            $lock,
            ") AS held"
        )
    };
}

/// The end of the signals of `done` that have no other delivery: a signal is deleted, or notes when it was done if it
/// is kept.
macro_rules! end_signals {
    () => {
        concat!(
            "ended AS MATERIALIZED (\
                 SELECT id, keep FROM lback_signal AS sent WHERE id = ANY (ARRAY(SELECT signal FROM done)) AND (\
                     SELECT 1 FROM lback_delivery AS rest \
                     WHERE rest.signal = sent.id AND rest.number <> ALL (ARRAY(SELECT number FROM done)) LIMIT 1\
                 ) IS NULL\
             ), kept AS (\
                 UPDATE lback_signal SET done_at = ",
            now!(),
            "    WHERE id = ANY (ARRAY(SELECT id FROM ended WHERE keep IS NOT NULL))\
             ), deleted AS (\
                 DELETE FROM lback_signal WHERE id = ANY (ARRAY(SELECT id FROM ended WHERE keep IS NULL))\
             )"
        )
    };
}

pub(super) use end_signals;

/// The first (`ASC`) or last (`DESC`) delivery of the chain `$ordered_as` and `$key`.
///
/// No other index has this order, and so no estimate leads to a plan that searches the table in another one.
macro_rules! chain {
    ($column:literal, $ordered_as:literal, $key:literal, $order:literal) => {
        concat!(
            "SELECT ",
            $column,
            " FROM lback_delivery AS stored WHERE stored.ordered_as IS NOT NULL \
                 AND (stored.ordered_as, stored.key, stored.number) >= (",
            $ordered_as,
            ", ",
            $key,
            ", 0) AND (stored.ordered_as, stored.key, stored.number) <= (",
            $ordered_as,
            ", ",
            $key,
            ", 9223372036854775807) ORDER BY stored.ordered_as ",
            $order,
            ", stored.key ",
            $order,
            ", stored.number ",
            $order,
            " LIMIT 1"
        )
    };
}

pub(super) const SCHEMA: &str = include_str!("schema.sql");

/// Changes the tables of version 1 to those of version 2.
pub(super) const MIGRATE_2: &str = include_str!("migrate_2.sql");

pub(super) const HAS_SCHEMA: &str = "SELECT to_regclass('lback_outbox_schema') IS NOT NULL";

pub(super) const SCHEMA_VERSION: &str = "SELECT coalesce(max(version), 0) FROM lback_outbox_schema";

/// Lets one process at a time create the tables. The number has no meaning.
pub(super) const LOCK_SCHEMA: &str = "SELECT pg_advisory_xact_lock(7310579601253409395)";

/// Inserts signals and their deliveries. Returns the id of the transaction.
///
/// Values are texts, so that any database layer can bind them: `$1` is a number, the others are arrays. `$2` to
/// `$9` are the ids, names, versions, keys, payloads, traces, subjects and times to keep of signals. `$10` to `$13` are
/// the signals, versions, keys and receivers of deliveries, `$14` the names of their chains, and `$15` whether they
/// follow another one of the chain in this transaction. Deliveries whose chain is not empty are parked.
pub(super) const INSERT: &str = concat!(
    "WITH inserted_signal AS (\
         INSERT INTO lback_signal (id, name, version, key, payload, trace, subject, keep, sent_at) \
         SELECT id, name, version, key, payload, trace, subject, keep, ",
    now!("$1::text::bigint"),
    "    FROM unnest($2::text::uuid[], $3::text::text[], $4::text::bigint[], $5::text::text[], $6::text::json[], \
             $7::text::text[], $8::text::text[], $9::text::bigint[]) \
             AS row (id, name, version, key, payload, trace, subject, keep)\
     ), inserted_delivery AS (\
         INSERT INTO lback_delivery (signal, version, key, receiver, ordered_as, due_at) \
         SELECT signal, version, key, receiver, ordered_as, CASE WHEN ordered_as IS NOT NULL AND (follows OR (",
    chain!("true", "row.ordered_as", "row.key", "DESC"),
    "        ) IS NOT NULL) THEN 9223372036854775807 ELSE ",
    now!("$1::text::bigint"),
    "        END \
         FROM unnest($10::text::uuid[], $11::text::bigint[], $12::text::text[], $13::text::text[], $14::text::text[], \
             $15::text::boolean[]) WITH ORDINALITY \
             AS row (signal, version, key, receiver, ordered_as, follows, place) ORDER BY place\
     ) SELECT ",
    transaction_id!()
);

/// Locks the signals of subjects, in the order of their ids, as [`LOCK_SIGNALS`] does.
pub(super) const LOCK_ERASED: &str = "SELECT id::text FROM lback_signal WHERE subject = ANY ($1) ORDER BY lback_signal.id FOR UPDATE";

/// Returns the chains of the deliveries of these locked signals.
pub(super) const ERASED_CHAINS: &str = "SELECT DISTINCT ordered_as, key FROM lback_delivery \
    WHERE signal = ANY ($1::text[]::uuid[]) AND ordered_as IS NOT NULL";

/// Deletes the deliveries of these locked signals that wait or are dead. Returns the chains whose head has left them,
/// among others without a name.
pub(super) const ERASE_DELIVERIES: &str = concat!(
    "DELETE FROM lback_delivery WHERE signal = ANY ($2::text[]::uuid[]) AND (claim IS NULL OR due_at <= ",
    now!(),
    ") RETURNING CASE WHEN due_at IS DISTINCT FROM 9223372036854775807 THEN ordered_as END AS freed_as, key"
);

/// Lets those of these locked signals that have a delivery left be deleted with the last one.
pub(super) const ERASE_KEEP: &str =
    "UPDATE lback_signal SET keep = NULL WHERE id = ANY ($1::text[]::uuid[])";

/// Deletes those of these locked signals that have no delivery left.
pub(super) const ERASE_SIGNALS: &str = "DELETE FROM lback_signal AS sent WHERE id = ANY ($1::text[]::uuid[]) AND (\
         SELECT 1 FROM lback_delivery AS rest WHERE rest.signal = sent.id LIMIT 1\
     ) IS NULL";

/// Claims deliveries of receivers. `$8` is the lease, `$9` the name of the worker, and `$10` a random number. Returns
/// when they were due, too, and the time up to which deliveries count as committed.
///
/// Claims of one statement differ in the numbers of their deliveries, and those of one delivery in the random
/// numbers.
pub(super) const CLAIM: &str = concat!(
    readable!(),
    ", due AS MATERIALIZED (\
         SELECT readable.receiver, most, first.number, first.due_at FROM readable CROSS JOIN LATERAL (\
             SELECT stored.number, stored.due_at FROM lback_delivery AS stored \
             WHERE stored.receiver = readable.name AND stored.version = readable.version \
                 AND stored.due_at >= least(readable.since, ",
    settled!(),
    ") AND stored.due_at <= ",
    now!(),
    "        ORDER BY stored.due_at, stored.number LIMIT readable.most FOR UPDATE SKIP LOCKED\
         ) AS first\
     ), ranked AS (\
         SELECT number, receiver, due_at, most, row_number() OVER (PARTITION BY receiver ORDER BY due_at, number) AS rank FROM due\
     ), claimed AS (\
         UPDATE lback_delivery SET claim = number # $10, attempt = least(attempt, 4294967295) + 1, due_at = ",
    now!(),
    " + $8, worker = $9 \
         WHERE number = ANY (ARRAY(SELECT number FROM ranked WHERE rank <= most)) \
         RETURNING number, claim, attempt, receiver, version, signal\
     ) \
     SELECT number, claim, attempt, claimed.receiver, version, claimed.signal::text AS signal, name, payload::text, \
         trace, sent_at, ranked.receiver AS wanted, ranked.due_at, ",
    settled!(),
    " AS settled \
     FROM claimed JOIN ranked USING (number) LEFT JOIN LATERAL (\
         SELECT name, payload, trace, sent_at FROM lback_signal WHERE id = claimed.signal LIMIT 1\
     ) AS sent ON true ORDER BY number"
);

/// Restarts the leases of claims, except for rows that are locked. `$4` is the lease.
pub(super) const RENEW: &str = concat!(
    "UPDATE lback_delivery SET due_at = ",
    now!(),
    " + $4 WHERE number = ANY (ARRAY(",
    held!("number", "$2", "$3", " FOR UPDATE SKIP LOCKED"),
    ")) RETURNING number, claim"
);

/// Returns the claims that are not lost.
pub(super) const HELD: &str = held!("number, held.claim", "$1", "$2", "");

/// Ends the attempts of the claims `$2` and `$3`. `$4` are their endings (`retry`, `dead`, `skipped` or
/// `released`), `$5` the delays, `$6` the numbers of attempts that are not counted, and `$7` the errors. Returns the
/// claims that were not lost, with the chains whose head has left them.
pub(super) const END: &str = concat!(
    "UPDATE lback_delivery AS delivery SET claim = NULL, worker = NULL, \
         due_at = CASE WHEN ended.ending IN ('retry', 'released') THEN ",
    now!(),
    " + ended.delay END, \
         ordered_as = CASE WHEN ended.ending <> 'skipped' THEN delivery.ordered_as END, \
         skipped_as = CASE WHEN ended.ending = 'skipped' THEN delivery.ordered_as END, \
         attempt = greatest(delivery.attempt - ended.uncounted, 0), \
         failed_at = CASE WHEN ended.ending = 'released' THEN delivery.failed_at ELSE ",
    now!(),
    " END, \
         error = coalesce(ended.error, delivery.error) \
     FROM unnest($2::bigint[], $3::bigint[], $4::text[], $5::bigint[], $6::bigint[], $7::text[]) \
         AS ended (number, claim, ending, delay, uncounted, error) \
     WHERE delivery.number = ANY ($2) AND delivery.number = ended.number AND delivery.claim = ended.claim \
     RETURNING ended.number, ended.claim, delivery.skipped_as, delivery.key"
);

/// Locks the signals of claims, in the order of their ids. Returns the chains of their deliveries, and one row without
/// names if they are in none.
///
/// Two transactions that complete the last two deliveries of a signal would each see the other's, and leave the
/// signal. With the lock, the second one begins its [`COMPLETE`] when the first has ended.
pub(super) const LOCK_SIGNALS: &str = concat!(
    "WITH claimed AS MATERIALIZED (",
    held!("signal, held.ordered_as, held.key", "$1", "$2", ""),
    "), locked AS MATERIALIZED (\
         SELECT 1 FROM lback_signal WHERE id = ANY (ARRAY(SELECT signal FROM claimed)) ORDER BY id FOR UPDATE\
     ) SELECT ordered_as, key FROM (SELECT count(*) FROM locked) AS locks \
     LEFT JOIN claimed ON ordered_as IS NOT NULL"
);

/// Locks chains, in the order of their hashes, until the end of the transaction. `$1` are their names and `$2` their
/// keys, as texts.
///
/// Without the lock, an insert might not see that a chain becomes empty, or an ending that a delivery is added. It is a
/// separate statement, since the next ones need a snapshot that is taken after it, which they have only under READ
/// COMMITTED.
pub(super) const LOCK_CHAINS: &str = concat!(
    "SELECT count(pg_advisory_xact_lock(hash)) FROM (\
         SELECT DISTINCT hashtextextended(key, hashtextextended(ordered_as, 0)) AS hash \
         FROM unnest($1::text::text[], $2::text::text[]) AS chain (ordered_as, key) \
         WHERE ",
    read_committed!(),
    "    ORDER BY hash\
     ) AS chain"
);

/// Makes the first delivery of each chain due, unless it is not parked. `$2` are their names, and `$3` their keys.
pub(super) const FREE: &str = concat!(
    "UPDATE lback_delivery SET due_at = ",
    now!(),
    " WHERE number = ANY (ARRAY(SELECT (",
    chain!("stored.number", "chain.ordered_as", "chain.key", "ASC"),
    ") FROM unnest($2::text[], $3::text[]) AS chain (ordered_as, key))) AND due_at = 9223372036854775807"
);

/// Returns those of the chains `$1` and `$2` that have no delivery.
pub(super) const EMPTY_CHAINS: &str = concat!(
    "SELECT ordered_as, key FROM unnest($1::text[], $2::text[]) AS chain (ordered_as, key) WHERE (",
    chain!("true", "chain.ordered_as", "chain.key", "DESC"),
    ") IS NULL"
);

/// Returns the chains whose deliveries are all parked.
pub(super) const STUCK: &str = "SELECT ordered_as, key FROM lback_delivery WHERE ordered_as IS NOT NULL \
    GROUP BY ordered_as, key HAVING bool_and(due_at IS NOT DISTINCT FROM 9223372036854775807)";

/// Deletes the deliveries of the claims `$2` and `$3`, and ends their signals that have no delivery left. Returns the
/// claims that were not lost, their chains, and the id of the transaction.
pub(super) const COMPLETE: &str = concat!(
    "WITH done AS (\
         DELETE FROM lback_delivery AS delivery USING unnest($2::bigint[], $3::bigint[]) AS claimed (number, claim) \
         WHERE delivery.number = ANY ($2) AND delivery.number = claimed.number AND delivery.claim = claimed.claim \
         RETURNING delivery.number, delivery.claim, delivery.signal, delivery.ordered_as, delivery.key\
     ), ",
    end_signals!(),
    " SELECT number, claim, ordered_as, key, ",
    transaction_id!(),
    " AS transaction FROM done"
);

/// Returns the dead letters that are older than `$2`, up to `$3` of them.
pub(super) const OLD_DEAD: &str = concat!(
    "SELECT number FROM lback_delivery WHERE due_at IS NULL AND failed_at < ",
    now!(),
    " - $2 ORDER BY failed_at LIMIT $3"
);

/// Locks the signals of these deliveries, in the order of their ids, as [`LOCK_SIGNALS`] does.
pub(super) const LOCK_SIGNALS_OF: &str = "SELECT FROM lback_signal WHERE id = ANY (ARRAY(\
         SELECT signal FROM lback_delivery WHERE number = ANY ($1)\
     )) ORDER BY id FOR UPDATE";

/// Returns the chains in which these deliveries are or have been.
pub(super) const CHAINS_OF: &str = "SELECT DISTINCT coalesce(ordered_as, skipped_as) AS ordered_as, key \
    FROM lback_delivery WHERE number = ANY ($1) AND coalesce(ordered_as, skipped_as) IS NOT NULL";

/// Deletes those of these deliveries that are dead letters older than `$3`, and ends their signals that have no
/// delivery left. Returns the chains of the deliveries. Skips locked dead letters, which an operator changes. The
/// condition `due_at IS NULL` would let PostgreSQL read the index of all dead letters.
pub(super) const DELETE_DEAD: &str = concat!(
    "WITH done AS (\
         DELETE FROM lback_delivery WHERE number = ANY (ARRAY(\
             SELECT number FROM lback_delivery WHERE number = ANY ($2) AND num_nulls(due_at) = 1 AND failed_at < ",
    now!(),
    "            - $3 FOR UPDATE SKIP LOCKED\
         )) RETURNING number, signal, ordered_as, key\
     ), ",
    end_signals!(),
    " SELECT ordered_as, key FROM done"
);

/// Deletes kept signals whose time is over, up to `$2` of them.
pub(super) const DELETE_KEPT: &str = concat!(
    "DELETE FROM lback_signal WHERE id = ANY (ARRAY(\
         SELECT id FROM lback_signal AS kept WHERE done_at IS NOT NULL AND done_at + keep <= ",
    now!(),
    "        AND (SELECT 1 FROM lback_delivery AS rest WHERE rest.signal = kept.id LIMIT 1) IS NULL \
         ORDER BY done_at + keep LIMIT $2 FOR UPDATE SKIP LOCKED\
     ))"
);

/// Returns when the first delivery of each receiver is due, the time, and the one up to which deliveries count as
/// committed.
pub(super) const NEXT_DUE: &str = concat!(
    readable!(),
    " SELECT receiver AS wanted, min(due_at) AS due_at, ",
    now!(),
    " AS now, ",
    settled!(),
    " AS settled FROM (\
         SELECT receiver, (\
             SELECT stored.due_at FROM lback_delivery AS stored \
             WHERE stored.receiver = readable.name AND stored.version = readable.version \
                 AND stored.due_at >= least(readable.since, ",
    settled!(),
    ") AND stored.due_at < 9223372036854775807 \
             ORDER BY stored.due_at LIMIT 1\
         ) AS due_at FROM readable\
     ) AS first GROUP BY receiver"
);

/// Counts the deliveries of each receiver.
pub(super) const COUNTS: &str = concat!(
    "SELECT receiver, \
         count(*) FILTER (WHERE due_at IS NOT NULL AND NOT is_running) AS waiting, \
         count(*) FILTER (WHERE due_at IS NOT NULL AND is_running) AS running, \
         count(*) FILTER (WHERE due_at IS NULL) AS dead, \
         max(now - greatest(due_at, 0)) FILTER (WHERE due_at <= now) AS oldest_due \
     FROM (\
         SELECT receiver, due_at, now, claim IS NOT NULL AND due_at > now AS is_running \
         FROM lback_delivery CROSS JOIN (SELECT ",
    now!(),
    " AS now) AS clock) AS delivery GROUP BY receiver ORDER BY receiver COLLATE \"C\""
);

/// Returns the dead letters by number.
pub(super) const DEAD: &str = "SELECT number, receiver, attempt, coalesce(error, '') AS error FROM lback_delivery \
    WHERE due_at IS NULL ORDER BY number";

pub(super) const SIGNALS: &str = "SELECT count(*) FROM lback_signal";

/// Notes the sequence numbers `$3` of the signals of claims, whose signals are locked and which are not lost.
pub(super) const NOTE_PUBLISHED: &str = "UPDATE lback_signal SET published_seq = published.sequence \
    FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS published (number, claim, sequence) \
    JOIN lback_delivery AS held ON held.number = published.number AND held.claim = published.claim \
    WHERE lback_signal.id = held.signal";

pub(super) const LAST_PUBLISHED: &str =
    "SELECT max(published_seq) FROM lback_signal WHERE published_seq IS NOT NULL";

/// Returns up to `$4` signals whose sequence number is greater than `$2`, and whether they were done for longer than
/// `$3`.
pub(super) const PUBLISHED_AFTER: &str = concat!(
    "SELECT id::text, name, coalesce(done_at <= ",
    now!(),
    " - $3, false) AS is_over FROM lback_signal \
     WHERE published_seq > $2 ORDER BY published_seq, id LIMIT $4"
);

/// Locks signals, and returns the name and the key of each.
pub(super) const LOCK_PUBLISHED: &str =
    "SELECT name, key FROM lback_signal WHERE id = ANY ($1::text[]::uuid[]) ORDER BY id FOR UPDATE";

/// Forgets the sequence numbers of signals.
pub(super) const UNDO_PUBLISHED: &str =
    "UPDATE lback_signal SET published_seq = NULL WHERE id = ANY ($1::text[]::uuid[])";

/// Inserts landed signals by their sources `$2`, ids `$3`, signals `$4` and times to keep them `$5`, except those that
/// are there. Returns the signals of the new ones.
pub(super) const INSERT_LANDED: &str = concat!(
    "INSERT INTO lback_landed (source, id, signal, keep, landed_at) \
     SELECT source, id, signal, keep, ",
    now!(),
    " FROM unnest($2::text[], $3::text[], $4::text[]::uuid[], $5::bigint[]) AS landed (source, id, signal, keep) \
     ORDER BY source, id ON CONFLICT DO NOTHING RETURNING signal::text"
);

/// Makes the deliveries of the signals `$2` dead letters, with the errors `$3`.
pub(super) const REFUSE_LANDED: &str = concat!(
    "UPDATE lback_delivery SET due_at = NULL, failed_at = ",
    now!(),
    ", error = refused.error FROM unnest($2::text[]::uuid[], $3::text[]) AS refused (signal, error) \
     WHERE lback_delivery.signal = refused.signal"
);

/// Forgets landed signals whose time is over, up to `$2` of them.
pub(super) const DELETE_LANDED: &str = concat!(
    "DELETE FROM lback_landed WHERE (source, id) IN (\
         SELECT source, id FROM lback_landed WHERE landed_at + keep <= ",
    now!(),
    " ORDER BY landed_at + keep LIMIT $2 FOR UPDATE SKIP LOCKED)"
);
