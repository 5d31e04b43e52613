#![forbid(unsafe_code)]
#![deny(warnings)]
#![allow(non_camel_case_types, non_upper_case_globals, dead_code, unused_macros)]
//! The names that the generated code of durable signals uses have other meanings here.

use lback_signals::{Context, FromSignal, Rejection, SentBy, Signal, receiver, signal};

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
struct u8;
struct Order_;
struct Res;
struct Report;
struct TypeId;
struct Declaration;
struct Description;
struct String;

static delivery: () = ();
static context: () = ();
static shim: () = ();
static mode: () = ();
static place: () = ();
static signal_: () = ();
static id: () = ();
static item: () = ();
static probe: () = ();
static needs: () = ();
static function: () = ();

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
    fn parameter<T>(self) {}
    fn value(self) {}
    fn first(self) {}
    fn last(self) {}
    fn before<T>(self, _: T) {}
    fn after<T>(self, _: T) {}
    fn fulfills(self) {}
    fn own<T>(self, _: T) {}
    fn seal<T>(self, _: T) {}
    fn unseal<T>(self, _: T) {}
    fn borrow<T>(self, _: T) {}
    fn restore<T>(self, _: T) {}
    fn write(self) {}
    fn read(self) {}
    fn read_or_default(self) {}
    fn describe(self) {}
    fn durable<T>(self, _: T) {}
    fn finish_durable<T>(self, _: T) {}
    fn start_durable<T>(self, _: T) {}
}

impl<T> Everywhere for T {}

#[signal(durable(name = "shadowed.paid", version = 1))]
struct OrderPaid<'a> {
    #[sender]
    order: &'a i64,
    items: &'a [i8],
    #[field(default)]
    note: ::core::option::Option<char>,
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

#[receiver(signal = OrderPaid, durable(name = "shadowed.later"))]
async fn later(
    event: &OrderPaid<'_>,
    order: Order,
) -> ::core::result::Result<(), lback_signals::durable::DeliveryError> {
    assert_eq!(*event.order, order.0);
    ::core::result::Result::Ok(())
}

#[receiver(signal = OrderPaid)]
fn on_any<S: Signal>(_: &S) {}

#[signal(reply = ::core::option::Option<i64>, required)]
struct PriceAsked<'a> {
    #[sender]
    order: &'a i64,
}

#[receiver(signal = PriceAsked, fulfills, first, before(a_last))]
fn z_first(
    order: SentBy<'_, i64>,
    rate: ::core::option::Option<lback_signals::Res<'_, i64>>,
) -> ::core::option::Option<i64> {
    assert!(rate.is_none());
    ::core::option::Option::Some(*order)
}

#[receiver(signal = PriceAsked, after(z_first), last)]
fn a_last(_: &PriceAsked<'_>) -> ::core::option::Option<i64> {
    ::core::option::Option::None
}

fn main() {
    let report = PriceAsked { order: &7 }.send();
    let replies: ::std::vec::Vec<_> = report.replies().map(|(_, reply)| *reply).collect();
    assert_eq!(
        replies,
        [
            ::core::option::Option::Some(7),
            ::core::option::Option::None
        ]
    );
    let note = ::core::option::Option::None;
    let _ = OrderPaid { order: &7, items: &[], note }.send().delivered();
}
