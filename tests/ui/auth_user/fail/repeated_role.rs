#![allow(unused)]

use lback_auth::{AuthUser, EmailVerification, Password};

#[derive(Clone, AuthUser)]
struct Customer {
    #[auth(id)]
    id: u64,
    #[auth(username, username)]
    name: String,
    #[auth(email)]
    email: String,
    #[auth(password)]
    password: Password,
    #[auth(email_verification)]
    verification: EmailVerification,
    #[auth(active)]
    active: bool,
}

#[derive(Clone, AuthUser)]
struct Employee {
    #[auth(id)]
    id: u64,
    #[auth(username)]
    #[auth(username)]
    name: String,
    #[auth(email)]
    email: String,
    #[auth(password)]
    password: Password,
    #[auth(email_verification)]
    verification: EmailVerification,
    #[auth(active)]
    active: bool,
}

fn main() {}
