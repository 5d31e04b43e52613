//! The declarations of `durable(…)`: metadata, the owned form, and the hash of the stored form.

mod forms;

use std::time::Duration;

use lback_signals::durable::{DeliveryError, DurableReceiver};
use lback_signals::{AsyncSignal, FieldInfo, Phase, ReceiverInfo, Res, Signal, receiver, signal};

/// An order was paid.
#[signal(durable(
    name = "declaring.paid",
    version = 2,
    was("declaring.order-paid", "paid")
))]
struct OrderPaid<'a> {
    #[sender]
    order: u64,
    /// The address of the buyer.
    email: &'a str,
    items: &'a [String],
    #[field(default)]
    note: Option<String>,
}

#[receiver(
    signal = OrderPaid,
    durable(
        name = "declaring.send-receipt",
        was("declaring.mail-receipt"),
        attempts = 3,
        backoff("500ms", max = "1h"),
        timeout = "30s",
        concurrency = 7,
    ),
)]
async fn send_receipt(_: &OrderPaid<'_>, _: Res<'_, str>) -> Result<(), DeliveryError> {
    Ok(())
}

#[receiver(signal = OrderPaid, durable(name = "declaring.book"))]
fn book(event: &OrderPaid<'_>) -> Result<(), String> {
    let _ = (event.order, event.email, event.items);
    event.note.clone().map_or(Ok(()), Err)
}

#[receiver(signal = OrderPaid, durable(name = "declaring.count", backoff("2min")))]
async fn count(_: &OrderPaid<'_>) {}

#[receiver(signal = OrderPaid, after_rollback)]
fn not_paid(_: &OrderPaid<'_>) {}

#[receiver(signal = OrderPaid, background)]
fn soon(_: &OrderPaid<'_>) {}

#[receiver(signal = OrderPaid)]
fn now(_: &OrderPaid<'_>) {}

/// An order was shipped.
#[signal(async, durable(name = "declaring.shipped", version = 1))]
struct OrderShipped;

#[receiver(signal = OrderShipped, durable(name = "declaring.tell"))]
async fn tell(_: &OrderShipped) {}

fn receiver_of<S: Signal>(name: &str) -> &'static ReceiverInfo {
    let mut receivers = S::info().receivers().into_iter();
    receivers.find(|receiver| receiver.name() == name).unwrap()
}

fn options(name: &str) -> &'static DurableReceiver {
    receiver_of::<OrderPaid<'_>>(name).durable().unwrap()
}

#[test]
fn a_signal_has_a_name_a_version_and_earlier_names() {
    let info = OrderPaid::info();
    assert!(info.is_owned());
    assert_eq!(info.name(), "order_paid");
    let durable = info.durable().unwrap();
    assert_eq!(durable.name(), "declaring.paid");
    assert_eq!(durable.version(), 2);
    assert_eq!(durable.was(), ["declaring.order-paid", "paid"]);
    let fields: Vec<_> = info.fields().iter().map(FieldInfo::name).collect();
    assert_eq!(fields, ["order", "email", "items", "note"]);
}

#[test]
fn a_receiver_has_the_options_of_its_attribute() {
    let options = options("send_receipt");
    assert_eq!(options.name(), "declaring.send-receipt");
    assert_eq!(options.was(), ["declaring.mail-receipt"]);
    assert_eq!(options.attempts(), 3);
    assert_eq!(options.backoff().first(), Duration::from_millis(500));
    assert_eq!(options.backoff().max(), Duration::from_hours(1));
    assert_eq!(options.timeout(), Some(Duration::from_secs(30)));
    assert_eq!(options.concurrency(), 7);
}

#[test]
fn a_receiver_has_defaults() {
    for (name, timeout) in [("book", None), ("count", Some(Duration::from_mins(5)))] {
        let options = options(name);
        assert_eq!(options.attempts(), 20);
        assert_eq!(options.backoff().max(), Duration::from_hours(1));
        assert_eq!(options.timeout(), timeout);
        assert_eq!(options.concurrency(), 4);
        assert!(options.was().is_empty());
    }
    assert_eq!(options("book").backoff().first(), Duration::from_secs(2));
    assert_eq!(options("count").backoff().first(), Duration::from_mins(2));
}

#[test]
fn durable_receivers_are_the_last_phase() {
    let receivers = OrderPaid::info().receivers();
    let order: Vec<_> = receivers.iter().map(|it| (it.name(), it.phase())).collect();
    assert_eq!(
        order,
        [
            ("now", Phase::Now),
            ("soon", Phase::Background),
            ("not_paid", Phase::AfterRollback),
            ("book", Phase::Durable),
            ("count", Phase::Durable),
            ("send_receipt", Phase::Durable),
        ]
    );
    let needed = receiver_of::<OrderPaid<'_>>("send_receipt").resources();
    assert_eq!(needed[0].type_name(), "str");
    assert!(receiver_of::<OrderPaid<'_>>("soon").durable().is_none());
}

#[test]
fn an_async_signal_can_be_durable() {
    let receiver = receiver_of::<OrderShipped>("tell");
    assert_eq!(
        (receiver.phase(), receiver.is_async()),
        (Phase::Durable, true)
    );
    let _ = OrderShipped::send_async;
}

#[test]
fn the_owned_form_is_an_ordinary_struct() {
    /// The form that an earlier version stored.
    struct OrderPaidV1 {
        order: u64,
    }

    impl From<OrderPaidV1> for OrderPaidOwned {
        fn from(earlier: OrderPaidV1) -> Self {
            Self {
                order: earlier.order,
                email: String::new(),
                items: Vec::new(),
                note: None,
            }
        }
    }

    let owned = OrderPaidOwned::from(OrderPaidV1 { order: 7 });
    assert_eq!((owned.order, &*owned.email, owned.items.len()), (7, "", 0));
    assert!(owned.note.is_none());
    let OrderShippedOwned {} = OrderShippedOwned {};
}
