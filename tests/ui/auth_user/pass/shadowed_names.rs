#![forbid(unsafe_code)]
#![deny(warnings)]
#![allow(non_camel_case_types, non_upper_case_globals, dead_code, unused_macros)]
//! The names that generated code uses have other meanings here.

use lback_auth::AuthUser;

struct Option;
struct Box;
struct str;
struct bool;
struct String;
struct Some;
struct None;
struct Password;
struct EmailVerification;
struct UserId;

static id: () = ();
static get: () = ();

trait Clone {}
trait Send {}
trait Sync {}
trait Any {}

mod core {}
mod std {}
mod lback_auth_ {}
mod __private {}

macro_rules! unreachable {
    () => {};
}

/// Methods that every type has, and that take it before any `&self` method does.
trait Everywhere: ::core::marker::Sized {
    fn get(self) {}
    fn get_mut(self) {}
    fn as_ref(self) {}
    fn is_usable(self) {}
    fn is_verified(self, _: &::core::primitive::str) {}
    fn clone(self) {}
    fn map(self) {}
}

impl<T> Everywhere for T {}

#[derive(::core::clone::Clone, AuthUser)]
struct Customer {
    #[auth(id)]
    number: ::core::option::Option<u64>,
    #[auth(username, email)]
    email: ::std::string::String,
    #[auth(password)]
    password: lback_auth::Password,
    #[auth(email_verification)]
    verification: lback_auth::EmailVerification,
    #[auth(active)]
    active: ::core::primitive::bool,
}

fn main() {
    let customer = Customer {
        number: ::core::option::Option::Some(7),
        email: ::std::string::String::from("ada@x.org"),
        password: lback_auth::Password::unusable(),
        verification: lback_auth::EmailVerification::verified("ada@x.org"),
        active: true,
    };
    assert!(customer.is_email_verified() && customer.is_active());
    assert!(!customer.has_usable_password());
    assert_eq!(
        customer.id(),
        ::core::option::Option::Some(lback_auth::UserId::new(7))
    );
}
