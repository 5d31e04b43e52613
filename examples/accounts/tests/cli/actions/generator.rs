//! The choice of the next action, by the state of the model.

use std::collections::VecDeque;

use lback_auth::TokenPurpose;

use super::action::{Action, Call};
use super::model::{Account, Model};
use super::planned::Planned;
use crate::random::Random;

const NAMES: usize = 40;
const ADDRESSES: usize = 60;
const CLIENTS: usize = 20;

pub(super) const WRONG_PASSWORD: &str = "not the right one, surely";
const REJECTED_PASSWORD: &str = "too short";

pub(super) struct Generator {
    pub(super) random: Random,
    /// Actions that belong together and that chance would hardly produce; others come in between.
    pub(super) planned: VecDeque<Planned>,
    /// The number of names, addresses and passwords that were made up.
    new: usize,
}

impl Generator {
    pub(super) fn new(random: Random) -> Self {
        Self {
            random,
            planned: VecDeque::new(),
            new: 0,
        }
    }

    pub(super) fn next(&mut self, model: &Model) -> Call {
        if self.planned.is_empty() && self.random.once_in(15) {
            self.plan(model);
        }
        let planned = if self.random.once_in(2) {
            self.planned.pop_front()
        } else {
            None
        };
        let action = match planned {
            Some(planned) => planned.action(model),
            None => self.any(model),
        };
        let client = match self.random.below(CLIENTS + 5) {
            number if number < CLIENTS => Some(format!("192.0.2.{number}")),
            _ => None,
        };
        Call { action, client }
    }

    fn any(&mut self, model: &Model) -> Action {
        match self.random.below(100) {
            0..18 => self.register_any(),
            18..31 => Action::Verify {
                token: self.token(model, TokenPurpose::EmailVerification),
            },
            31..36 => Action::VerifyAgain {
                email: self.email(model),
            },
            36..58 => self.login(model),
            58..67 => self.passwd(model),
            67..73 => Action::AskForReset {
                email: self.email(model),
            },
            73..79 => Action::Reset {
                token: self.token(model, TokenPurpose::PasswordReset),
                new: self.new_or_rejected_password(),
            },
            79..85 => Action::ChangeEmail {
                login: self.login_of_any(model),
                email: match self.random.below(5) {
                    0 => "no address".to_owned(),
                    1 | 2 => self.email(model),
                    _ => self.new_email(),
                },
            },
            85..90 => Action::ConfirmEmail {
                token: self.token(model, TokenPurpose::EmailChange),
            },
            90..93 => Action::Deactivate {
                login: self.login_of_any(model),
            },
            93..97 => Action::Reactivate {
                login: self.login_of_inactive(model),
            },
            97 => Action::List,
            98 => Action::Audit,
            _ => Action::Purge,
        }
    }

    fn register_any(&mut self) -> Action {
        let email = format!("mail{}@example.org", self.random.below(ADDRESSES));
        let username = match self.random.below(10) {
            0 => "ab".to_owned(),
            1 => email.clone(),
            _ => format!("user{}", self.random.below(NAMES)),
        };
        let email = if self.random.once_in(15) {
            "no address".to_owned()
        } else {
            email
        };
        Action::Register {
            username,
            email,
            password: self.new_or_rejected_password(),
        }
    }

    fn login(&mut self, model: &Model) -> Action {
        let login = self.login_of_any(model);
        let password = match model.by_login(&login) {
            Some(at) if !self.random.once_in(3) => model.accounts[at].password.clone(),
            _ => WRONG_PASSWORD.to_owned(),
        };
        Action::Login { login, password }
    }

    fn passwd(&mut self, model: &Model) -> Action {
        let login = self.login_of_any(model);
        let present = match model.by_login(&login) {
            Some(at) if !self.random.once_in(3) => model.accounts[at].password.clone(),
            _ => WRONG_PASSWORD.to_owned(),
        };
        Action::Passwd {
            login,
            present,
            new: self.new_or_rejected_password(),
        }
    }

    /// A name or an address, in any case, and now and then of no account.
    fn login_of_any(&mut self, model: &Model) -> String {
        let account = self.random.one_of(&model.accounts);
        let Some(account) = account.filter(|_| !self.random.once_in(8)) else {
            return format!("unknown{}", self.random.below(20));
        };
        self.login_of(account)
    }

    fn login_of_inactive(&mut self, model: &Model) -> String {
        let inactive = model.accounts.iter().filter(|account| !account.is_active);
        match self.random.one_of(inactive) {
            Some(account) if !self.random.once_in(4) => self.login_of(account),
            _ => self.login_of_any(model),
        }
    }

    fn login_of(&mut self, account: &Account) -> String {
        let login = match self.random.below(3) {
            0 => &account.email,
            _ => &account.username,
        };
        match self.random.below(4) {
            0 => login.to_uppercase(),
            _ => login.clone(),
        }
    }

    /// An address of an account or of none, from among not too many.
    fn email(&mut self, model: &Model) -> String {
        match self.random.one_of(&model.accounts) {
            Some(account) if !self.random.once_in(4) => account.email.clone(),
            _ => format!("mail{}@example.org", self.random.below(ADDRESSES)),
        }
    }

    /// One that is out, if there is one; now and then one that is good no more, or never was.
    fn token(&mut self, model: &Model, purpose: TokenPurpose) -> String {
        let is_for_it = !self.random.once_in(10);
        let tokens = model.accounts.iter().flat_map(|account| &account.tokens);
        let out = tokens.filter(|token| (token.purpose == purpose) == is_for_it);
        let token = match self.random.below(10) {
            0 => None,
            1 => self.random.one_of(&model.spent).cloned(),
            _ => self.random.one_of(out).map(|token| token.text.clone()),
        };
        token.unwrap_or_else(garbage)
    }

    pub(super) fn new_email(&mut self) -> String {
        format!("new{}@example.org", self.number())
    }

    pub(super) fn new_password(&mut self) -> String {
        format!("a password that is number {}", self.number())
    }

    fn new_or_rejected_password(&mut self) -> String {
        if self.random.once_in(8) {
            REJECTED_PASSWORD.to_owned()
        } else {
            self.new_password()
        }
    }

    pub(super) fn number(&mut self) -> usize {
        self.new += 1;
        self.new
    }
}

pub(super) fn garbage() -> String {
    "-never-was-a-token".to_owned()
}
