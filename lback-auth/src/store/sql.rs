//! The SQL implementation of a store, generic over the [`Dialect`].

mod attempt;
mod columns;
mod dialect;
mod error;
mod ledger;
mod log;
mod migrate;
mod open;
mod outbox;
#[cfg(test)]
pub(super) mod plans;
mod purge;
mod quantity;
mod reading;
mod row;
mod session;
pub(super) mod session_statements;
pub(super) mod statements;
mod token;
mod transaction;
mod users;
mod value;

pub(super) use self::dialect::{Dialect, sqlx_calls};
pub(super) use self::error::Kind;
pub use self::ledger::SqlLedger;
pub(super) use self::open::Open;
pub(super) use self::outbox::SqlOutbox;
pub(super) use self::reading::ReadStatement;
pub use self::transaction::SqlTransaction;
pub use self::users::UserTable;
pub(super) use self::value::Value;

#[cfg(test)]
mod tests {
    use super::statements::{is_good_at, purge, reserve_attempt};
    use crate::session::Session;
    use crate::store::AttemptLimit;
    use crate::token::PendingToken;

    #[test]
    fn tokens_are_good_as_in_the_model() {
        let tolerance = PendingToken::CLOCK_TOLERANCE.as_micros();
        assert!(is_good_at!("$3").ends_with(&format!(" AND issued_at <= $3 + {tolerance}")));
        let far = PendingToken::FAR_AHEAD.as_micros();
        let [_, far_ahead, over, also_far_ahead, _] = purge!("$1", "");
        assert!(far_ahead.contains(&format!(" issued_at > $1 + {far} ORDER ")));
        let kept = Session::KEPT_AFTER_EXPIRY.as_micros();
        assert!(over.contains(&format!(" idle_expires_at <= $1 - {kept} ORDER ")));
        assert!(also_far_ahead.contains(&format!(" last_seen_at > $1 + {far} ORDER ")));
    }

    #[test]
    fn waits_have_as_many_steps_as_a_limit() {
        let last = AttemptLimit::MAX_DOUBLINGS + 1;
        let statement = reserve_attempt!("$1", "wait");
        assert!(statement.contains(&format!("attempts - free > {last} THEN {last} ")));
    }
}
