//! The SQL of the outbox.
//!
//! In each statement with a time, `?1` is the offset to the clock of SQLite in milliseconds. Lists are JSON. The
//! joins with them are `CROSS JOIN`, which SQLite does not reorder: it must not read the table and search the list.

/// The current time.
macro_rules! now {
    () => {
        "(CAST(round(unixepoch('subsec') * 1000) AS INTEGER) + ?1)"
    };
}

pub(super) use now;

/// The receivers of a claim, one row per name, and the versions of each name that are stored and can be read. It
/// finds each version by one search, so that rows of other versions cost nothing, however many there are.
macro_rules! readable {
    () => {
        "WITH RECURSIVE wanted (receiver, name, oldest, newest, most) AS MATERIALIZED (\
             SELECT receiver.key, name.value, receiver.value ->> 'oldest', receiver.value ->> 'newest', \
                 receiver.value ->> 'limit' \
             FROM json_each(?2) AS receiver CROSS JOIN json_each(receiver.value, '$.names') AS name\
         ), readable (receiver, name, version, newest, most) AS (\
             SELECT receiver, name, (\
                 SELECT stored.version FROM lback_delivery AS stored \
                 WHERE stored.receiver = name AND stored.version BETWEEN oldest AND newest \
                     AND stored.due_at IS NOT NULL \
                 ORDER BY stored.version LIMIT 1\
             ), newest, most FROM wanted \
             UNION ALL \
             SELECT receiver, name, (\
                 SELECT stored.version FROM lback_delivery AS stored \
                 WHERE stored.receiver = name AND stored.version > readable.version \
                     AND stored.version <= newest AND stored.due_at IS NOT NULL \
                 ORDER BY stored.version LIMIT 1\
             ), newest, most FROM readable WHERE version IS NOT NULL\
         )"
    };
}

/// The condition that a delivery is of one of these claims, which is not lost.
macro_rules! held {
    ($claims:literal) => {
        concat!(
            "number IN (SELECT held.number FROM json_each(",
            $claims,
            ") AS claim CROSS JOIN lback_delivery AS held \
             ON held.number = claim.value ->> 0 AND held.claim = claim.value ->> 1)"
        )
    };
}

pub(super) const SCHEMA: &str = include_str!("schema.sql");

/// Changes the tables of version 1 to those of version 2.
pub(super) const MIGRATE_2: &str = include_str!("migrate_2.sql");

/// The file of the database. Empty for one in memory.
pub(super) const FILE: &str = "SELECT file FROM pragma_database_list WHERE name = 'main'";

pub(super) const HAS_SCHEMA: &str = "SELECT EXISTS (SELECT 1 FROM sqlite_schema \
    WHERE type = 'table' AND name = 'lback_outbox_schema')";

pub(super) const SCHEMA_VERSION: &str = "SELECT coalesce(max(version), 0) FROM lback_outbox_schema";

/// Inserts the signals `[id, name, version, key, payload, trace, subject, keep]`.
pub(super) const INSERT_SIGNALS: &str = concat!(
    "INSERT INTO lback_signal (id, name, version, key, payload, trace, subject, keep, sent_at) \
     SELECT unhex(value ->> 0), value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, \
         value ->> 7, ",
    now!(),
    " FROM json_each(?2)"
);

/// Inserts the deliveries of the signals `[id, version, key, [[receiver, ordered_as, follows], …]]`. Those that follow
/// another one of their chain are parked.
pub(super) const INSERT_DELIVERIES: &str = concat!(
    "INSERT INTO lback_delivery (signal, receiver, version, key, ordered_as, due_at) \
     SELECT unhex(signal.value ->> 0), receiver.value ->> 0, signal.value ->> 1, signal.value ->> 2, \
         receiver.value ->> 1, \
         CASE WHEN receiver.value ->> 1 IS NOT NULL AND (receiver.value ->> 2 OR EXISTS (\
             SELECT 1 FROM lback_delivery AS stored \
             WHERE stored.ordered_as = receiver.value ->> 1 AND stored.key = signal.value ->> 2\
         )) THEN 9223372036854775807 ELSE ",
    now!(),
    "    END \
     FROM json_each(?2) AS signal CROSS JOIN json_each(signal.value, '$[3]') AS receiver"
);

/// Deletes the deliveries of subjects that wait or are dead. Returns the chains whose head has left them.
pub(super) const ERASE_DELIVERIES: &str = concat!(
    "DELETE FROM lback_delivery WHERE signal IN (\
         SELECT lback_signal.id FROM json_each(?2) AS erased CROSS JOIN lback_signal ON subject = erased.value\
     ) AND (claim IS NULL OR due_at <= ",
    now!(),
    ") RETURNING iif(due_at IS NOT 9223372036854775807, ordered_as, NULL) AS freed_as, key"
);

/// Lets the signals of subjects be deleted with their last delivery.
pub(super) const ERASE_KEEP: &str = "UPDATE lback_signal SET keep = NULL WHERE id IN (\
         SELECT lback_signal.id FROM json_each(?1) AS erased CROSS JOIN lback_signal ON subject = erased.value\
     )";

/// Deletes the signals of subjects that have no delivery left.
pub(super) const ERASE_SIGNALS: &str = "DELETE FROM lback_signal WHERE id IN (\
         SELECT lback_signal.id FROM json_each(?1) AS erased CROSS JOIN lback_signal ON subject = erased.value\
     ) AND NOT EXISTS (SELECT 1 FROM lback_delivery WHERE signal = lback_signal.id)";

/// Claims deliveries of receivers. `?3` is the lease, `?4` the name of the worker, and `?5` the largest limit.
///
/// A limit in a subquery cannot be a column: for each version of a name it takes as many as the largest limit, and
/// of these as many as the receiver's own.
pub(super) const CLAIM: &str = concat!(
    readable!(),
    ", ranked AS (\
         SELECT number, most, row_number() OVER (PARTITION BY receiver ORDER BY due_at, number) AS rank FROM (\
             SELECT readable.receiver, most, due.due_at, due.number FROM readable \
             CROSS JOIN lback_delivery AS due ON due.number IN (\
                 SELECT first.number FROM lback_delivery AS first \
                 WHERE first.receiver = readable.name AND first.version = readable.version \
                     AND first.due_at <= ",
    now!(),
    "            ORDER BY first.due_at, first.number LIMIT ?5\
             )\
         )\
     ) \
     UPDATE lback_delivery SET claim = random(), attempt = min(attempt, 4294967295) + 1, due_at = ",
    now!(),
    " + ?3, worker = ?4 \
     WHERE number IN (SELECT number FROM ranked WHERE rank <= most) \
     RETURNING number"
);

/// Returns claimed deliveries with their signals, which may have been deleted by hand.
pub(super) const CLAIMED: &str = "SELECT delivery.number, delivery.claim, delivery.attempt, delivery.receiver, \
         delivery.version, delivery.signal, signal.name, signal.payload, signal.trace, signal.sent_at \
     FROM json_each(?1) AS claimed CROSS JOIN lback_delivery AS delivery ON delivery.number = claimed.value \
     LEFT JOIN lback_signal AS signal ON signal.id = delivery.signal";

/// Restarts the leases of claims. `?3` is the lease.
pub(super) const RENEW: &str = concat!(
    "UPDATE lback_delivery SET due_at = ",
    now!(),
    " + ?3 WHERE ",
    held!("?2"),
    " RETURNING number, claim"
);

/// Returns the claims of a list that are not lost.
pub(super) const HELD: &str = concat!(
    "SELECT number, claim FROM lback_delivery WHERE ",
    held!("?1")
);

/// Ends the attempts `[number, claim, ending, delay, uncounted, error]`. The ending is `retry`, `dead`, `skipped` or
/// `released`. Returns the chains whose head has left them, among others without a name.
pub(super) const END: &str = concat!(
    "UPDATE lback_delivery SET claim = NULL, worker = NULL, \
         due_at = CASE WHEN ended.value ->> 2 IN ('retry', 'released') THEN ",
    now!(),
    " + (ended.value ->> 3) END, \
         ordered_as = iif(ended.value ->> 2 = 'skipped', NULL, ordered_as), \
         skipped_as = iif(ended.value ->> 2 = 'skipped', ordered_as, NULL), \
         attempt = max(attempt - (ended.value ->> 4), 0), \
         failed_at = CASE WHEN ended.value ->> 2 = 'released' THEN failed_at ELSE ",
    now!(),
    " END, \
         error = coalesce(ended.value ->> 5, error) \
     FROM json_each(?2) AS ended \
     WHERE number = ended.value ->> 0 AND claim = ended.value ->> 1 \
     RETURNING skipped_as, key"
);

/// Deletes the deliveries of claims, each of which is the head of its chain.
pub(super) const COMPLETE: &str = concat!(
    "DELETE FROM lback_delivery WHERE ",
    held!("?1"),
    " RETURNING number, claim, hex(signal) AS signal, ordered_as, key"
);

/// Makes the first delivery of each chain `[ordered_as, key]` due, unless it is not parked.
pub(super) const FREE: &str = concat!(
    "UPDATE lback_delivery SET due_at = ",
    now!(),
    " WHERE number IN (\
         SELECT (\
             SELECT stored.number FROM lback_delivery AS stored INDEXED BY lback_delivery_chain \
             WHERE stored.ordered_as = chain.value ->> 0 AND stored.key = chain.value ->> 1 \
             ORDER BY stored.number LIMIT 1\
         ) FROM json_each(?2) AS chain\
     ) AND due_at = 9223372036854775807"
);

/// Returns those of the chains `[ordered_as, key]` that have no delivery.
pub(super) const EMPTY_CHAINS: &str = "SELECT chain.value ->> 0 AS ordered_as, chain.value ->> 1 AS key \
     FROM json_each(?1) AS chain WHERE NOT EXISTS (\
         SELECT 1 FROM lback_delivery AS stored \
         WHERE stored.ordered_as = chain.value ->> 0 AND stored.key = chain.value ->> 1\
     )";

/// Returns the chains whose deliveries are all parked.
pub(super) const STUCK: &str = "SELECT ordered_as, key FROM lback_delivery WHERE ordered_as IS NOT NULL \
    GROUP BY ordered_as, key HAVING min(due_at IS 9223372036854775807)";

/// Deletes those of a list of signals that have no delivery left and are not kept.
pub(super) const DELETE_SIGNALS: &str = "DELETE FROM lback_signal \
     WHERE id IN (SELECT unhex(value) FROM json_each(?1)) AND keep IS NULL \
         AND NOT EXISTS (SELECT 1 FROM lback_delivery WHERE signal = id)";

/// Notes the time at which kept signals of a list were done: those that have no delivery left.
pub(super) const KEEP_SIGNALS: &str = concat!(
    "UPDATE lback_signal SET done_at = ",
    now!(),
    " WHERE id IN (SELECT unhex(value) FROM json_each(?2)) AND keep IS NOT NULL \
         AND NOT EXISTS (SELECT 1 FROM lback_delivery WHERE signal = id)"
);

/// Deletes the dead letters that are older than `?2`, up to `?3` of them. Returns their signals and chains.
pub(super) const DELETE_DEAD: &str = concat!(
    "DELETE FROM lback_delivery WHERE number IN (\
         SELECT old.number FROM lback_delivery AS old WHERE old.due_at IS NULL AND old.failed_at < ",
    now!(),
    " - ?2 ORDER BY old.failed_at LIMIT ?3\
     ) RETURNING hex(signal) AS signal, ordered_as, key"
);

/// Deletes kept signals whose time is over, up to `?2` of them.
pub(super) const DELETE_KEPT: &str = concat!(
    "DELETE FROM lback_signal WHERE id IN (\
         SELECT kept.id FROM lback_signal AS kept WHERE kept.done_at IS NOT NULL AND kept.done_at + kept.keep <= ",
    now!(),
    "        AND NOT EXISTS (SELECT 1 FROM lback_delivery WHERE signal = kept.id) \
         ORDER BY kept.done_at + kept.keep LIMIT ?2\
     )"
);

/// Returns in how many milliseconds the next delivery is due, for receivers.
pub(super) const NEXT_DUE: &str = concat!(
    readable!(),
    " SELECT min((\
         SELECT max(first.due_at, 0) FROM lback_delivery AS first \
         WHERE first.receiver = readable.name AND first.version = readable.version \
             AND first.due_at < 9223372036854775807 \
         ORDER BY first.due_at LIMIT 1\
     )) - ",
    now!(),
    " FROM readable"
);

/// Counts the deliveries of each receiver.
pub(super) const COUNTS: &str = concat!(
    "SELECT receiver, \
         count(*) FILTER (WHERE due_at IS NOT NULL AND NOT is_running) AS waiting, \
         count(*) FILTER (WHERE due_at IS NOT NULL AND is_running) AS running, \
         count(*) FILTER (WHERE due_at IS NULL) AS dead, \
         max(now - max(due_at, 0)) FILTER (WHERE due_at <= now) AS oldest_due \
     FROM (\
         SELECT receiver, due_at, now, claim IS NOT NULL AND due_at > now AS is_running \
         FROM lback_delivery, (SELECT ",
    now!(),
    " AS now)) GROUP BY receiver ORDER BY receiver"
);

/// Returns the dead letters by number.
pub(super) const DEAD: &str = "SELECT number, receiver, attempt, coalesce(error, '') AS error FROM lback_delivery \
    WHERE due_at IS NULL ORDER BY number";

pub(super) const SIGNALS: &str = "SELECT count(*) FROM lback_signal";

/// Notes the sequence number `?3` of the signal of a claim, unless it is lost. One statement per signal: in an `UPDATE`
/// with `FROM`, SQLite reads all signals for each entry of a list.
pub(super) const NOTE_PUBLISHED: &str = "UPDATE lback_signal SET published_seq = ?3 \
    WHERE id = (SELECT signal FROM lback_delivery WHERE number = ?1 AND claim = ?2)";

pub(super) const LAST_PUBLISHED: &str =
    "SELECT max(published_seq) FROM lback_signal WHERE published_seq IS NOT NULL";

/// Returns up to `?4` signals whose sequence number is greater than `?2`, and whether they were done for longer than
/// `?3`.
pub(super) const PUBLISHED_AFTER: &str = concat!(
    "SELECT hex(id) AS id, name, coalesce(done_at <= ",
    now!(),
    " - ?3, 0) AS is_over FROM lback_signal \
     WHERE published_seq > ?2 ORDER BY published_seq, id LIMIT ?4"
);

/// Forgets the sequence numbers of a list of signals.
pub(super) const UNDO_PUBLISHED: &str = "UPDATE lback_signal SET published_seq = NULL WHERE id IN (SELECT unhex(value) FROM json_each(?1))";

/// Returns those of a list of signals that have a delivery to the receiver `?2`.
pub(super) const DELIVERED: &str = "SELECT signal.value FROM json_each(?1) AS signal WHERE EXISTS (\
         SELECT 1 FROM lback_delivery WHERE lback_delivery.signal = unhex(signal.value) AND receiver = ?2\
     )";

/// Inserts `[source, id, signal, keep]`, except those that are there. Returns the signals of the new ones.
pub(super) const INSERT_LANDED: &str = concat!(
    "INSERT INTO lback_landed (source, id, signal, keep, landed_at) \
     SELECT value ->> 0, value ->> 1, unhex(value ->> 2), value ->> 3, ",
    now!(),
    " FROM json_each(?2) WHERE true ON CONFLICT DO NOTHING RETURNING lower(hex(signal)) AS signal"
);

/// Makes the deliveries of the signals `[signal, error]` dead letters.
pub(super) const REFUSE_LANDED: &str = concat!(
    "UPDATE lback_delivery SET due_at = NULL, failed_at = ",
    now!(),
    ", error = refused.value ->> 1 FROM json_each(?2) AS refused WHERE signal = unhex(refused.value ->> 0)"
);

/// Forgets landed signals whose time is over, up to `?2` of them.
pub(super) const DELETE_LANDED: &str = concat!(
    "DELETE FROM lback_landed WHERE (source, id) IN (\
         SELECT source, id FROM lback_landed WHERE landed_at + keep <= ",
    now!(),
    " ORDER BY landed_at + keep LIMIT ?2)"
);
