//! The SQL of operators. `$1` is the offset to the clock of PostgreSQL where a statement has a time.

use crate::durable::admin::{DeliveryFilter, DeliveryState};
use crate::durable::postgres::statements::{end_signals, now};
use crate::postgres_outcome::transaction_id;

/// Returns the statement that finds deliveries. `$2` is the number before the first, `$3` the receiver, `$4` the
/// signal, and `$5` the limit.
pub(super) fn deliveries(filter: &DeliveryFilter) -> String {
    let select = concat!(
        "SELECT number, delivery.signal::text AS id, name, delivery.version, receiver, delivery.key, attempt, due_at, \
             worker, failed_at, error, \
             CASE WHEN due_at IS NULL THEN 'dead' WHEN due_at = 9223372036854775807 THEN 'parked' \
                 WHEN claim IS NOT NULL AND due_at > ",
        now!(),
        "        THEN 'running' ELSE 'waiting' END AS state"
    );
    // The order of the index of dead letters, which is that of their numbers for one receiver.
    let order = match filter {
        DeliveryFilter {
            receiver: Some(_),
            state: Some(DeliveryState::Dead),
            ..
        } => "receiver, number",
        _ => "number",
    };
    format!("{select} {} ORDER BY {order} LIMIT $5", filtered(filter))
}

/// Returns the statement that counts deliveries. The parameters are those of [`deliveries`], without a limit.
pub(super) fn count(filter: &DeliveryFilter) -> String {
    format!("SELECT count(*) {}", filtered(filter))
}

fn filtered(filter: &DeliveryFilter) -> String {
    // Each parameter has to have a type, also where it is not used.
    let state = match filter.state {
        None => "$1::bigint IS NOT NULL",
        Some(DeliveryState::Waiting) => concat!(
            "due_at < 9223372036854775807 AND (claim IS NULL OR due_at <= ",
            now!(),
            ")"
        ),
        Some(DeliveryState::Parked) => "due_at = 9223372036854775807 AND $1::bigint IS NOT NULL",
        Some(DeliveryState::Running) => concat!(
            "due_at < 9223372036854775807 AND claim IS NOT NULL AND due_at > ",
            now!()
        ),
        Some(DeliveryState::Dead) => "due_at IS NULL AND $1::bigint IS NOT NULL",
    };
    let after = match (&filter.receiver, filter.state) {
        (None, _) => "$3::text IS NULL AND number > $2",
        // Without an equality, no estimate leads to a search by the number alone.
        (Some(_), Some(DeliveryState::Dead)) => "(receiver, number) > ($3, $2) AND receiver <= $3",
        (Some(_), _) => "receiver = $3 AND number > $2",
    };
    let signal = match filter.signal {
        None => "$4::text IS NULL",
        Some(_) => "name = $4",
    };
    format!(
        "FROM lback_delivery AS delivery LEFT JOIN lback_signal ON id = delivery.signal \
         WHERE {state} AND {after} AND {signal}"
    )
}

macro_rules! signal {
    () => {
        "SELECT sent.id::text AS id, sent.name, sent.version, sent.key, subject, payload::text AS payload, trace, \
             sent_at, done_at \
         FROM lback_signal AS sent"
    };
}

pub(super) const SIGNAL_OF: &str = concat!(
    signal!(),
    " JOIN lback_delivery AS delivery ON delivery.signal = sent.id WHERE number = $1"
);

pub(super) const SIGNALS_OF: &str =
    concat!(signal!(), " WHERE subject = $1 ORDER BY sent_at, sent.id");

pub(super) const FORMS: &str = "SELECT receiver, coalesce(name, '') AS name, delivery.version, \
         count(due_at) AS pending, count(*) FILTER (WHERE due_at IS NULL) AS dead \
     FROM lback_delivery AS delivery LEFT JOIN lback_signal ON id = delivery.signal \
     GROUP BY receiver, name, delivery.version \
     ORDER BY receiver COLLATE \"C\", name COLLATE \"C\", delivery.version";

pub(super) const OPERATIONS: &str = "SELECT id::text, at, command, operator, because, deliveries FROM lback_operation \
     ORDER BY at DESC, lback_operation.id DESC LIMIT $1";

/// Adds to the operation `$2`. `$3` to `$6` are its command, operator, reason, and number of deliveries. Returns the id
/// of the transaction.
pub(super) const NOTE: &str = concat!(
    "INSERT INTO lback_operation AS stored (id, at, command, operator, because, deliveries) VALUES ($2::text::uuid, ",
    now!(),
    ", $3, $4, $5, $6) ON CONFLICT (id) DO UPDATE SET deliveries = stored.deliveries + excluded.deliveries RETURNING ",
    transaction_id!()
);

/// Makes the dead letters of a list due. The condition `due_at IS NULL` would let PostgreSQL read the index of all dead
/// letters. Those that have left their chain return to it, and are parked. Locks the rows in the order of their
/// numbers, since two operators may retry the same ones.
pub(super) const RETRY: &str = concat!(
    "UPDATE lback_delivery SET attempt = 0, ordered_as = coalesce(ordered_as, skipped_as), skipped_as = NULL, \
         due_at = CASE WHEN skipped_as IS NOT NULL THEN 9223372036854775807 ELSE ",
    now!(),
    " END WHERE number = ANY (ARRAY(\
         SELECT number FROM lback_delivery WHERE number = ANY ($2) AND num_nulls(due_at) = 1 ORDER BY number FOR UPDATE\
     ))"
);

/// Deletes those of a list of deliveries that do not run, and ends their signals that have no delivery left. Returns a
/// row for each delivery, with the chain whose head it was. Skips locked rows: a worker claims them, renews them or
/// ends their attempts.
pub(super) const REMOVE: &str = concat!(
    "WITH done AS (\
         DELETE FROM lback_delivery WHERE number = ANY (ARRAY(\
             SELECT number FROM lback_delivery WHERE number = ANY ($2) AND (claim IS NULL OR due_at <= ",
    now!(),
    "            ) FOR UPDATE SKIP LOCKED\
         )) RETURNING number, signal, ordered_as, key, due_at\
     ), ",
    end_signals!(),
    " SELECT CASE WHEN due_at IS DISTINCT FROM 9223372036854775807 THEN ordered_as END AS freed_as, key FROM done"
);

/// The current time, and the last number of a delivery.
pub(super) const FIRST_POSITION: &str = concat!(
    "SELECT ",
    now!(),
    " AS until, (SELECT coalesce(max(number), 0) FROM lback_delivery) AS last_number"
);

/// The kept signals of the names `$1` that have no delivery to the receivers `$2`: those after the time `$3` and id
/// `$4`, up to the time `$5`.
macro_rules! kept {
    ($names:literal) => {
        concat!(
            "FROM lback_signal AS kept WHERE kept.name = ",
            $names,
            " AND kept.keep IS NOT NULL AND (kept.sent_at, kept.id) > ($3, $4::text::uuid) AND kept.sent_at <= $5 \
             AND (\
                 SELECT 1 FROM lback_delivery AS delivery \
                 WHERE delivery.signal = kept.id AND delivery.receiver = ANY ($2) LIMIT 1\
             ) IS NULL"
        )
    };
}

/// Returns the first kept signals, up to `$6` of them.
pub(super) const KEPT: &str = concat!(
    "SELECT first.id::text AS id, first.sent_at FROM unnest($1::text[]) AS wanted (name) CROSS JOIN LATERAL (\
         SELECT kept.id, kept.sent_at ",
    kept!("wanted.name"),
    " ORDER BY kept.sent_at, kept.id LIMIT $6\
     ) AS first ORDER BY first.sent_at, first.id LIMIT $6"
);

pub(super) const COUNT_KEPT: &str = concat!("SELECT count(*) ", kept!("ANY ($1)"));

pub(super) const KEPT_SINCE: &str = "SELECT min(first.sent_at) FROM unnest($1::text[]) AS wanted (name) CROSS JOIN LATERAL (\
         SELECT kept.sent_at FROM lback_signal AS kept WHERE kept.name = wanted.name AND kept.keep IS NOT NULL \
         ORDER BY kept.sent_at LIMIT 1\
     ) AS first";

/// Locks signals, in the order of their ids, as `LOCK_SIGNALS` does. Returns their keys.
pub(super) const LOCK_KEPT: &str =
    "SELECT key FROM lback_signal WHERE id = ANY ($1::text[]::uuid[]) ORDER BY id FOR UPDATE";

/// Inserts a delivery to the receiver `$3` of each of the locked signals `$2`, except those that have one to the
/// receivers `$4`. Parks those in a chain, whose name is `$5`. Returns the number of deliveries.
pub(super) const DELIVER_KEPT: &str = concat!(
    "WITH kept AS MATERIALIZED (\
         SELECT id, version, key, sent_at FROM lback_signal AS sent \
         WHERE id = ANY ($2::text[]::uuid[]) AND (\
             SELECT 1 FROM lback_delivery AS delivery \
             WHERE delivery.signal = sent.id AND delivery.receiver = ANY ($4) LIMIT 1\
         ) IS NULL\
     ), inserted AS (\
         INSERT INTO lback_delivery (signal, receiver, version, key, ordered_as, due_at) \
         SELECT id, $3, version, key, CASE WHEN key IS NOT NULL THEN $5 END, \
             CASE WHEN key IS NOT NULL AND $5::text IS NOT NULL THEN 9223372036854775807 ELSE ",
    now!(),
    "        END FROM kept ORDER BY sent_at, id\
     ), undone AS (\
         UPDATE lback_signal SET done_at = NULL WHERE id = ANY (ARRAY(SELECT id FROM kept))\
     ) SELECT count(*) FROM kept"
);

/// The dead letters of the signals `$1` that were sent at `$3` or later, after the number `$4` and up to `$5`.
macro_rules! dead {
    ($of_receivers:literal) => {
        concat!(
            "FROM lback_delivery AS dead CROSS JOIN LATERAL (\
                 SELECT FROM lback_signal WHERE id = dead.signal AND name = ANY ($1) AND sent_at >= $3 LIMIT 1\
             ) AS sent \
             WHERE ",
            $of_receivers,
            " AND dead.due_at IS NULL"
        )
    };
}

/// Returns the first dead letters of the receivers `$2`, up to `$6` of them. Only the index of dead letters has the
/// order of the inner query: no estimate leads to a search by the number alone.
pub(super) const DEAD: &str = concat!(
    "SELECT first.number FROM unnest($2::text[]) AS wanted (receiver) CROSS JOIN LATERAL (\
         SELECT dead.number ",
    dead!(
        "(dead.receiver, dead.number) > (wanted.receiver, $4) AND (dead.receiver, dead.number) <= (wanted.receiver, $5)"
    ),
    " ORDER BY dead.receiver, dead.number LIMIT $6\
     ) AS first ORDER BY first.number LIMIT $6"
);

pub(super) const COUNT_DEAD: &str = concat!(
    "SELECT count(*) ",
    dead!("dead.receiver = ANY ($2) AND dead.number > $4 AND dead.number <= $5")
);
