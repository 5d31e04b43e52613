//! Actions that belong together and that chance would hardly bring about.

use lback_auth::TokenPurpose;

use super::action::Action;
use super::generator::{Generator, WRONG_PASSWORD, garbage};
use super::model::Model;

pub(super) enum Planned {
    Action(Action),
    /// The account with this id takes its token to change the address back.
    ConfirmEmail(u32),
}

impl Planned {
    pub(super) fn action(self, model: &Model) -> Action {
        match self {
            Self::Action(action) => action,
            Self::ConfirmEmail(id) => Action::ConfirmEmail {
                token: token_of(model, id).unwrap_or_else(garbage),
            },
        }
    }
}

impl Generator {
    /// Has the next of them belong together.
    pub(super) fn plan(&mut self, model: &Model) {
        let chosen = self.random.below(8);
        let active = model.accounts.iter().filter(|account| account.is_active);
        let Some(account) = self.random.one_of(active) else {
            return;
        };
        let (login, email) = (account.username.clone(), self.new_email());
        let change = |login: &str| {
            Planned::Action(Action::ChangeEmail {
                login: login.to_owned(),
                email: email.clone(),
            })
        };
        match chosen {
            // An attacker guesses, and the owner comes in by a reset.
            0 => {
                let password = WRONG_PASSWORD.to_owned();
                self.repeat(13, &Action::Login { login, password });
                let email = account.email.clone();
                self.repeat(1, &Action::AskForReset { email });
            }
            1 => {
                let (present, new) = (WRONG_PASSWORD.to_owned(), self.new_password());
                self.repeat(
                    12,
                    &Action::Passwd {
                        login,
                        present,
                        new,
                    },
                );
            }
            2 => self.repeat(5, &Action::AskForReset { email }),
            3 => self.repeat(5, &Action::VerifyAgain { email }),
            4 => self.repeat(5, &Action::ChangeEmail { login, email }),
            5 => {
                for _ in 0..5 {
                    let register = self.register(email.clone());
                    self.planned.push_back(Planned::Action(register));
                }
            }
            // Two want the same address.
            6 => {
                let others = model.accounts.iter().filter(|other| other.id != account.id);
                let Some(other) = self.random.one_of(others) else {
                    return;
                };
                self.planned.extend([
                    change(&login),
                    change(&other.username),
                    Planned::ConfirmEmail(account.id),
                    Planned::ConfirmEmail(other.id),
                ]);
            }
            // Another person registers with it meanwhile.
            _ => {
                let register = Planned::Action(self.register(email.clone()));
                let confirm = Planned::ConfirmEmail(account.id);
                self.planned.extend([change(&login), register, confirm]);
            }
        }
    }

    /// With a name that no account has.
    fn register(&mut self, email: String) -> Action {
        Action::Register {
            username: format!("new{}", self.number()),
            email,
            password: self.new_password(),
        }
    }

    fn repeat(&mut self, times: usize, action: &Action) {
        for _ in 0..times {
            self.planned.push_back(Planned::Action(action.clone()));
        }
    }
}

fn token_of(model: &Model, id: u32) -> Option<String> {
    let account = model.accounts.iter().find(|account| account.id == id)?;
    let mut tokens = account.tokens.iter();
    let token = tokens.find(|token| token.purpose == TokenPurpose::EmailChange)?;
    Some(token.text.clone())
}
