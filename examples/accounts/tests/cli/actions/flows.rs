//! The expected outcome of each action.

use lback_auth::TokenPurpose;

use super::action::Action;
use super::attempts::{Key, Reserved};
use super::model::{Account, Entry, Model, Predicted};

/// The fewest characters of a password.
const MIN_PASSWORD: usize = 15;

impl Model {
    /// Does it here, and says what it should come to there.
    pub(super) fn apply(&mut self, action: &Action) -> Predicted {
        match action {
            Action::Register {
                username,
                email,
                password,
            } => self.register(username, email, password),
            Action::Verify { token } => self.verify(token),
            Action::VerifyAgain { email } => self.verify_again(email),
            Action::Login { login, password } => self.login(login, password),
            Action::Passwd {
                login,
                present,
                new,
            } => self.passwd(login, present, new),
            Action::AskForReset { email } => self.ask_for_reset(email),
            Action::Reset { token, new } => self.reset(token, new),
            Action::ChangeEmail { login, email } => self.change_email(login, email),
            Action::ConfirmEmail { token } => self.confirm_email(token),
            Action::Deactivate { login } => self.deactivate(login),
            Action::Reactivate { login } => self.reactivate(login),
            Action::List => Predicted::done("list", Vec::new()),
            Action::Audit => Predicted::done("audit", Vec::new()),
            Action::Purge => Predicted::done("purge", Vec::new()),
        }
    }

    fn register(&mut self, username: &str, email: &str, password: &str) -> Predicted {
        const ALLOWED: Entry = ("user_registering", "allowed", None);
        if username.chars().count() < 3 || !email.contains('@') {
            return Predicted::failed("register: not a name or address");
        }
        if is_rejected(password) {
            return Predicted::failed("register: rejected password");
        }
        let key = Key::Mail("registration", email.to_owned());
        let reserved = self.attempts.reserve(key.clone());
        if reserved == Reserved::Refused {
            return Predicted::failed("register: too many mails");
        }
        let begins_wait = reserved == Reserved::BeginsWait;
        let mut staying = self
            .accounts
            .iter()
            .filter(|account| !account.is_replaceable());
        let has_name = |account: &Account| account.username == username;
        let has_email = |account: &Account| account.email == email;
        if username != email && staying.clone().any(has_name) {
            self.attempts.give_back(&key);
            let entries = vec![ALLOWED, ("user_registered", "username_taken", None)];
            return Predicted::refused("register: username taken", 2, entries)
                .beginning_wait(begins_wait);
        }
        if staying.any(|account| has_name(account) || has_email(account)) {
            let entries = vec![ALLOWED, ("user_registered", "email_taken", None)];
            return Predicted::done("register: email taken", entries).beginning_wait(begins_wait);
        }
        let replaced = self.remove(|account| has_name(account) || has_email(account));
        let label = if replaced.is_empty() {
            "register: stored"
        } else {
            "register: stored in place of one never verified"
        };
        self.last_id += 1;
        let id = self.last_id;
        self.accounts.push(Account {
            id,
            username: username.to_owned(),
            email: email.to_owned(),
            password: password.to_owned(),
            is_verified: false,
            is_active: true,
            tokens: Vec::new(),
        });
        let mut entries = vec![ALLOWED];
        entries.extend(replaced);
        entries.extend([
            ("user_password_set", "done", Some(id)),
            ("user_registered", "done", Some(id)),
            ("address_mail_due", "email-verification", Some(id)),
        ]);
        Predicted::done(label, entries)
            .mailing("verification", email)
            .beginning_wait(begins_wait)
    }

    fn verify(&mut self, token: &str) -> Predicted {
        let purpose = TokenPurpose::EmailVerification;
        let Some(at) = self.by_token(purpose, token) else {
            return Predicted::failed("verify: bad token");
        };
        let account = &mut self.accounts[at];
        account.is_verified = true;
        account.tokens.retain(|out| out.purpose != purpose);
        self.spent.push(token.to_owned());
        let entries = vec![("user_email_verified", "token", Some(account.id))];
        Predicted::done("verify: done", entries)
    }

    fn verify_again(&mut self, email: &str) -> Predicted {
        let reserved = self
            .attempts
            .reserve(Key::Mail("verification", email.to_owned()));
        if reserved == Reserved::Refused {
            return Predicted::failed("verify again: too many mails");
        }
        let waiting = self.by_email(email).map(|at| &self.accounts[at]);
        let predicted = match waiting.filter(|account| account.is_replaceable()) {
            None => Predicted::done("verify again: no account waits for one", Vec::new()),
            Some(account) => {
                let entries = vec![("address_mail_due", "email-verification", Some(account.id))];
                Predicted::done("verify again: token", entries)
                    .mailing("verification", &account.email)
            }
        };
        predicted.beginning_wait(reserved == Reserved::BeginsWait)
    }

    fn change_email(&mut self, login: &str, email: &str) -> Predicted {
        let Some(at) = self.by_active_login(login) else {
            return Predicted::failed("change email: no such account in use");
        };
        if !email.contains('@') {
            return Predicted::failed("change email: not an address");
        }
        let reserved = self.attempts.reserve(Key::Mail("change", email.to_owned()));
        if reserved == Reserved::Refused {
            return Predicted::failed("change email: too many mails");
        }
        let holder = self.by_email(email);
        let is_free =
            holder.is_none_or(|holder| holder == at || self.accounts[holder].is_replaceable());
        let predicted = if is_free {
            let id = self.accounts[at].id;
            let entries = vec![("address_mail_due", "email-change", Some(id))];
            Predicted::done("change email: token", entries).mailing("email-change", email)
        } else {
            Predicted::done("change email: taken", Vec::new())
        };
        predicted.beginning_wait(reserved == Reserved::BeginsWait)
    }

    fn confirm_email(&mut self, token: &str) -> Predicted {
        let purpose = TokenPurpose::EmailChange;
        let Some(at) = self.by_token(purpose, token) else {
            return Predicted::failed("confirm email: bad token");
        };
        let id = self.accounts[at].id;
        let mut tokens = self.accounts[at].tokens.iter();
        let email = tokens
            .find(|out| out.purpose == purpose)
            .unwrap()
            .email
            .clone();
        let is_in_the_way = |account: &Account| account.email == email && account.id != id;
        let mut in_the_way = self
            .accounts
            .iter()
            .filter(|account| is_in_the_way(account));
        if in_the_way.any(|account| !account.is_replaceable()) {
            return Predicted::failed("confirm email: taken by now");
        }
        let replaced = self.remove(is_in_the_way);
        let label = if replaced.is_empty() {
            "confirm email: done"
        } else {
            "confirm email: done in place of one never verified"
        };
        let at = self
            .accounts
            .iter()
            .position(|account| account.id == id)
            .unwrap();
        self.end_tokens(at);
        let account = &mut self.accounts[at];
        let old = std::mem::replace(&mut account.email, email);
        account.is_verified = true;
        let mut entries = vec![("user_email_verified", "token", Some(id))];
        entries.extend(replaced);
        entries.push(("user_email_changed", "done", Some(id)));
        Predicted::done(label, entries).mailing("email-changed", &old)
    }
}

pub(super) fn is_rejected(password: &str) -> bool {
    password.chars().count() < MIN_PASSWORD
}
