#![allow(unused)]

use lback_auth::{AuthUser, EmailVerification, Password};

#[derive(Clone, AuthUser)]
struct Customer {
    #[auth(id)]
    id: u64,
    #[auth(usernme)]
    name: String,
    #[auth(email)]
    email: String,
    #[auth(password)]
    password: Password,
    #[auth(email_verification)]
    verification: EmailVerification,
    #[auth(active)]
    active: bool,
    #[auth(phone)]
    phone: String,
}

fn main() {}
