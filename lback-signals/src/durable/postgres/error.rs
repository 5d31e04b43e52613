//! Classifies errors of PostgreSQL.

use sqlx::postgres::PgDatabaseError;

use crate::durable::error::OutboxError;
use crate::durable::sql_error::Class;

/// `https://www.postgresql.org/docs/current/errcodes-appendix.html` lists the codes.
pub(in crate::durable) fn class(error: &PgDatabaseError) -> Class {
    match error.code() {
        // A failed serialization, a deadlock, a lock that is not free, and a statement that took too long.
        "40001" | "40P01" | "55P03" | "57014" => OutboxError::Locked,
        "53100" => OutboxError::DiskFull,
        // A read-only transaction; a transaction that writes on a standby server; a missing privilege.
        "25006" | "0A000" | "42501" => OutboxError::ReadOnly,
        code => {
            // Connections; the end of a session that was idle or too long; memory and connections; the operator has
            // stopped the server or the session; errors of the system.
            let unavailable = ["08", "25P03", "25P04", "53", "57P", "58"];
            if unavailable.iter().any(|class| code.starts_with(class)) {
                OutboxError::Unavailable
            } else {
                OutboxError::Database
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use sqlx::postgres::PgConnectOptions;
    use sqlx::{AssertSqlSafe, ConnectOptions as _, raw_sql};

    use crate::durable::error::OutboxError;

    #[tokio::test]
    #[ignore = "needs LBACK_POSTGRES_URL"]
    async fn a_server_that_refuses_to_write_is_read_only() {
        let url = test_support::service("LBACK_POSTGRES_URL");
        let options: PgConnectOptions = url.parse().unwrap();
        let mut connection = options.connect().await.unwrap();
        for code in ["25006", "0A000", "42501"] {
            let raise = format!("DO $$ BEGIN RAISE 'refused' USING ERRCODE = '{code}'; END $$");
            let raised = raw_sql(AssertSqlSafe(raise)).execute(&mut connection).await;
            let error = OutboxError::of_database(raised.unwrap_err());
            assert!(
                matches!(error, OutboxError::ReadOnly(_)),
                "{code}: {error:?}"
            );
        }
    }
}
