//! The statements that search for rows, whose plans each database is asked for.

use super::Dialect;
use super::session_statements::{
    DELETE_SESSIONS, END_SESSIONS, FIND_SESSION, FIND_SESSION_AND_ACCOUNT, INSERT_SESSION,
    ROTATE_SESSION, SESSIONS, SIGN_OUT, TOUCH_SESSION,
};
use super::statements::{
    AUDIT, AUDIT_OF, CLEAR_ATTEMPTS, DELETE_ACCOUNTS, DELETE_TOKEN, DELETE_TOKENS, FIND,
    FIND_BY_KEYS, FIND_TOKEN, PAGE, PUT_TOKEN, RETURN_ATTEMPT, UPDATE_ACCOUNT,
};

/// Returns each statement with the types of its arguments, as PostgreSQL names them.
pub(in crate::store) fn statements<D: Dialect>() -> Vec<(&'static str, &'static str)> {
    let mut statements = vec![
        (FIND, "bigint"),
        (D::FIND_LOCKED, "bigint"),
        (FIND_BY_KEYS, "text, text"),
        (D::FIND_BY_KEYS_LOCKED, "text, text"),
        (PAGE, "bigint, bigint"),
        (
            UPDATE_ACCOUNT,
            "text, text, text, text, text, text, bytea, boolean, bigint",
        ),
        (DELETE_ACCOUNTS, "bigint, bigint"),
        (FIND_TOKEN, "bytea, text, bigint"),
        (PUT_TOKEN, "text, text, bytea, text, bigint, bigint"),
        (DELETE_TOKEN, "bytea, text, bigint, text"),
        (DELETE_TOKENS, "text, text"),
        (FIND_SESSION, "bytea, bigint"),
        (FIND_SESSION_AND_ACCOUNT, "bytea, bigint"),
        (SESSIONS, "text"),
        (
            INSERT_SESSION,
            "bytea, text, bigint, bigint, bigint, bigint, bigint, boolean, text, text",
        ),
        (TOUCH_SESSION, "bytea, bigint, bigint, bigint"),
        (ROTATE_SESSION, "bytea, bigint, bytea, bigint, text"),
        (SIGN_OUT, "bytea"),
        (END_SESSIONS, "text, bytea, bigint"),
        (DELETE_SESSIONS, "text, text"),
        (
            D::RESERVE_ATTEMPT,
            "bigint, \
             bytea, bigint, bigint[], bigint, bigint, bigint, \
             bytea, bigint, bigint[], bigint, bigint, bigint",
        ),
        (D::DELAY_END, "bytea, bytea, bigint"),
        (CLEAR_ATTEMPTS, "bytea"),
        (RETURN_ATTEMPT, "bytea"),
        (AUDIT, "bigint, bigint"),
        (AUDIT_OF, "text, bigint, bigint"),
    ];
    statements.extend(D::PURGE.map(|statement| (statement, "bigint, bigint, bigint")));
    statements
}
