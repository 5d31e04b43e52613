#![allow(unused)]

use lback_auth::{AuthUser, EmailVerification, Password};

#[derive(Clone)]
struct CustomerId;

#[derive(Clone, AuthUser)]
struct Customer {
    #[auth(id)]
    id: Option<CustomerId>,
    #[auth(username, email)]
    email: Option<String>,
    #[auth(password)]
    password: Option<Password>,
    #[auth(email_verification)]
    verification: Option<EmailVerification>,
    #[auth(active)]
    active: Option<bool>,
}

fn main() {}
