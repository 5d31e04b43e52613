//! The content that the tables must have if the audit log is right and complete.

use std::collections::{BTreeMap, BTreeSet};

use lback_auth::TokenPurpose;

use super::call::{Call, What};
use super::tables::Entry;

#[derive(Default)]
pub(super) struct Replay {
    /// By their ids.
    pub(super) accounts: BTreeMap<String, Account>,
    /// The tokens that are out: of which account, and for what.
    pub(super) tokens: BTreeSet<(String, &'static str)>,
    /// The mails that say what was done: their subjects and addresses.
    pub(super) notices: Vec<(&'static str, String)>,
}

pub(super) struct Account {
    pub(super) name: String,
    pub(super) email: String,
    pub(super) is_verified: bool,
    pub(super) password: String,
}

impl Replay {
    /// One more entry, and the call that it is of.
    pub(super) fn add(&mut self, entry: &Entry, call: &Call) {
        match (&entry.account, entry.what.as_str(), &call.what) {
            (Some(id), "user_registered done", What::Register { email, password }) => {
                let account = Account {
                    name: call.account.clone(),
                    email: email.clone(),
                    is_verified: false,
                    password: password.clone(),
                };
                assert!(self.accounts.insert(id.clone(), account).is_none());
            }
            // Of an account that comes next, or of none.
            (_, "user_registering allowed" | "user_password_set done", What::Register { .. })
            | (None, "user_authentication_failed throttled", What::SignIn { .. }) => {}
            (id, what, _) => {
                let id = id.as_ref().expect(what);
                assert_eq!(self.accounts[id].name, call.account, "{what}");
                self.change(id, what, call);
            }
        }
    }

    fn change(&mut self, id: &str, entry: &str, call: &Call) {
        let account = self.accounts.get_mut(id).unwrap();
        match (entry, &call.what) {
            ("user_email_verified token", What::Verify { .. }) => {
                account.is_verified = true;
                self.use_up(id, TokenPurpose::EmailVerification);
            }
            ("user_email_changed done", What::ChangeEmail { email, .. }) => {
                let old = std::mem::replace(&mut account.email, email.clone());
                account.is_verified = true;
                self.notices.push(("Your address was changed", old));
                self.use_up(id, TokenPurpose::EmailChange);
                self.end_tokens(id);
            }
            ("user_password_changed change", What::ChangePassword { old, new }) => {
                assert_eq!(account.password, *old, "which was not the one before");
                account.password.clone_from(new);
                self.notices
                    .push(("Your password was changed", account.email.clone()));
                self.end_tokens(id);
            }
            ("user_password_changed reset", What::Reset { new, .. }) => {
                account.password.clone_from(new);
                self.notices
                    .push(("Your password was changed", account.email.clone()));
                self.use_up(id, TokenPurpose::PasswordReset);
                self.end_tokens(id);
            }
            ("user_authenticated granted", What::SignIn { password }) => {
                assert!(account.is_verified, "whose address is not verified");
                assert_eq!(account.password, *password, "by another password");
            }
            (entry, _) => {
                if let Some((mailed, purpose)) = call.mailed()
                    && mailed == entry
                {
                    self.tokens.insert((id.to_owned(), purpose.as_str()));
                }
            }
        }
    }

    fn use_up(&mut self, id: &str, purpose: TokenPurpose) {
        let was_out = self.tokens.remove(&(id.to_owned(), purpose.as_str()));
        assert!(was_out, "a token was used up that was not out");
    }

    fn end_tokens(&mut self, id: &str) {
        self.tokens.retain(|(owner, _)| owner != id);
    }
}
