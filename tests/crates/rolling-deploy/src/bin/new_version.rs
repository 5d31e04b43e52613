//! The version that replaces it: a payload has another field, and a receiver has another name.

use lback_signals::{BoxError, receiver, signal};

#[signal(durable(name = "order.placed", version = 2))]
struct Placed {
    order: i64,
    quantity: u32,
}

#[signal(durable(name = "order.shipped", version = 1))]
struct Shipped {
    order: i64,
}

#[receiver(signal = Placed, durable(name = "book-stock"))]
async fn book_stock(event: &Placed) {
    assert_eq!(event.quantity, 1);
    println!("booked {}", event.order);
}

#[receiver(signal = Shipped, durable(name = "send-receipt", was("mail-receipt")))]
async fn send_receipt(event: &Shipped) {
    println!("mailed {}", event.order);
}

#[receiver(signal = Placed, durable(name = "push-legacy"))]
async fn push_legacy(event: &Placed) {
    println!("pushed {}", event.order);
}

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let placed = |order| Placed { order, quantity: 1 };
    rolling_deploy::run(placed, |order| Shipped { order }).await
}
