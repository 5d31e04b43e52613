#![allow(unused)]

use std::fmt;

use lback_auth::AuthUser;

#[derive(Clone)]
struct CustomerId;

#[derive(Clone, AuthUser)]
struct Customer {
    #[auth(id)]
    id: CustomerId,
    #[auth(username)]
    name: fmt::Error,
    #[auth(email)]
    email: u32,
    #[auth(password)]
    password: String,
    #[auth(email_verification)]
    verification: bool,
    #[auth(active)]
    active: u8,
}

fn main() {}
