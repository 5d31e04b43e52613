#![forbid(unsafe_code)]
#![deny(warnings)]
#![allow(non_camel_case_types, non_upper_case_globals, dead_code, unused_macros)]
//! What generated code uses has other meanings here.

use lback_signals::{Context, FromSignal, Rejection, Signal, receiver, signal};

struct Option;
struct Result;
struct Box;
struct Vec;
struct str;
struct bool;
struct u32;
struct usize;
struct Some;
struct None;
struct Ok;
struct Err;
struct Self_;
struct String;

static delivery: () = ();
static context: () = ();
static shim: () = ();
static mode: () = ();
static place: () = ();
static signal_: () = ();
static id: () = ();

trait Deref {}
trait Clone {}
trait Send {}
trait Sync {}
trait Sized {}

mod core {}
mod std {}
mod alloc {}
mod inventory {}
mod __private {}

macro_rules! concat {
    () => {};
}
macro_rules! module_path {
    () => {};
}
macro_rules! file {
    () => {};
}
macro_rules! line {
    () => {};
}
macro_rules! column {
    () => {};
}
macro_rules! unreachable {
    () => {};
}

/// Methods that every type has, and that take it before any `&self` method does.
trait Everywhere: ::core::marker::Sized {
    fn signal(self) {}
    fn get<T>(self) {}
    fn finish<T>(self, _: T) {}
    fn dispatch(self) {}
    fn is_empty(self) {}
    fn infos(self) {}
    fn sender(self) {}
    fn registration(self) {}
}

impl<T> Everywhere for T {}

#[signal]
struct OrderPaid<'a> {
    #[sender]
    order: &'a i64,
}

struct Order(i64);

impl FromSignal<'_, OrderPaid<'_>> for Order {
    fn from_signal(event: &OrderPaid<'_>, _: &Context) -> ::core::result::Result<Self, Rejection> {
        ::core::result::Result::Ok(Order(*event.order))
    }
}

#[receiver(signal = OrderPaid)]
fn on_paid(
    event: &OrderPaid<'_>,
    order: Order,
) -> ::core::result::Result<(), &'static ::core::primitive::str> {
    assert_eq!(*event.order, order.0);
    ::core::result::Result::Ok(())
}

#[receiver(signal = OrderPaid)]
fn on_any<S: Signal>(_: &S) {}

fn main() {
    assert_eq!(OrderPaid { order: &7 }.send().delivered(), 2);
}
