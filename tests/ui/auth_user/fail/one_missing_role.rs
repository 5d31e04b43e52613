#![allow(unused)]

use lback_auth::{AuthUser, EmailVerification, Password};

#[derive(Clone, AuthUser)]
struct Customer {
    #[auth(id)]
    id: u64,
    #[auth(username)]
    name: String,
    #[auth(email)]
    email: String,
    #[auth(password)]
    password: Password,
    #[auth(email_verification)]
    verification: EmailVerification,
}

fn main() {}
