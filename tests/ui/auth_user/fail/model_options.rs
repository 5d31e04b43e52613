#![allow(unused)]

use lback_auth::{AuthUser, EmailVerification, Password};

#[derive(Clone, AuthUser)]
#[model(crate = lback_signals, signals(pre_save, created))]
struct Customer {
    #[auth(id)]
    #[model(id)]
    id: u64,
    #[auth(username, email)]
    email: String,
    #[auth(password)]
    password: Password,
    #[auth(email_verification)]
    verification: EmailVerification,
    #[auth(active)]
    active: bool,
}

#[derive(Clone, AuthUser)]
#[model(name = "a seat", signals(post_save))]
struct Seat<Plan> {
    #[auth(id)]
    id: u64,
    #[auth(username, email)]
    email: String,
    #[auth(password)]
    password: Password,
    #[auth(email_verification)]
    verification: EmailVerification,
    #[auth(active)]
    active: bool,
    plan: Plan,
}

fn main() {}
