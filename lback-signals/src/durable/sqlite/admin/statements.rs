//! The SQL of operators. `?1` is the offset to the clock of SQLite where a statement has a time.

use crate::durable::admin::{DeliveryFilter, DeliveryState};
use crate::durable::sqlite::statements::now;

/// Returns the statement that finds deliveries. `?2` is the number before the first, `?3` the receiver, `?4` the
/// signal, and `?5` the limit.
pub(super) fn deliveries(filter: &DeliveryFilter) -> String {
    let select = concat!(
        "SELECT number, hex(delivery.signal) AS id, name, delivery.version, receiver, delivery.key, attempt, due_at, \
             worker, failed_at, error, \
             CASE WHEN due_at IS NULL THEN 'dead' WHEN due_at = 9223372036854775807 THEN 'parked' \
                 WHEN claim IS NOT NULL AND due_at > ",
        now!(),
        "        THEN 'running' ELSE 'waiting' END AS state"
    );
    format!("{select} {} ORDER BY number LIMIT ?5", filtered(filter))
}

/// Returns the statement that counts deliveries. The parameters are those of [`deliveries`], without a limit.
pub(super) fn count(filter: &DeliveryFilter) -> String {
    format!("SELECT count(*) {}", filtered(filter))
}

fn filtered(filter: &DeliveryFilter) -> String {
    let state = match filter.state {
        None => concat!(now!(), " IS NOT NULL"),
        Some(DeliveryState::Waiting) => concat!(
            "due_at < 9223372036854775807 AND (claim IS NULL OR due_at <= ",
            now!(),
            ")"
        ),
        Some(DeliveryState::Parked) => concat!("due_at = 9223372036854775807 AND ", now!(), " > 0"),
        Some(DeliveryState::Running) => concat!(
            "due_at < 9223372036854775807 AND claim IS NOT NULL AND due_at > ",
            now!()
        ),
        Some(DeliveryState::Dead) => concat!("due_at IS NULL AND ", now!(), " IS NOT NULL"),
    };
    let receiver = match filter.receiver {
        None => "?3 IS NULL",
        Some(_) => "receiver = ?3",
    };
    let signal = match filter.signal {
        None => "?4 IS NULL",
        Some(_) => "name = ?4",
    };
    format!(
        "FROM lback_delivery AS delivery LEFT JOIN lback_signal ON id = delivery.signal \
         WHERE {state} AND number > ?2 AND {receiver} AND {signal}"
    )
}

macro_rules! signal {
    () => {
        "SELECT hex(sent.id) AS id, sent.name, sent.version, sent.key, subject, payload, trace, sent_at, done_at \
         FROM lback_signal AS sent"
    };
}

pub(super) const SIGNAL_OF: &str = concat!(
    signal!(),
    " JOIN lback_delivery AS delivery ON delivery.signal = sent.id WHERE number = ?1"
);

pub(super) const SIGNALS_OF: &str =
    concat!(signal!(), " WHERE subject = ?1 ORDER BY sent_at, sent.id");

pub(super) const FORMS: &str = "SELECT receiver, coalesce(name, '') AS name, delivery.version, \
         count(due_at) AS pending, count(*) FILTER (WHERE due_at IS NULL) AS dead \
     FROM lback_delivery AS delivery LEFT JOIN lback_signal ON id = delivery.signal \
     GROUP BY receiver, name, delivery.version ORDER BY receiver, name, delivery.version";

pub(super) const OPERATIONS: &str = "SELECT hex(id) AS id, at, command, operator, because, deliveries FROM lback_operation \
     ORDER BY at DESC, id DESC LIMIT ?1";

/// Adds to the operation `?2`. `?3` to `?6` are its command, operator, reason, and number of deliveries.
pub(super) const NOTE: &str = concat!(
    "INSERT INTO lback_operation (id, at, command, operator, because, deliveries) VALUES (?2, ",
    now!(),
    ", ?3, ?4, ?5, ?6) ON CONFLICT (id) DO UPDATE SET deliveries = deliveries + excluded.deliveries"
);

/// Returns the chains that these dead letters have left.
pub(super) const CHAINS_LEFT: &str = "SELECT DISTINCT skipped_as, key FROM lback_delivery \
     WHERE number IN (SELECT value FROM json_each(?1)) AND due_at IS NULL AND skipped_as IS NOT NULL";

/// Makes the dead letters of a list due. Those that have left their chain come back, and are parked.
pub(super) const RETRY: &str = concat!(
    "UPDATE lback_delivery SET attempt = 0, ordered_as = coalesce(ordered_as, skipped_as), skipped_as = NULL, \
         due_at = CASE WHEN skipped_as IS NOT NULL THEN 9223372036854775807 ELSE ",
    now!(),
    " END WHERE number IN (SELECT value FROM json_each(?2)) AND due_at IS NULL"
);

/// Deletes those of a list of deliveries that do not run. Returns their signals, and the chains whose heads they were.
pub(super) const REMOVE: &str = concat!(
    "DELETE FROM lback_delivery WHERE number IN (SELECT value FROM json_each(?2)) \
         AND (claim IS NULL OR due_at <= ",
    now!(),
    ") RETURNING hex(signal) AS signal, iif(due_at IS NOT 9223372036854775807, ordered_as, NULL) AS freed_as, key"
);

/// The current time, and the last number of a delivery.
pub(super) const FIRST_POSITION: &str = concat!(
    "SELECT ",
    now!(),
    " AS until, (SELECT coalesce(max(number), 0) FROM lback_delivery) AS last_number"
);

/// The kept signals of the names `?1` that have no delivery to the receivers `?2`: those after the time `?3` and id
/// `?4`, up to the time `?5`.
macro_rules! kept {
    ($names:literal) => {
        concat!(
            "FROM lback_signal AS kept WHERE kept.name ",
            $names,
            " AND kept.keep IS NOT NULL AND (kept.sent_at, kept.id) > (?3, ?4) AND kept.sent_at <= ?5 \
             AND NOT EXISTS (\
                 SELECT 1 FROM lback_delivery AS delivery WHERE delivery.signal = kept.id \
                     AND delivery.receiver IN (SELECT value FROM json_each(?2))\
             )"
        )
    };
}

/// Returns the first kept signals, up to `?6` of them.
pub(super) const KEPT: &str = concat!(
    "SELECT hex(sent.id) AS id, sent.sent_at FROM json_each(?1) AS name CROSS JOIN lback_signal AS sent \
     ON sent.id IN (SELECT kept.id ",
    kept!("= name.value"),
    " ORDER BY kept.sent_at, kept.id LIMIT ?6) ORDER BY sent.sent_at, sent.id LIMIT ?6"
);

pub(super) const COUNT_KEPT: &str = concat!(
    "SELECT count(*) ",
    kept!("IN (SELECT value FROM json_each(?1))")
);

pub(super) const KEPT_SINCE: &str = "SELECT min((\
         SELECT kept.sent_at FROM lback_signal AS kept WHERE kept.name = name.value AND kept.keep IS NOT NULL \
         ORDER BY kept.sent_at LIMIT 1\
     )) FROM json_each(?1) AS name";

/// Returns the keys of the signals of a list.
pub(super) const KEYS: &str = "SELECT DISTINCT key FROM lback_signal \
     WHERE id IN (SELECT unhex(value) FROM json_each(?1)) AND key IS NOT NULL";

/// Inserts a delivery to the receiver `?3` of each signal of a list. Parks those in a chain, whose name is `?4`.
pub(super) const DELIVER_KEPT: &str = concat!(
    "INSERT INTO lback_delivery (signal, receiver, version, key, ordered_as, due_at) \
     SELECT id, ?3, version, key, iif(key IS NOT NULL, ?4, NULL), \
         CASE WHEN key IS NOT NULL AND ?4 IS NOT NULL THEN 9223372036854775807 ELSE ",
    now!(),
    " END FROM lback_signal WHERE id IN (SELECT unhex(value) FROM json_each(?2)) ORDER BY sent_at, id"
);

/// Notes that the signals of a list have a delivery again.
pub(super) const UNDO_DONE: &str =
    "UPDATE lback_signal SET done_at = NULL WHERE id IN (SELECT unhex(value) FROM json_each(?1))";

/// The dead letters of signals `?1` that were sent at `?3` or later, after the number `?4` and up to `?5`.
macro_rules! dead {
    ($receivers:literal) => {
        concat!(
            "FROM lback_delivery AS dead CROSS JOIN lback_signal AS sent ON sent.id = dead.signal \
             WHERE dead.receiver ",
            $receivers,
            " AND dead.due_at IS NULL AND dead.number > ?4 AND dead.number <= ?5 \
             AND sent.name IN (SELECT value FROM json_each(?1)) AND sent.sent_at >= ?3"
        )
    };
}

/// Returns the first dead letters of the receivers `?2`, up to `?6` of them.
pub(super) const DEAD: &str = concat!(
    "SELECT delivery.number FROM json_each(?2) AS receiver CROSS JOIN lback_delivery AS delivery \
     ON delivery.number IN (SELECT dead.number ",
    dead!("= receiver.value"),
    " ORDER BY dead.number LIMIT ?6) ORDER BY delivery.number LIMIT ?6"
);

pub(super) const COUNT_DEAD: &str = concat!(
    "SELECT count(*) ",
    dead!("IN (SELECT value FROM json_each(?2))")
);
