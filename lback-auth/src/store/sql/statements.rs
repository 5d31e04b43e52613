//! The statements, as far as both databases take them word for word.

/// The columns of an account that make a [`User`](crate::User).
macro_rules! account_columns {
    () => {
        "id, username, email, verified_email, password, epoch, is_active"
    };
}

/// Selects an account by its id, with the clause that locks it.
macro_rules! find {
    ($lock:literal) => {
        concat!(
            "SELECT ",
            account_columns!(),
            " FROM lback_account WHERE id = $1",
            $lock
        )
    };
}

/// Selects the accounts that have one of two keys, with the clause that locks them.
macro_rules! find_by_keys {
    ($lock:literal) => {
        concat!(
            "SELECT ",
            account_columns!(),
            " FROM lback_account WHERE username_key = $1 OR email_key = $2",
            $lock
        )
    };
}

/// The condition that a token is good at the time of an argument: [`PendingToken::is_good_at`], with its
/// tolerance in microseconds.
///
/// [`PendingToken::is_good_at`]: crate::PendingToken::is_good_at
macro_rules! is_good_at {
    ($now:literal) => {
        concat!(
            "expires_at > ",
            $now,
            " AND issued_at <= ",
            $now,
            " + 300000000"
        )
    };
}

/// The statements that delete the tokens that [can go], the sessions that expired long ago and the attempts that no
/// longer count, one per index
/// that finds them. Each deletes the first rows from the instant `$2` on, at most `$3`, and returns their
/// instants. The arguments are the time, an expression of `$1`, and the clause that skips locked rows.
///
/// With both conditions of tokens in one statement, PostgreSQL would read all that meet them in each round.
/// It keeps deleted rows in an index until they are vacuumed, and without `$2` would read those again, too.
/// The rows of a round are materialised: PostgreSQL may run a subquery more than once, and lock more of them.
///
/// [can go]: crate::PendingToken::can_be_purged_at
macro_rules! purge {
    ($now:literal, $lock:literal) => {
        [
            purge!(
                "lback_token",
                "account, purpose",
                "expires_at",
                concat!("<= ", $now),
                $lock
            ),
            // A day in microseconds.
            purge!(
                "lback_token",
                "account, purpose",
                "issued_at",
                concat!("> ", $now, " + 86400000000"),
                $lock
            ),
            // `Session::KEPT_AFTER_EXPIRY` in microseconds.
            purge!(
                "lback_session",
                "number",
                "idle_expires_at",
                concat!("<= ", $now, " - 2592000000000"),
                $lock
            ),
            purge!(
                "lback_session",
                "number",
                "last_seen_at",
                concat!("> ", $now, " + 86400000000"),
                $lock
            ),
            purge!(
                "lback_attempt",
                "key",
                "expires_at",
                concat!("<= ", $now),
                $lock
            ),
        ]
    };
    ($table:literal, $key:literal, $instant:literal, $bound:expr, $lock:literal) => {
        concat!(
            "WITH round AS MATERIALIZED (SELECT ",
            $key,
            " FROM ",
            $table,
            " WHERE ",
            $instant,
            " >= $2 AND ",
            $instant,
            " ",
            $bound,
            " ORDER BY ",
            $instant,
            " LIMIT $3",
            $lock,
            ") DELETE FROM ",
            $table,
            " WHERE (",
            $key,
            ") IN (SELECT ",
            $key,
            " FROM round) RETURNING ",
            $instant,
            " AS instant"
        )
    };
}

#[cfg(test)]
pub(in crate::store) use is_good_at;
pub(in crate::store) use purge;

pub(in crate::store) const FIND: &str = find!("");

pub(in crate::store) const FIND_BY_KEYS: &str = find_by_keys!("");

#[cfg(feature = "postgres")]
pub(in crate::store) const FIND_LOCKED: &str = find!(" FOR NO KEY UPDATE");

#[cfg(feature = "postgres")]
pub(in crate::store) const FIND_BY_KEYS_LOCKED: &str = find_by_keys!(" FOR NO KEY UPDATE");

pub(in crate::store) const PAGE: &str = concat!(
    "SELECT ",
    account_columns!(),
    " FROM lback_account WHERE id > $1 ORDER BY id LIMIT $2"
);

pub(in crate::store) const INSERT_ACCOUNT: &str = concat!(
    "INSERT INTO lback_account (username, username_key, email, email_key, verified_email, ",
    "password, epoch, is_active, registered_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ",
    "ON CONFLICT DO NOTHING RETURNING ",
    account_columns!()
);

pub(in crate::store) const UPDATE_ACCOUNT: &str = concat!(
    "UPDATE lback_account SET username = $1, username_key = $2, email = $3, email_key = $4, ",
    "verified_email = $5, password = $6, epoch = $7, is_active = $8 WHERE id = $9 RETURNING ",
    account_columns!()
);

pub(in crate::store) const DELETE_ACCOUNTS: &str = "DELETE FROM lback_account WHERE id IN ($1, $2)";

pub(in crate::store) const FIND_TOKEN: &str = concat!(
    "SELECT account, email FROM lback_token WHERE digest = $1 AND purpose = $2 AND ",
    is_good_at!("$3")
);

pub(in crate::store) const PUT_TOKEN: &str = "\
    INSERT INTO lback_token (account, purpose, digest, email, issued_at, expires_at) \
    VALUES ($1, $2, $3, $4, $5, $6) \
    ON CONFLICT (account, purpose) DO UPDATE SET digest = excluded.digest, \
    email = excluded.email, issued_at = excluded.issued_at, expires_at = excluded.expires_at";

pub(in crate::store) const DELETE_TOKEN: &str = concat!(
    "DELETE FROM lback_token WHERE digest = $1 AND purpose = $2 AND ",
    is_good_at!("$3"),
    " AND account = $4"
);

pub(in crate::store) const DELETE_TOKENS: &str =
    "DELETE FROM lback_token WHERE account IN ($1, $2)";

/// Counts an attempt for both keys or for none, and returns those that it was counted for. The
/// arguments are what gives `now`, an expression of `$1`, and the wait of a `step`, an expression of
/// `waits`.
///
/// A row of `limits` has a key, its free attempts, the waits after those and after each further attempt,
/// the wait after a first attempt and when that is forgotten, and after how many microseconds attempts
/// are forgotten. [`AttemptLimit`](crate::AttemptLimit) has made the waits.
///
/// An attempt without a wait leaves none behind (`NULL`): another one may have read an earlier time.
///
/// The condition on `DO UPDATE` is for PostgreSQL, where another attempt may be counted between the
/// look at both keys and this one. The other key may be counted by then; the attempt is refused all
/// the same. In SQLite nothing comes in between.
///
/// The keys are in order, so that no two attempts wait for each other.
macro_rules! reserve_attempt {
    ($now:literal, $wait:literal) => {
        concat!(
            "WITH clock (now) AS (SELECT ",
            $now,
            "), limits (key, free, waits, first_wait, first_end, forgotten_after) AS (\
                VALUES ($2, $3, $4, $5, $6, $7), ($8, $9, $10, $11, $12, $13)\
            ) \
            INSERT INTO lback_attempt (key, attempts, not_before, expires_at) \
            SELECT key, 1, now + NULLIF(first_wait, 0), now + first_end FROM limits, clock \
            WHERE key IS NOT NULL AND NOT EXISTS (\
                SELECT 1 FROM lback_attempt WHERE key IN ($2, $8) AND not_before > now\
            ) \
            ORDER BY key \
            ON CONFLICT (key) DO UPDATE SET (attempts, not_before, expires_at) = (\
                SELECT attempts, now + NULLIF(wait, 0), CASE WHEN now + wait > forgotten_at \
                    THEN now + wait ELSE forgotten_at END \
                FROM (\
                    SELECT attempts, now, forgotten_at, ",
            $wait,
            " AS wait \
                    FROM (\
                        SELECT counted.*, CASE WHEN attempts <= free THEN 0 \
                            WHEN attempts - free > 21 THEN 21 \
                            ELSE CAST(attempts - free AS INTEGER) END AS step \
                        FROM (\
                            SELECT now, free, waits, \
                                CASE WHEN lback_attempt.expires_at > now \
                                THEN lback_attempt.attempts + 1 ELSE 1 END AS attempts, \
                                CASE WHEN lback_attempt.expires_at > now \
                                THEN lback_attempt.expires_at ELSE now + forgotten_after \
                                END AS forgotten_at \
                            FROM limits, clock WHERE limits.key = excluded.key\
                        ) AS counted\
                    ) AS stepped\
                ) AS delayed\
            ) \
            WHERE lback_attempt.not_before IS NULL \
                OR lback_attempt.not_before <= (SELECT now FROM clock) \
            RETURNING key"
        )
    };
}

/// Selects the end of the delay of two keys, and the time by the clock that counts their attempts.
macro_rules! delay_end {
    ($now:literal) => {
        concat!(
            "SELECT max(not_before) AS until, ",
            $now,
            " AS now FROM lback_attempt WHERE key IN ($1, $2)"
        )
    };
}

pub(in crate::store) use {delay_end, reserve_attempt};

pub(in crate::store) const CLEAR_ATTEMPTS: &str = "DELETE FROM lback_attempt WHERE key = $1";

pub(in crate::store) const RETURN_ATTEMPT: &str =
    "UPDATE lback_attempt SET attempts = attempts - 1 WHERE key = $1 AND attempts > 0";

pub(in crate::store) const AUDIT: &str = "\
    SELECT number, at, signal, account, outcome, actor, client, request_id \
    FROM lback_audit WHERE number > $1 ORDER BY number LIMIT $2";

pub(in crate::store) const AUDIT_OF: &str = "\
    SELECT number, at, signal, account, outcome, actor, client, request_id \
    FROM lback_audit WHERE account = $1 AND number > $2 ORDER BY number LIMIT $3";

pub(in crate::store) const APPEND_AUDIT: &str = "\
    INSERT INTO lback_audit (at, signal, account, outcome, actor, client, request_id) ";

pub(in crate::store) const RELEASE: &str = "RELEASE SAVEPOINT lback";

/// Rolls back to the savepoint, and releases it in the same message, so that a refusal takes as many
/// messages as a success.
pub(in crate::store) const ROLL_BACK: &str = "ROLLBACK TO SAVEPOINT lback; RELEASE SAVEPOINT lback";

pub(in crate::store) const SCHEMA_VERSION: &str =
    "SELECT COALESCE(max(version), 0) AS version FROM lback_schema";

pub(in crate::store) const CREATE_SCHEMA: &str = "\
    CREATE TABLE IF NOT EXISTS lback_schema \
    (version BIGINT NOT NULL PRIMARY KEY, accounts TEXT NOT NULL)";

/// The name of the table of accounts that the ledger belongs to.
pub(in crate::store) const SCHEMA_ACCOUNTS: &str =
    "SELECT accounts FROM lback_schema WHERE version = $1";

pub(in crate::store) const MIGRATED: &str =
    "INSERT INTO lback_schema (version, accounts) VALUES ($1, $2)";
