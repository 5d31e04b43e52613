#![forbid(unsafe_code)]
#![deny(warnings)]
#![allow(non_camel_case_types, non_snake_case, non_upper_case_globals, dead_code, unused_macros)]
//! The names that generated code uses have other meanings here.

use lback_signals::{AsyncSignal, Context, FromSignal, Rejection, SentBy, Signal, receiver, signal};

struct Option;
struct Result;
struct Box;
struct Arc;
struct Vec;
struct Pin;
struct str;
struct bool;
struct u32;
struct Infallible;
struct Self_;
struct Report;
struct Kept;
struct Shared;
struct Starting;
struct Wishes;
struct String;

static delivery: () = ();
static context: () = ();
static shim: () = ();
static mode: () = ();
static kept: () = ();
static fields: () = ();
static signal_: () = ();
static probe: () = ();

trait Clone {}
trait Send {}
trait Sync {}
trait Sized {}
trait Future {}
trait IntoFuture {}
trait Fn {}

mod core {}
mod std {}
mod alloc {}
mod inventory {}
mod __private {}

macro_rules! concat {
    () => {};
}
macro_rules! unreachable {
    () => {};
}

/// Methods that every type has, and that take it before any `&self` method does.
trait Everywhere: ::core::marker::Sized {
    fn signal(self) {}
    fn get<T>(self) {}
    fn start<T, F>(self, _: F) {}
    fn finish<T>(self, _: T) {}
    fn fields(self) {}
    fn keep(self) {}
    fn background<T>(self) {}
    fn after_commit(self) {}
    fn dispatch_async(self) {}
    fn value(self) {}
}

impl<T> Everywhere for T {}

#[signal(async)]
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
async fn on_paid(
    event: &OrderPaid<'_>,
    order: Order,
) -> ::core::result::Result<(), &'static ::core::primitive::str> {
    assert_eq!(*event.order, order.0);
    ::core::result::Result::Ok(())
}

#[receiver(signal = OrderPaid)]
async fn on_any<S: Signal>(_: &S) {}

// Functions named like what is in the prelude, or like what generated code calls.
#[receiver(signal = OrderPaid)]
async fn Some(_: &OrderPaid<'_>) {}

#[receiver(signal = OrderPaid)]
async fn None(_: &OrderPaid<'_>) {}

#[receiver(signal = OrderPaid)]
async fn Ok(_: &OrderPaid<'_>) {}

#[receiver(signal = OrderPaid)]
async fn Err(_: &OrderPaid<'_>) {}

#[receiver(signal = OrderPaid)]
async fn drop(_: &OrderPaid<'_>) {}

#[receiver(signal = OrderPaid)]
async fn r#async(_: &OrderPaid<'_>) {}

#[receiver(signal = OrderPaid)]
async fn r#await(_: &OrderPaid<'_>) {}

#[receiver(signal = OrderPaid)]
async fn start(_: &OrderPaid<'_>) {}

#[signal(async, reply = ::core::option::Option<i64>, required)]
struct PriceAsked<'a> {
    #[sender]
    order: &'a i64,
}

#[receiver(signal = PriceAsked, fulfills, first, before(a_last))]
async fn z_first(
    order: SentBy<'_, i64>,
    rate: ::core::option::Option<lback_signals::Res<'_, i64>>,
) -> ::core::option::Option<i64> {
    assert!(rate.is_none());
    ::core::option::Option::Some(*order)
}

#[receiver(signal = PriceAsked, after(z_first), last)]
async fn a_last(_: &PriceAsked<'_>) -> ::core::option::Option<i64> {
    ::core::option::Option::None
}

#[signal(async, owned)]
struct Shipped<'of> {
    __kept: &'of ::core::primitive::str,
    __fields: i64,
    __visit: [i64; 1],
    r#async: ::core::primitive::bool,
}

#[receiver(signal = Shipped, background)]
async fn keep(event: &Shipped<'_>) {
    assert_eq!((event.__kept, event.__fields, event.__visit, event.r#async), ("a", 1, [2], true));
}

#[receiver(signal = Shipped, after_commit, background)]
async fn lend(_: &Shipped<'_>) {}

#[receiver(signal = Shipped, background)]
fn restore(_: &Shipped<'_>) {}

fn main() {
    let runtime = ::tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let report = PriceAsked { order: &7 }.send_async().await;
        let replies: ::std::vec::Vec<_> = report.replies().map(|(_, reply)| *reply).collect();
        let some = ::core::option::Option::Some(7);
        assert_eq!(replies, [some, ::core::option::Option::None]);
        assert_eq!(OrderPaid { order: &7 }.send_async().await.delivered(), 10);
        let shipped = Shipped { __kept: "a", __fields: 1, __visit: [2], r#async: true };
        assert_eq!(shipped.send_async().await.deferred(), 3);
    });
    let drained = lback_signals::background::drain(::core::time::Duration::from_secs(60));
    assert!(drained.undelivered().is_empty());
    assert_eq!(lback_signals::background::stats().done(), 3);
}
