#![allow(unused)]

use lback_auth::AuthUser;

#[derive(Clone, AuthUser)]
#[auth(crate)]
#[auth(create = lback_auth)]
#[auth]
struct Customer {
    #[auth]
    bare: u64,
    #[auth()]
    empty: String,
    #[auth = "email"]
    name_value: String,
    #[auth(password = true)]
    with_value: String,
    #[auth("active")]
    text: bool,
    #[auth(id username)]
    no_comma: String,
    #[auth(email_verification, crate = lback_auth)]
    elsewhere: bool,
}

fn main() {}
