//! The statements that look for rows, whose plans each database is asked for.

use super::statements::{
    AUDIT, CLEAR_ATTEMPTS, DELETE, DELETE_IN_THE_WAY, DELETE_IN_THE_WAY_OF_EMAIL, END_TOKENS, FIND,
    FIND_BY_EMAIL, FIND_BY_LOGIN, FIND_BY_TOKEN, HOLDER_OF_USERNAME, MARK_VERIFIED, NEXT_REQUEST,
    PAGE, RETURN_ATTEMPT, SET_ACTIVE, SET_EMAIL, SET_PASSWORD, TAKE_REQUEST,
};

/// Each statement with the types of its arguments, as PostgreSQL names them.
pub(in crate::store) const STATEMENTS: &[(&str, &str)] = &[
    (FIND, "bigint"),
    (FIND_BY_LOGIN, "text"),
    (FIND_BY_EMAIL, "text"),
    (FIND_BY_TOKEN, "bytea, text, bigint"),
    (PAGE, "bigint, bigint"),
    (DELETE_IN_THE_WAY, "text, text, boolean"),
    (HOLDER_OF_USERNAME, "text"),
    (SET_PASSWORD, "bigint, text, bytea, boolean, text, bytea"),
    (MARK_VERIFIED, "bigint, text"),
    (DELETE_IN_THE_WAY_OF_EMAIL, "text, bigint, boolean"),
    (SET_EMAIL, "bigint, text, text, text"),
    (SET_ACTIVE, "bigint, boolean, bytea"),
    (DELETE, "bigint"),
    (END_TOKENS, "bigint"),
    (CLEAR_ATTEMPTS, "bytea"),
    (RETURN_ATTEMPT, "bytea"),
    (NEXT_REQUEST, "bigint"),
    (TAKE_REQUEST, "bigint"),
    (AUDIT, "bigint, bigint"),
];
