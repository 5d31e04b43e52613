//! The tokens that are out.

use time::OffsetDateTime;

use crate::{PendingToken, TokenKey, TokenPurpose};

/// At most one of each purpose for each account.
#[derive(Clone, Default)]
pub(super) struct Tokens(Vec<Token>);

#[derive(Clone)]
struct Token {
    account: i64,
    purpose: TokenPurpose,
    pending: PendingToken,
}

impl Tokens {
    pub(super) fn put(&mut self, account: i64, purpose: TokenPurpose, pending: &PendingToken) {
        self.0
            .retain(|token| (token.account, token.purpose) != (account, purpose));
        self.0.push(Token {
            account,
            purpose,
            pending: pending.clone(),
        });
    }

    /// The account that one is out for which is good, and the address that it is for.
    pub(super) fn find(&self, key: &TokenKey, now: OffsetDateTime) -> Option<(i64, &str)> {
        let token = &self.0[self.position(key, now)?];
        Some((token.account, token.pending.email()))
    }

    pub(super) fn take(&mut self, key: &TokenKey, now: OffsetDateTime) -> Option<(i64, String)> {
        let token = self.0.swap_remove(self.position(key, now)?);
        Some((token.account, token.pending.email().to_owned()))
    }

    pub(super) fn end(&mut self, account: i64) {
        self.0.retain(|token| token.account != account);
    }

    pub(super) fn purge(&mut self, now: OffsetDateTime) -> usize {
        let before = self.0.len();
        self.0.retain(|token| !token.pending.can_be_purged_at(now));
        before - self.0.len()
    }

    fn position(&self, key: &TokenKey, now: OffsetDateTime) -> Option<usize> {
        self.0.iter().position(|token| {
            TokenKey::of_pending(token.purpose, &token.pending) == *key
                && token.pending.is_good_at(now)
        })
    }
}
