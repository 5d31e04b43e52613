#![forbid(unsafe_code)]
#![deny(warnings, rust_2018_idioms, single_use_lifetimes, unused_qualifications, unused_results)]

//! The forms of an `async fn` that receives a signal.

use std::future::{Future, ready};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use lback_signals::{
    AsyncSignal, BoxError, Context, FromSignal, Rejection, Res, SentBy, Signal, provide,
    provide_dyn, receiver, signal,
};

trait Mailer: Send + Sync {
    fn send(&self, to: &str) -> Pin<Box<dyn Future<Output = bool> + Send>>;
}

struct Smtp;

impl Mailer for Smtp {
    fn send(&self, to: &str) -> Pin<Box<dyn Future<Output = bool> + Send>> {
        Box::pin(ready(to == "ada@example.org"))
    }
}

#[derive(Debug)]
struct Order {
    number: u32,
}

#[signal(async)]
struct OrderPaid<'a> {
    #[sender]
    order: &'a Order,
    email: &'a str,
}

#[signal(async)]
struct OrderSent<'a, 'b> {
    #[sender]
    order: &'a Order,
    by: &'b str,
}

#[signal]
struct NotAsync;

/// Borrows from the signal.
#[derive(Clone, Copy)]
struct Host<'s>(&'s str);

impl<'s> FromSignal<'s, OrderPaid<'_>> for Host<'s> {
    fn from_signal(event: &'s OrderPaid<'_>, _: &'s Context) -> Result<Self, Rejection> {
        match event.email.split_once('@') {
            None => Err(Rejection::skip()),
            Some((_, "")) => Err(Rejection::fail("no host")),
            Some((_, host)) => Ok(Self(host)),
        }
    }
}

/// Of every signal.
struct Name(&'static str);

impl<S: Signal> FromSignal<'_, S> for Name {
    fn from_signal(_: &S, _: &Context) -> Result<Self, Rejection> {
        Ok(Self(S::info().name()))
    }
}

#[receiver(signal = OrderPaid)]
async fn a_all(
    count: Res<'_, AtomicU32>,
    event: &OrderPaid<'_>,
    order: SentBy<'_, Order>,
    host: Host<'_>,
    mailer: Res<'_, dyn Mailer>,
    missing: Option<Res<'_, Vec<u8>>>,
    #[cfg(any())] never: NoSuchType,
    #[cfg(all())] Name(name): Name,
) -> Result<(), BoxError> {
    assert!(mailer.send(event.email).await && missing.is_none());
    assert_eq!((event.order.number, host.0, name), (order.number, "example.org", "order_paid"));
    let _ = count.fetch_add(1, Ordering::Relaxed);
    Ok(())
}

#[receiver(signal = OrderPaid)]
async fn b_pattern(&OrderPaid { order: &Order { number }, .. }: &OrderPaid<'_>, mut host: Host<'_>) {
    host.0 = "";
    ready(()).await;
    assert_eq!((number, host.0), (7, ""));
}

#[receiver(signal = OrderPaid)]
async fn c_named<'s, 'a: 's>(event: &'s OrderPaid<'a>, host: Host<'s>) -> Result<(), String> {
    let email: &'a str = event.email;
    ready(()).await;
    if email.ends_with(host.0) { Ok(()) } else { Err(email.to_owned()) }
}

#[receiver(signal = [OrderPaid, OrderSent])]
async fn d_any<S: Signal<Sender = Order>>(event: &S) {
    ready(()).await;
    assert_eq!(event.sender().number, 7);
}

#[receiver(signal = [OrderPaid, OrderSent])]
async fn e_any_async<S>(event: &S, name: Name) -> Result<(), String>
where
    S: AsyncSignal<Sender = Order>,
{
    ready(()).await;
    if name.0 == "order_sent" { Err(format!("{:?}", event.sender())) } else { Ok(()) }
}

/// Beside the signals that are called.
#[receiver(signal = [NotAsync, OrderSent])]
fn f_not_async(_: Name) {}

#[receiver(signal = OrderSent, after(h_earlier), before(d_any::<OrderSent<'_, '_>>))]
async fn g_later(event: &OrderSent<'_, '_>) {
    assert_eq!(event.by, "mail");
}

#[receiver(signal = OrderSent, first)]
async fn h_earlier(_: &OrderSent<'_, '_>) {}

#[receiver(signal = OrderSent, last)]
async fn i_last(_: &OrderSent<'_, '_>) -> std::io::Result<()> {
    Ok(())
}

#[cfg(any())]
#[receiver(signal = NoSuchSignal)]
async fn not_there(_: &NoSuchSignal) {}

#[cfg_attr(all(), receiver(signal = OrderSent))]
#[deprecated]
async fn j_by_cfg_attr(_: SentBy<'_, Order>) {}

/// Recursive, through a box.
#[receiver(signal = OrderSent)]
async fn k_recursive(event: &OrderSent<'_, '_>) {
    if event.order.number < 7 {
        Box::pin(k_recursive(event)).await;
    }
}

mod private {
    #[lback_signals::receiver(signal = super::OrderSent)]
    pub(super) async fn l_private(_: &super::OrderSent<'_, '_>) {}
}

fn names<S: Signal>() -> Vec<&'static str> {
    S::info().receivers().iter().map(|receiver| receiver.name()).collect()
}

#[tokio::main]
async fn main() {
    provide(AtomicU32::new(0)).unwrap();
    provide_dyn::<dyn Mailer>(Arc::new(Smtp)).unwrap();

    let order = &Order { number: 7 };
    let paid = OrderPaid { order, email: "ada@example.org" };
    let report = paid.send_async().await;
    assert_eq!((report.delivered(), report.failures().len()), (5, 0), "{report:?}");
    let report = OrderPaid { order, email: "" }.send_async().await;
    assert_eq!((report.delivered(), report.skipped()), (2, 3));
    let report = OrderPaid { order, email: "ada@" }.send_async().await;
    assert_eq!((report.delivered(), report.failures().len()), (2, 3));

    assert_eq!(
        names::<OrderSent<'_, '_>>(),
        [
            "f_not_async", "h_earlier", "e_any_async", "g_later", "d_any", "j_by_cfg_attr",
            "k_recursive", "l_private", "i_last",
        ],
    );
    let report = OrderSent { order, by: "mail" }.send_async().await;
    assert_eq!((report.delivered(), report.failures().len()), (8, 1));
    assert_eq!(NotAsync.send().delivered(), 1);

    // They stay functions.
    c_named(&paid, Host("org")).await.unwrap();
    private::l_private(&OrderSent { order, by: "" }).await;
}
