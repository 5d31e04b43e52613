//! The meaning of PostgreSQL's error codes.

use sqlx::postgres::{PgDatabaseError, PgSeverity};

use crate::store::sql::Kind;

/// Returns whether an error of a COMMIT says that nothing was committed. The server's answers do, such
/// as the violation of a deferred constraint, with two exceptions: it may end the session when it has
/// committed already, and it may not know (class 08, 40003).
pub(super) fn is_commit_refused(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(answer) = error else {
        return false;
    };
    answer
        .try_downcast_ref::<PgDatabaseError>()
        .is_some_and(|answer| {
            let code = answer.code();
            answer.severity() == PgSeverity::Error && !code.starts_with("08") && code != "40003"
        })
}

/// Returns whether an error of a BEGIN says that a transaction is open already: the message divides by
/// zero, or the transaction has another isolation (25001) or is aborted (25P02).
pub(super) fn is_already_open(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(answer) = error else {
        return false;
    };
    matches!(answer.code().as_deref(), Some("22012" | "25001" | "25P02"))
}

/// Returns the kind of an error code. Trying again may help in classes 08 (connection), 40 (rolled back
/// in favour of another transaction) and 53 (too few resources), and while the server stops or starts.
pub(in crate::store) fn kind(code: &str) -> Kind {
    match code {
        "40001" => Kind::SerializationFailure,
        "40P01" => Kind::Deadlock,
        "55P03" | "57014" => Kind::TimedOut,
        _ if ["08", "40", "53", "57P0"]
            .iter()
            .any(|class| code.starts_with(class)) =>
        {
            Kind::Unavailable
        }
        _ => Kind::Refused,
    }
}
