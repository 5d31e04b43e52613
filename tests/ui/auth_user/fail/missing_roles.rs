#![allow(unused)]

use lback_auth::AuthUser;

#[derive(Clone, AuthUser)]
struct Customer {
    email: String,
}

#[derive(Clone, AuthUser)]
struct Nameless;

fn main() {
    let customer = Customer {
        email: String::new(),
    };
    customer.username();
}
