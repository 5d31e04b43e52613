//! What both databases have in common, and what needs none of them.

pub(super) mod error;
#[cfg(test)]
pub(super) mod plans;
pub(super) mod quantity;
pub(super) mod statements;

#[cfg(test)]
mod tests {
    use super::statements::{is_good_at, purge};
    use crate::PendingToken;

    #[test]
    fn tokens_are_good_as_the_model_has_it() {
        let tolerance = PendingToken::CLOCK_TOLERANCE.as_micros();
        assert!(is_good_at!("$3").ends_with(&format!(" AND issued_at <= $3 + {tolerance}")));
        let far = PendingToken::FAR_AHEAD.as_micros();
        let [_, far_ahead, _] = purge!("$1", "");
        assert!(far_ahead.contains(&format!(" issued_at > $1 + {far} ORDER ")));
    }
}
