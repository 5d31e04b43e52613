//! Signing in, passwords, and accounts in and out of use.

use lback_auth::TokenPurpose;

use super::attempts::{Key, Reserved};
use super::flows::is_rejected;
use super::model::{Model, Predicted};

impl Model {
    pub(super) fn login(&mut self, login: &str, password: &str) -> Predicted {
        const FAILED: &str = "user_authentication_failed";
        let key = Key::Login(login.to_lowercase());
        let reserved = self.attempts.reserve(key.clone());
        if reserved == Reserved::Refused {
            let entries = vec![(FAILED, "throttled", None)];
            return Predicted::refused("login: throttled", 1, entries);
        }
        let denied = |label, entries| {
            Predicted::refused(label, 1, entries).beginning_wait(reserved == Reserved::BeginsWait)
        };
        let Some(at) = self.by_login(login) else {
            return denied("login: unknown", vec![(FAILED, "unknown_user", None)]);
        };
        let account = &self.accounts[at];
        let id = Some(account.id);
        let checked = |how| ("user_password_checked", how, id);
        if !account.is_active {
            return denied("login: inactive", vec![(FAILED, "inactive", id)]);
        }
        if account.password != password {
            let entries = vec![checked("wrong"), (FAILED, "wrong_password", id)];
            return denied("login: wrong password", entries);
        }
        if !account.is_verified {
            let entries = vec![checked("right"), (FAILED, "email_not_verified", id)];
            return denied("login: not verified", entries);
        }
        // Access is granted, which clears the attempts of the login.
        self.attempts.clear(&key);
        let entries = vec![checked("right"), ("user_authenticated", "granted", id)];
        Predicted::done("login: granted", entries)
    }

    pub(super) fn passwd(&mut self, login: &str, present: &str, new: &str) -> Predicted {
        let Some(at) = self.by_active_login(login) else {
            return Predicted::failed("passwd: no such account in use");
        };
        if is_rejected(new) {
            return Predicted::failed("passwd: rejected password");
        }
        let id = self.accounts[at].id;
        let reserved = self.attempts.reserve(Key::Account(id));
        if reserved == Reserved::Refused {
            return Predicted::failed("passwd: throttled");
        }
        let checked = |how| ("user_password_checked", how, Some(id));
        if self.accounts[at].password != present {
            let entries = vec![
                checked("wrong"),
                ("user_password_changed", "wrong_password", Some(id)),
            ];
            return Predicted::refused("passwd: wrong password", 2, entries)
                .beginning_wait(reserved == Reserved::BeginsWait);
        }
        self.put_password(at, new);
        let entries = vec![
            checked("right"),
            ("user_password_set", "done", Some(id)),
            ("user_password_changed", "change", Some(id)),
        ];
        Predicted::done("passwd: done", entries)
            .mailing("password-changed", &self.accounts[at].email)
    }

    pub(super) fn ask_for_reset(&mut self, email: &str) -> Predicted {
        let reserved = self
            .attempts
            .reserve(Key::Mail("reset", email.to_lowercase()));
        if reserved == Reserved::Refused {
            return Predicted::failed("ask for reset: too many mails");
        }
        let owner = self.by_email(email).map(|at| &self.accounts[at]);
        let predicted = match owner.filter(|owner| owner.is_active) {
            None => Predicted::done("ask for reset: no account's address", Vec::new()),
            Some(owner) => {
                let entries = vec![("address_mail_due", "password-reset", Some(owner.id))];
                Predicted::done("ask for reset: token", entries)
                    .mailing("password-reset", &owner.email)
            }
        };
        predicted.beginning_wait(reserved == Reserved::BeginsWait)
    }

    pub(super) fn reset(&mut self, token: &str, new: &str) -> Predicted {
        let Some(at) = self.by_token(TokenPurpose::PasswordReset, token) else {
            return Predicted::failed("reset: bad token");
        };
        if is_rejected(new) {
            return Predicted::failed("reset: rejected password");
        }
        self.put_password(at, new);
        let account = &mut self.accounts[at];
        let id = Some(account.id);
        let mut entries = vec![
            ("user_password_set", "done", id),
            ("user_password_changed", "reset", id),
        ];
        let mut label = "reset: done";
        if !account.is_verified {
            // The mail has reached the address.
            account.is_verified = true;
            entries.push(("user_email_verified", "token", id));
            label = "reset: done and verified";
        }
        Predicted::done(label, entries).mailing("password-changed", &account.email)
    }

    pub(super) fn deactivate(&mut self, login: &str) -> Predicted {
        let Some(at) = self.by_login(login) else {
            return Predicted::failed("deactivate: no such account");
        };
        self.end_tokens(at);
        self.accounts[at].is_active = false;
        let entries = vec![("user_deactivated", "done", Some(self.accounts[at].id))];
        Predicted::done("deactivate: done", entries)
    }

    pub(super) fn reactivate(&mut self, login: &str) -> Predicted {
        let Some(at) = self.by_login(login) else {
            return Predicted::failed("reactivate: no such account");
        };
        self.accounts[at].is_active = true;
        let entries = vec![("user_reactivated", "done", Some(self.accounts[at].id))];
        Predicted::done("reactivate: done", entries)
    }

    fn put_password(&mut self, at: usize, new: &str) {
        self.end_tokens(at);
        self.clear_attempts(at);
        new.clone_into(&mut self.accounts[at].password);
    }
}
