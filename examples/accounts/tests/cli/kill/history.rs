//! The calls until now, and their outcomes.

use lback_auth::TokenPurpose;

use super::call::{Call, What};
use super::replay::{Account, Replay};
use super::round::End;
use super::tables::Tables;
use crate::database::Database;

#[derive(Default)]
pub(super) struct History {
    /// The place of each is its request id.
    pub(super) calls: Vec<(Call, End)>,
    /// The tokens that were mailed, except for those that were replaced before they were seen.
    pub(super) sent: Vec<Sent>,
    /// The purposes and addresses of the mails with a token.
    pub(super) mails: Vec<(TokenPurpose, String)>,
    /// The subjects and addresses of the mails without one.
    pub(super) notices: Vec<(String, String)>,
    /// The content of the tables.
    pub(super) tables: Tables,
    /// The content of the tables if the audit log is right.
    pub(super) replay: Replay,
}

/// A token that was mailed.
pub(super) struct Sent {
    pub(super) purpose: TokenPurpose,
    pub(super) token: String,
    /// The name of whose it is.
    pub(super) account: String,
    pub(super) to: String,
}

impl History {
    /// Reads what the tables hold now.
    pub(super) fn read(&mut self, database: &mut Database) {
        self.tables = Tables::read(database);
        let mut replay = Replay::default();
        for entry in &self.tables.log {
            replay.add(entry, &self.calls[entry.call].0);
        }
        self.replay = replay;
    }

    pub(super) fn account(&self, name: &str) -> Option<&Account> {
        let mut accounts = self.replay.accounts.values();
        accounts.find(|account| account.name == name)
    }

    /// The tokens of a kind that are out.
    pub(super) fn out(&self, purpose: TokenPurpose) -> impl Iterator<Item = &Sent> {
        let sent = self.sent.iter().filter(move |sent| sent.purpose == purpose);
        sent.filter(move |sent| self.tables.token(purpose, &sent.token).is_some())
    }

    /// How often a reset was asked for.
    pub(super) fn resets(&self, address: &str) -> usize {
        let is_one =
            |call: &Call| matches!(&call.what, What::AskForReset { email } if email == address);
        self.calls.iter().filter(|(call, _)| is_one(call)).count()
    }

    /// The exit code of a call that is not interrupted.
    pub(super) fn foresees(&self, call: &Call) -> i32 {
        let account = self.account(&call.account);
        match (&call.what, call.token()) {
            (_, Some((purpose, token))) if self.tables.token(purpose, token).is_none() => 2,
            (What::SignIn { password }, _) => {
                let may = account
                    .is_some_and(|account| account.is_verified && account.password == *password);
                i32::from(!may)
            }
            _ => 0,
        }
    }
}

impl Sent {
    /// The call that uses it, which sets this password if it is for that.
    pub(super) fn using(&self, new: &str) -> Call {
        let (token, new) = (self.token.clone(), new.to_owned());
        let what = match self.purpose {
            TokenPurpose::EmailVerification => What::Verify { token },
            TokenPurpose::PasswordReset => What::Reset { token, new },
            TokenPurpose::EmailChange => What::ChangeEmail {
                token,
                email: self.to.clone(),
            },
        };
        Call::new(&self.account, what)
    }
}
