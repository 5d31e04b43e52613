#![forbid(unsafe_code)]
#![deny(warnings)]
#![allow(non_camel_case_types, non_upper_case_globals, dead_code, unused_macros)]
//! The names that generated code uses have other meanings here.

use lback_signals::Model as _;

struct Option;
struct Box;
struct str;
struct bool;
struct String;
struct Result;
struct Some;
struct None;
struct Ok;
struct Err;
struct Signal;
struct Model;
struct ModelSignal;
struct ModelEvent;
struct OperationError;
struct T;
struct E;
struct F;

static id: () = ();
static get: () = ();

trait Clone {}
trait Copy {}
trait Display {}
trait Future {}
trait FnOnce {}
trait AsyncFnOnce {}

mod core {}
mod std {}
mod lback_signals_ {}
mod __private {}

macro_rules! unreachable {
    () => {};
}

/// Methods that every type has, and that take it before any `&self` method does.
trait Everywhere: ::core::marker::Sized {
    fn get(self) {}
    fn send(self) {}
    fn try_send(self) {}
    fn map_err(self) {}
    fn to_string(self) {}
    fn clone(self) {}
    fn map(self) {}
}

impl<Any> Everywhere for Any {}

#[derive(lback_signals::Model)]
#[model(signals(pre_save, post_save, pre_delete, post_delete))]
struct Article {
    #[model(id)]
    number: ::core::option::Option<u64>,
}

#[derive(lback_signals::Model)]
#[model(signals(pre_save, post_delete))]
struct Comment {
    #[model(id)]
    number: u64,
}

fn main() {
    let mut article = Article {
        number: ::core::option::Option::None,
    };
    let created: ::core::result::Result<(), lback_signals::OperationError<()>> = article
        .create_with(|article| {
            article.number = ::core::option::Option::Some(7);
            ::core::result::Result::Ok(())
        });
    assert!(created.is_ok());
    assert_eq!(
        article.model_id().as_deref(),
        ::core::option::Option::Some("7")
    );
    let comment = Comment { number: 7 };
    let deleted: ::core::result::Result<(), lback_signals::OperationError<()>> =
        comment.delete_with(|_| ::core::result::Result::Err(()));
    assert!(deleted.is_err());
}
