#![forbid(unsafe_code)]
#![deny(warnings, rust_2018_idioms, single_use_lifetimes, unused_qualifications, unused_results)]

//! Receivers in the background, of signals that are sent and of those that are awaited.

use std::future::ready;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use lback_signals::{
    AsyncSignal, Context, FromSignal, Model, ModelSignal, Phase, Rejection, Res, SentBy, Signal,
    Transaction, background, provide, receiver, signal,
};

#[derive(Clone, Debug, Model)]
#[model(signals(post_save, owned))]
struct Order {
    #[model(id)]
    number: u32,
}

#[signal(owned)]
struct Paid<'a, 'b> {
    #[sender]
    order: &'a Order,
    email: &'b str,
    fixed: &'static str,
    amount: Option<u32>,
    #[cfg(any())]
    absent: Missing,
    #[cfg(all())]
    present: Arc<[u8]>,
    #[cfg_attr(all(), cfg(any()))]
    absent_too: &'a Missing,
}

#[signal(owned, required)]
struct Closed;

#[signal(async, owned)]
struct Shipped<'a> {
    #[sender]
    order: &'a Order,
    #[cfg(all())]
    by: &'a [String],
}

/// Borrows from the signal.
struct Host<'s>(&'s str);

impl<'s> FromSignal<'s, Paid<'_, '_>> for Host<'s> {
    fn from_signal(event: &'s Paid<'_, '_>, _: &'s Context) -> Result<Self, Rejection> {
        let host = event.email.split_once('@').map(|(_, host)| Self(host));
        host.ok_or_else(Rejection::skip)
    }
}

#[receiver(signal = Paid, background)]
fn a_called(event: &Paid<'_, '_>) {
    assert_eq!((event.order.number, event.email, event.fixed), (7, "ada@example.org", "fixed"));
    assert_eq!((event.amount, &*event.present), (Some(3), &[1, 2][..]));
}

#[receiver(signal = Paid, background)]
async fn b_awaited(event: &Paid<'_, '_>) -> Result<(), String> {
    ready(()).await;
    if event.order.number == 7 { Ok(()) } else { Err(event.email.to_owned()) }
}

#[receiver(signal = Paid, after_commit, background)]
async fn c_after_commit(
    count: Res<'_, AtomicU32>,
    missing: Option<Res<'_, String>>,
    order: SentBy<'_, Order>,
    Host(host): Host<'_>,
    #[cfg(any())] never: NoSuchType,
) {
    ready(()).await;
    assert_eq!((host, missing.is_none()), ("example.org", true));
    let _ = count.fetch_add(order.number, Ordering::Relaxed);
}

#[receiver(signal = Paid, background, after_rollback)]
async fn d_after_rollback(_: &Paid<'_, '_>) {
    unreachable!("it commits");
}

#[receiver(signal = Paid, background, after_commit)]
fn e_called_after_commit(_: Host<'_>) -> std::io::Result<()> {
    Ok(())
}

#[receiver(signal = Paid, background, first)]
async fn f_named<'s, 'a: 's>(event: &'s Paid<'a, 'a>, host: Host<'s>) {
    let order: &'a Order = event.order;
    ready(()).await;
    assert_eq!((order.number, host.0), (7, "example.org"));
}

#[receiver(signal = Paid, background, after(f_named), before(b_awaited, a_called))]
async fn g_pattern(&Paid { order: Order { number }, .. }: &Paid<'_, '_>) {
    assert_eq!(*number, 7);
}

#[receiver(signal = [Paid, Shipped, OrderPostSave], background, last)]
async fn h_any<S: Signal<Sender = Order>>(event: &S) {
    ready(()).await;
    assert_eq!(event.sender().number, 7);
}

#[receiver(signal = [Shipped, OrderPostSave], background)]
fn i_any_called<S>(event: &S)
where
    S: ModelOf,
{
    assert_eq!(event.number(), 7);
}

trait ModelOf: Signal {
    fn number(&self) -> u32;
}

impl<S: Signal<Sender = Order>> ModelOf for S {
    fn number(&self) -> u32 {
        self.sender().number
    }
}

#[receiver(signal = [OrderPostSave], background)]
async fn j_model<S: ModelSignal>(event: &S) {
    assert_eq!(event.model().model_id().as_deref(), Some("7"));
}

#[receiver(signal = Closed, fulfills, background)]
async fn k_fulfills(_: &Closed) {}

#[receiver(signal = Shipped, background)]
async fn l_of_an_async_one(event: &Shipped<'_>) {
    assert_eq!(event.by, ["mail"]);
}

#[receiver(signal = Shipped, after_commit, background)]
#[receiver(signal = Shipped)]
async fn m_twice(_: &Shipped<'_>) {}

#[deprecated]
#[receiver(signal = Closed, background)]
fn n_deprecated(_: &Closed) {}

#[cfg(any())]
#[receiver(signal = NoSuchSignal, background)]
async fn not_there(_: &NoSuchSignal) {}

fn main() {
    provide(AtomicU32::new(0)).unwrap();
    {
        let (mut order, email) = (Order { number: 7 }, String::from("ada@example.org"));
        let transaction = Transaction::new();
        let report = transaction.run(|| {
            let present = Arc::from([1, 2]);
            let order = &order;
            Paid { order, email: &email, fixed: "fixed", amount: Some(3), present }.send()
        });
        assert_eq!((report.delivered(), report.deferred()), (0, 7), "{report:?}");
        assert_eq!(transaction.commit().deferred(), 2);

        assert!(order.create_with(|_| Ok::<_, std::fmt::Error>(())).is_ok());
        assert_eq!(Closed.send().deferred(), 2);
        let by = &["mail".to_owned()];
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let report = runtime.block_on(Shipped { order: &order, by }.send_async());
        assert_eq!((report.delivered(), report.deferred()), (1, 4), "{report:?}");
    }
    let phase = |receiver: usize| Paid::info().receivers()[receiver].phase();
    assert_eq!([phase(0), phase(5)], [Phase::Background, Phase::AfterCommit]);

    assert!(background::drain(Duration::from_secs(60)).undelivered().is_empty());
    assert_eq!((background::stats().done(), background::stats().failed()), (16, 0));
}
