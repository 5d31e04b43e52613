#![allow(unused)]

use lback_auth::{AuthUser, UserPasswordSet};

struct Customer;

fn greet<U: AuthUser>(user: &U) {}

fn main() {
    greet(&Customer);
    UserPasswordSet::new(&Customer);
    Customer.set_password("correct horse battery staple");
}
