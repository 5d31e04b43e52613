//! All that is stored.

use time::OffsetDateTime;

use super::accounts::{Accounts, Holder};
use super::attempts::Attempts;
use super::numbered::Numbered;
use super::tokens::Tokens;
use crate::{
    AddressRequest, AuditEntry, AuthUser, EmailSet, Inserted, NormalForm, PendingToken, TokenKey,
    TokenOwner, TokenPurpose, User, UserId,
};

/// All that is stored, and what is about more than one part of it.
#[derive(Clone, Default)]
pub(super) struct State {
    pub(super) accounts: Accounts,
    tokens: Tokens,
    pub(super) attempts: Attempts,
    pub(super) requests: Numbered<AddressRequest>,
    pub(super) audit: Numbered<AuditEntry>,
}

impl State {
    pub(super) fn insert(&mut self, user: &User, replaces_unverified: bool) -> Inserted<User> {
        let texts = [user.username(), user.email()];
        if texts.iter().any(|text| NormalForm::of(text).is_empty()) {
            return Inserted::Unstorable;
        }
        let accounts = &self.accounts;
        let of_name = accounts.holder_of_name(user.username(), replaces_unverified);
        let of_address = accounts.holder_of_address(user.email(), replaces_unverified);
        if matches!(of_name, Holder::Another) {
            return Inserted::UsernameTaken;
        }
        if matches!(of_address, Holder::Another) {
            return Inserted::EmailTaken;
        }
        let replaced = [of_name, of_address];
        Inserted::Stored {
            replaced: replaced
                .into_iter()
                .filter_map(|holder| self.replace(holder))
                .collect(),
            user: self.accounts.push(user),
        }
    }

    pub(super) fn set_email(
        &mut self,
        id: &UserId,
        old: &str,
        new: &str,
        replaces_unverified: bool,
    ) -> EmailSet<User> {
        if NormalForm::of(new).is_empty() {
            return EmailSet::Unstorable;
        }
        let user = self.accounts.find(id);
        let Some(user) = user.filter(|user| user.email() == old) else {
            return EmailSet::Changed;
        };
        let name_follows = NormalForm::of(user.username()) == NormalForm::of(old);
        let replaced = if NormalForm::of(old) == NormalForm::of(new) {
            // It is the same mailbox, spelled otherwise.
            None
        } else {
            let holder = self.accounts.holder_of_address(new, replaces_unverified);
            let gives_way = match holder {
                Holder::Nobody => None,
                Holder::Replaceable(number) => Some(number),
                Holder::Another => return EmailSet::Taken,
            };
            let named = self.accounts.named(new);
            if name_follows && named.is_some() && named != gives_way {
                return EmailSet::Taken;
            }
            self.replace(holder)
        };
        match self.accounts.set_email(id, new, name_follows) {
            Some(user) => EmailSet::Set { user, replaced },
            None => EmailSet::Changed,
        }
    }

    pub(super) fn delete(&mut self, id: &UserId) -> Option<User> {
        let number = self.accounts.number(id)?;
        self.remove(number)
    }

    pub(super) fn put_token(
        &mut self,
        id: &UserId,
        purpose: TokenPurpose,
        token: &PendingToken,
    ) -> bool {
        let number = self.accounts.number(id);
        if let Some(number) = number {
            self.tokens.put(number, purpose, token);
        }
        number.is_some()
    }

    pub(super) fn find_by_token(
        &self,
        token: &TokenKey,
        now: OffsetDateTime,
    ) -> Option<(User, String)> {
        let (number, email) = self.tokens.find(token, now)?;
        Some((self.accounts.get(number)?, email.to_owned()))
    }

    pub(super) fn consume_token(
        &mut self,
        token: &TokenKey,
        now: OffsetDateTime,
    ) -> Option<TokenOwner> {
        let (number, email) = self.tokens.take(token, now)?;
        let id = UserId::new(number);
        Some(TokenOwner { id, email })
    }

    pub(super) fn end_tokens(&mut self, id: &UserId) {
        if let Some(number) = self.accounts.number(id) {
            self.tokens.end(number);
        }
    }

    pub(super) fn purge(&mut self, now: OffsetDateTime) -> usize {
        self.tokens.purge(now) + self.attempts.purge(now)
    }

    fn replace(&mut self, holder: Holder) -> Option<User> {
        match holder {
            Holder::Replaceable(number) => self.remove(number),
            _ => None,
        }
    }

    fn remove(&mut self, number: i64) -> Option<User> {
        self.tokens.end(number);
        self.accounts.remove(number)
    }
}
