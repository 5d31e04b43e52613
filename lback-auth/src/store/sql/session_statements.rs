//! The statements about sessions.

/// The columns of a session.
macro_rules! session_columns {
    () => {
        "number, digest, account, started_at, last_seen_at, authenticated_at, idle_expires_at, expires_at, \
         is_remembered, client, user_agent"
    };
}

/// The condition that a session is valid at the time of an argument: [`Session::is_valid_at`], with its tolerance in
/// microseconds. A session that was signed out has no digest.
///
/// [`Session::is_valid_at`]: crate::Session::is_valid_at
macro_rules! is_valid_at {
    ($now:literal) => {
        concat!(
            "idle_expires_at > ",
            $now,
            " AND last_seen_at <= ",
            $now,
            " + 300000000"
        )
    };
}

pub(in crate::store) const FIND_SESSION: &str = concat!(
    "SELECT ",
    session_columns!(),
    " FROM lback_session WHERE digest = $1 AND ",
    is_valid_at!("$2")
);

/// Selects a session with its account, after the statements `$before` of the same message.
macro_rules! find_session_and_account {
    ($before:literal) => {
        concat!(
            $before,
            "SELECT ",
            session_columns!(),
            ", id, username, email, verified_email, password, epoch, is_active FROM lback_session \
             JOIN lback_account ON id = CAST(account AS BIGINT) WHERE digest = $1 AND ",
            is_valid_at!("$2")
        )
    };
}

pub(in crate::store) const FIND_SESSION_AND_ACCOUNT: &str = find_session_and_account!("");

/// [`FIND_SESSION_AND_ACCOUNT`], which fails if the connection has an open transaction: SQLite then refuses the BEGIN.
/// The BEGIN and the ROLLBACK change nothing.
#[cfg(feature = "sqlite")]
pub(in crate::store) const FIND_SESSION_AND_ACCOUNT_CHECKED: &str =
    find_session_and_account!("BEGIN; ROLLBACK; ");

pub(in crate::store) const SESSIONS: &str = concat!(
    "SELECT ",
    session_columns!(),
    " FROM lback_session WHERE account = $1 ORDER BY number"
);

/// Inserts a session, and returns whether an earlier one of the account had its client or its user agent.
pub(in crate::store) const INSERT_SESSION: &str = "\
    INSERT INTO lback_session (digest, account, started_at, last_seen_at, authenticated_at, \
    idle_expires_at, expires_at, is_remembered, client, user_agent) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING number, \
    EXISTS (SELECT 1 FROM lback_session AS earlier WHERE earlier.account = $2 AND earlier.client = $9 \
        AND earlier.number < lback_session.number) AS is_known_client, \
    EXISTS (SELECT 1 FROM lback_session AS earlier WHERE earlier.account = $2 AND earlier.user_agent = $10 \
        AND earlier.number < lback_session.number) AS is_known_user_agent";

/// Does nothing if the session was seen after the instant `$4`, or is no longer valid.
pub(in crate::store) const TOUCH_SESSION: &str = "\
    UPDATE lback_session SET last_seen_at = $2, idle_expires_at = $3 \
    WHERE digest = $1 AND last_seen_at <= $4 AND idle_expires_at > $2";

pub(in crate::store) const ROTATE_SESSION: &str = concat!(
    "UPDATE lback_session SET digest = $3, authenticated_at = COALESCE($4, authenticated_at) \
     WHERE digest = $1 AND account = $5 AND ",
    is_valid_at!("$2"),
    " RETURNING ",
    session_columns!()
);

pub(in crate::store) const SIGN_OUT: &str = concat!(
    "UPDATE lback_session SET digest = NULL WHERE digest = $1 RETURNING ",
    session_columns!()
);

/// Deletes the sessions of an account: all, all except the one with the digest `$2`, or the one with the number `$3`.
pub(in crate::store) const END_SESSIONS: &str = concat!(
    "DELETE FROM lback_session WHERE account = $1 \
     AND ($2 IS NULL OR digest IS DISTINCT FROM $2) AND number = COALESCE($3, number) RETURNING ",
    session_columns!()
);

pub(in crate::store) const DELETE_SESSIONS: &str =
    "DELETE FROM lback_session WHERE account IN ($1, $2)";

#[cfg(test)]
mod tests {
    use crate::token::PendingToken;

    #[test]
    fn the_tolerance_is_that_of_tokens() {
        let tolerance = PendingToken::CLOCK_TOLERANCE.as_micros();
        assert!(is_valid_at!("$2").ends_with(&format!(" AND last_seen_at <= $2 + {tolerance}")));
    }
}
