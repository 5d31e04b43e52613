//! What PostgreSQL means by its error codes.

use sqlx::postgres::{PgDatabaseError, PgSeverity};

/// Whether an error of a COMMIT says that nothing was committed: the server's own answer does, such as
/// that of a constraint that is checked at the end, unless it is that it ends the session, which it may
/// do when it has committed already, or that it does not know (class 08, 40003).
pub(super) fn says_no(error: &sqlx::Error) -> bool {
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

/// Whether trying again may help: classes 08 (the connection), 40 (rolled back for the sake of another
/// transaction) and 53 (too few resources), a lock that others hold, and the server that stops or
/// starts.
pub(super) fn is_passing(code: &str) -> bool {
    ["08", "40", "53", "55P03", "57P0"]
        .iter()
        .any(|class| code.starts_with(class))
}
