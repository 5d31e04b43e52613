//! The accounts as they should be, and what an action should come to.

use lback_auth::TokenPurpose;

use super::attempts::{Attempts, Key};

/// All that actions come to; each has to be among a thousand.
pub(super) const LABELS: &[&str] = &[
    "register: stored",
    "register: stored in place of one never verified",
    "register: email taken",
    "register: username taken",
    "register: not a name or address",
    "register: rejected password",
    "register: too many mails",
    "verify: done",
    "verify: bad token",
    "verify again: token",
    "verify again: no account waits for one",
    "verify again: too many mails",
    "login: granted",
    "login: not verified",
    "login: wrong password",
    "login: unknown",
    "login: inactive",
    "login: throttled",
    "passwd: done",
    "passwd: wrong password",
    "passwd: rejected password",
    "passwd: no such account in use",
    "passwd: throttled",
    "ask for reset: token",
    "ask for reset: no account's address",
    "ask for reset: too many mails",
    "reset: done",
    "reset: done and verified",
    "reset: bad token",
    "reset: rejected password",
    "change email: token",
    "change email: taken",
    "change email: not an address",
    "change email: no such account in use",
    "change email: too many mails",
    "confirm email: done",
    "confirm email: done in place of one never verified",
    "confirm email: bad token",
    "confirm email: taken by now",
    "deactivate: done",
    "deactivate: no such account",
    "reactivate: done",
    "reactivate: no such account",
    "list",
    "audit",
    "purge",
];

#[derive(Clone)]
pub(super) struct Account {
    pub(super) id: u32,
    pub(super) username: String,
    pub(super) email: String,
    pub(super) password: String,
    pub(super) is_verified: bool,
    pub(super) is_active: bool,
    pub(super) tokens: Vec<Token>,
}

/// One that is out.
#[derive(Clone)]
pub(super) struct Token {
    pub(super) purpose: TokenPurpose,
    pub(super) text: String,
    /// The address that it was mailed to.
    pub(super) email: String,
}

/// A signal, what came of it, and whose account it is about.
pub(super) type Entry = (&'static str, &'static str, Option<u32>);

/// The outcome of an action.
pub(super) struct Predicted {
    /// One of [`LABELS`].
    pub(super) label: &'static str,
    pub(super) code: i32,
    pub(super) entries: Vec<Entry>,
    /// The kind of the mail that is sent, and where to.
    pub(super) mail: Option<(&'static str, String)>,
    /// Whether the next attempt at the same has to wait.
    pub(super) begins_wait: bool,
}

impl Predicted {
    pub(super) fn done(label: &'static str, entries: Vec<Entry>) -> Self {
        Self {
            label,
            code: 0,
            entries,
            mail: None,
            begins_wait: false,
        }
    }

    pub(super) fn refused(label: &'static str, code: i32, entries: Vec<Entry>) -> Self {
        Self {
            code,
            ..Self::done(label, entries)
        }
    }

    /// It cannot be done, of which the log has nothing.
    pub(super) fn failed(label: &'static str) -> Self {
        Self::refused(label, 2, Vec::new())
    }

    pub(super) fn mailing(self, kind: &'static str, to: &str) -> Self {
        Self {
            mail: Some((kind, to.to_owned())),
            ..self
        }
    }

    pub(super) fn beginning_wait(self, begins_wait: bool) -> Self {
        Self {
            begins_wait,
            ..self
        }
    }
}

#[derive(Default)]
pub(super) struct Model {
    pub(super) accounts: Vec<Account>,
    /// Tokens that are good no more.
    pub(super) spent: Vec<String>,
    pub(super) attempts: Attempts,
    pub(super) last_id: u32,
}

impl Model {
    /// A token was mailed, as was predicted.
    pub(super) fn mailed(
        &mut self,
        purpose: TokenPurpose,
        token: &str,
        to: &str,
        predicted: &Predicted,
    ) {
        let about = predicted
            .entries
            .last()
            .and_then(|(_, _, account)| *account);
        let account = self
            .accounts
            .iter_mut()
            .find(|account| Some(account.id) == about);
        let account = account.unwrap();
        if let Some(at) = account
            .tokens
            .iter()
            .position(|token| token.purpose == purpose)
        {
            self.spent.push(account.tokens.remove(at).text);
        }
        account.tokens.push(Token {
            purpose,
            text: token.to_owned(),
            email: to.to_owned(),
        });
    }

    /// Where the account is that signs in by this: the owner of a verified address first.
    pub(super) fn by_login(&self, login: &str) -> Option<usize> {
        let login = login.to_lowercase();
        let is_owner = |account: &Account| account.email == login && account.is_verified;
        let has_name = |account: &Account| account.username == login;
        let has_email = |account: &Account| account.email == login;
        let find = |is: &dyn Fn(&Account) -> bool| self.accounts.iter().position(is);
        find(&is_owner)
            .or_else(|| find(&has_name))
            .or_else(|| find(&has_email))
    }

    pub(super) fn by_active_login(&self, login: &str) -> Option<usize> {
        self.by_login(login)
            .filter(|at| self.accounts[*at].is_active)
    }

    pub(super) fn by_email(&self, email: &str) -> Option<usize> {
        let email = email.to_lowercase();
        self.accounts
            .iter()
            .position(|account| account.email == email)
    }

    /// The account that a token is out for.
    pub(super) fn by_token(&self, purpose: TokenPurpose, text: &str) -> Option<usize> {
        self.accounts.iter().position(|account| {
            let mut tokens = account.tokens.iter();
            tokens.any(|token| token.purpose == purpose && token.text == text)
        })
    }

    /// The account's tokens are good no more.
    pub(super) fn end_tokens(&mut self, at: usize) {
        let ended = self.accounts[at].tokens.drain(..);
        self.spent.extend(ended.map(|token| token.text));
    }

    /// Its owner has shown to be that, and has no need to wait for anything.
    pub(super) fn clear_attempts(&mut self, at: usize) {
        let Account {
            id,
            username,
            email,
            ..
        } = &self.accounts[at];
        self.attempts.clear(&Key::Account(*id));
        self.attempts.clear(&Key::Login(email.clone()));
        self.attempts.clear(&Key::Mail("reset", email.clone()));
        if !username.contains('@') {
            self.attempts.clear(&Key::Login(username.clone()));
        }
    }

    /// Accounts that were never verified make way for another; what the log says of each.
    pub(super) fn remove(&mut self, is_in_the_way: impl Fn(&Account) -> bool) -> Vec<Entry> {
        let (removed, kept): (Vec<_>, Vec<_>) = self
            .accounts
            .drain(..)
            .partition(|account| is_in_the_way(account));
        self.accounts = kept;
        let tokens = removed.iter().flat_map(|account| &account.tokens);
        self.spent.extend(tokens.map(|token| token.text.clone()));
        let replaced = |account: &Account| ("user_deleted", "replaced", Some(account.id));
        removed.iter().map(replaced).collect()
    }
}

impl Account {
    /// Whether it gives way to another account with its name or its address.
    pub(super) fn is_replaceable(&self) -> bool {
        self.is_active && !self.is_verified
    }
}
