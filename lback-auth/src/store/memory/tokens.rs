//! The stored tokens.

use time::OffsetDateTime;

use crate::store::{TokenKey, TokenOwner};
use crate::token::{PendingToken, TokenPurpose};
use crate::user_id::UserId;

/// At most one token per account and purpose.
#[derive(Clone, Default)]
pub(super) struct Tokens(Vec<Token>);

#[derive(Clone)]
struct Token {
    account: UserId,
    purpose: TokenPurpose,
    pending: PendingToken,
}

impl Tokens {
    pub(super) fn put(&mut self, account: &UserId, purpose: TokenPurpose, pending: &PendingToken) {
        self.0
            .retain(|token| (&token.account, token.purpose) != (account, purpose));
        self.0.push(Token {
            account: account.clone(),
            purpose,
            pending: pending.clone(),
        });
    }

    /// Returns the owner of a good token.
    pub(super) fn find(&self, key: &TokenKey, now: OffsetDateTime) -> Option<TokenOwner> {
        let token = self.0.iter().find(|token| token.is_good(key, now))?;
        Some(TokenOwner {
            id: token.account.clone(),
            email: token.pending.email().to_owned(),
        })
    }

    /// Deletes a good token of an account, and returns whether it was there.
    pub(super) fn delete(&mut self, key: &TokenKey, account: &UserId, now: OffsetDateTime) -> bool {
        let before = self.0.len();
        self.0
            .retain(|token| token.account != *account || !token.is_good(key, now));
        self.0.len() < before
    }

    pub(super) fn delete_all(&mut self, accounts: [Option<&UserId>; 2]) {
        self.0
            .retain(|token| !accounts.contains(&Some(&token.account)));
    }

    pub(super) fn purge(&mut self, now: OffsetDateTime) -> usize {
        let before = self.0.len();
        self.0.retain(|token| !token.pending.can_be_purged_at(now));
        before - self.0.len()
    }
}

impl Token {
    fn is_good(&self, key: &TokenKey, now: OffsetDateTime) -> bool {
        TokenKey::of_pending(self.purpose, &self.pending) == *key && self.pending.is_good_at(now)
    }
}
