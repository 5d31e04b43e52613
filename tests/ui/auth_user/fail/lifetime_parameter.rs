#![allow(unused)]

use lback_auth::{AuthUser, EmailVerification, Password};

#[derive(Clone, AuthUser)]
struct Customer<'a> {
    #[auth(id)]
    id: u64,
    #[auth(username)]
    name: &'a str,
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
