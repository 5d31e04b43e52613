//! Values of fields are shown to observers only if they are written for people.

use lback_auth::{Password, VerificationToken};
use lback_signals::signal;

#[derive(Debug)]
struct Order;

#[signal]
struct Paid<'a> {
    #[field(show)]
    order: &'a Order,
    #[field(show)]
    number: u64,
}

#[signal]
struct PasswordSet<'a> {
    #[field(show)]
    password: &'a Password,
    #[field(show)]
    token: VerificationToken,
}

#[signal]
struct Optional {
    #[field(show)]
    number: Option<u64>,
}

#[signal]
struct Misspelled {
    #[field(shown)]
    number: u64,
}

#[signal]
struct Twice {
    #[field(show, show)]
    number: u64,
}

#[signal]
struct NotStored {
    #[field(show, default)]
    number: u64,
}

fn main() {}
