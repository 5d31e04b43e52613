//! What `durable(…)` generates: the owned form, the metadata, and the codec of the payload.

use lback_signals::{Signal, receiver, signal};

/// An order was paid.
#[signal(durable(name = "declaring.paid", version = 2, was("declaring.order-paid")))]
pub struct OrderPaid<'a> {
    #[sender]
    order: u64,
    /// The address of the buyer.
    pub email: &'a str,
    items: &'a [String],
    #[field(default)]
    note: Option<String>,
}

#[receiver(signal = OrderPaid, durable(name = "declaring.send-receipt"))]
async fn send_receipt(event: &OrderPaid<'_>) -> Result<(), std::io::Error> {
    let _ = event;
    Ok(())
}

#[receiver(signal = OrderPaid, durable(name = "declaring.book"))]
fn book(_: &OrderPaid<'_>) {}

#[test]
fn metadata() {
    let durable = OrderPaid::info().durable().unwrap();
    assert_eq!(durable.name(), "declaring.paid");
    assert_eq!(durable.version(), 2);
    assert_eq!(durable.was(), ["declaring.order-paid"]);
    assert_eq!(durable.stored_form().len(), 8);
    let owned = OrderPaidOwned {
        order: 1,
        email: String::new(),
        items: Vec::new(),
        note: None,
    };
    let _ = owned.email;
}
