#![forbid(unsafe_code)]
#![deny(warnings)]

//! Any number of parameters, of any kind.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use lback_signals::{Res, SentBy, Signal, provide, provide_dyn, receiver, signal};

trait Mailer: Send + Sync {
    fn sender(&self) -> &str;
}

struct Smtp;

impl Mailer for Smtp {
    fn sender(&self) -> &str {
        "shop@example.org"
    }
}

struct Order {
    number: u32,
}

#[signal]
struct OrderPaid<'a> {
    #[sender]
    order: &'a Order,
}

#[receiver(signal = OrderPaid)]
fn nine(
    count: Res<'_, AtomicU32>,
    event: &OrderPaid<'_>,
    order: SentBy<'_, Order>,
    again: &OrderPaid<'_>,
    shared: Res<'_, Arc<Order>>,
    name: Res<'_, &str>,
    mailer: Res<'_, dyn Mailer>,
    log: Option<Res<'_, Mutex<String>>>,
    missing: Option<Res<'_, Vec<u8>>>,
) {
    assert!(std::ptr::eq(event, again));
    assert_eq!(event.order.number, order.number);
    assert_eq!(shared.number, 9);
    assert_eq!((*name, mailer.sender()), ("shop", "shop@example.org"));
    assert!(log.is_some() && missing.is_none());
    count.fetch_add(order.get().number, Ordering::Relaxed);
}

fn main() {
    provide(AtomicU32::new(0)).unwrap();
    provide(Arc::new(Order { number: 9 })).unwrap();
    provide("shop").unwrap();
    provide_dyn::<dyn Mailer>(Arc::new(Smtp)).unwrap();
    provide(Mutex::new(String::new())).unwrap();

    let order = Order { number: 7 };
    let report = OrderPaid { order: &order }.send();
    assert!(report.is_ok(), "{report:?}");
    assert_eq!(OrderPaid::info().receivers()[0].resources().len(), 6);
}
