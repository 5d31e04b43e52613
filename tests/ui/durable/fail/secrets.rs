//! Secrets are not stored.

#![allow(unused)]

use lback_auth::{Password, VerificationToken};
use lback_signals::signal;

#[signal(durable(name = "password-reset", version = 1))]
struct PasswordReset<'a> {
    user: u64,
    password: &'a Password,
    token: &'a VerificationToken,
    option: Option<Password>,
}

fn main() {}
