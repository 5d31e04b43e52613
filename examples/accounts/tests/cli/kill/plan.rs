//! The calls of a round.

use std::collections::BTreeSet;

use lback_auth::TokenPurpose;

use super::call::{Call, What};
use super::history::History;
use super::replay::Account;
use crate::random::Random;

/// How often a mail for one purpose may be asked for, before one has to wait.
const MAX_REQUESTS: usize = 3;

pub(super) struct Plan<'a> {
    random: &'a mut Random,
    history: &'a History,
    /// Accounts that wait for a mail, or that have a call in this round already.
    /// More could end a token before it is looked at whether it was in the database.
    busy: BTreeSet<&'a str>,
    calls: Vec<Call>,
}

impl<'a> Plan<'a> {
    /// Two to seven, in any order.
    pub(super) fn calls(random: &'a mut Random, history: &'a History) -> Vec<Call> {
        let waiting = history.tables.requests.iter();
        let waiting = waiting.map(|call| history.calls[*call].0.account.as_str());
        let mut plan = Self {
            random,
            history,
            busy: waiting.collect(),
            calls: Vec::new(),
        };
        plan.register();
        if plan.random.once_in(2) {
            plan.register();
        }
        plan.use_token(TokenPurpose::EmailVerification);
        match plan.random.below(5) {
            0 => plan.change_password(),
            1 => plan.ask_for_reset(),
            2 => plan.use_token(TokenPurpose::PasswordReset),
            3 => plan.ask_for_email(),
            _ => plan.use_token(TokenPurpose::EmailChange),
        }
        plan.sign_in();
        let Self {
            random, mut calls, ..
        } = plan;
        random.shuffle(&mut calls);
        calls
    }

    fn register(&mut self) {
        let account = format!("user{}", self.number());
        self.calls
            .push(Call::register(&account, &self.new_password()));
    }

    /// Sometimes by two at once.
    fn use_token(&mut self, purpose: TokenPurpose) {
        let out = self.history.out(purpose);
        let free = out.filter(|sent| !self.busy.contains(sent.account.as_str()));
        let Some(sent) = self.random.one_of(free) else {
            return;
        };
        for _ in 0..=self.random.below(2) {
            self.calls.push(sent.using(&self.new_password()));
        }
        self.busy.insert(&sent.account);
    }

    fn change_password(&mut self) {
        if let Some(account) = self.take_account(|_| true) {
            let what = What::ChangePassword {
                old: account.password.clone(),
                new: self.new_password(),
            };
            self.calls.push(Call::new(&account.name, what));
        }
    }

    fn ask_for_reset(&mut self) {
        let history = self.history;
        let may_ask = |account: &Account| history.resets(&account.email) < MAX_REQUESTS;
        if let Some(account) = self.take_account(may_ask) {
            let email = account.email.clone();
            self.calls
                .push(Call::new(&account.name, What::AskForReset { email }));
        }
    }

    fn ask_for_email(&mut self) {
        if let Some(account) = self.take_account(|_| true) {
            let email = format!("{}@{}.example", account.name, self.number());
            self.calls
                .push(Call::new(&account.name, What::AskForEmail { email }));
        }
    }

    /// Of any account, whatever else happens to it.
    fn sign_in(&mut self) {
        let accounts = self.history.replay.accounts.values();
        if let Some(account) = self.random.one_of(accounts) {
            let is_wrong = self.random.once_in(4);
            let password = if is_wrong {
                "quite another password"
            } else {
                &account.password
            };
            self.calls.push(Call::sign_in(&account.name, password));
        }
    }

    /// A verified one that is not busy, and is then.
    fn take_account(&mut self, suits: impl Fn(&Account) -> bool) -> Option<&'a Account> {
        let accounts = self.history.replay.accounts.values();
        let suitable = accounts.filter(|account| {
            account.is_verified && !self.busy.contains(account.name.as_str()) && suits(account)
        });
        let account = self.random.one_of(suitable)?;
        self.busy.insert(&account.name);
        Some(account)
    }

    fn number(&self) -> usize {
        self.history.calls.len() + self.calls.len()
    }

    fn new_password(&self) -> String {
        format!("a password like no other: {}", self.number())
    }
}
