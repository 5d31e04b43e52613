#![allow(unused)]

use lback_auth::AuthUser;

#[derive(Clone, AuthUser)]
enum Customer {
    Guest,
    Known {
        #[auth(id)]
        id: u64,
    },
}

#[derive(Clone, Copy, AuthUser)]
union Number {
    #[auth(id)]
    id: u64,
    bytes: [u8; 8],
}

fn main() {
    Customer::Guest.username();
}
