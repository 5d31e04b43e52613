//! The version that is replaced.

use lback_signals::{BoxError, receiver, signal};

#[signal(durable(name = "order.placed", version = 1))]
struct Placed {
    order: i64,
}

#[signal(durable(name = "order.shipped", version = 1))]
struct Shipped {
    order: i64,
}

#[receiver(signal = Placed, durable(name = "book-stock"))]
async fn book_stock(event: &Placed) {
    println!("booked {}", event.order);
}

#[receiver(signal = Shipped, durable(name = "mail-receipt"))]
async fn mail_receipt(event: &Shipped) {
    println!("mailed {}", event.order);
}

#[receiver(signal = Placed, durable(name = "push-legacy"))]
async fn push_legacy(event: &Placed) {
    println!("pushed {}", event.order);
}

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    rolling_deploy::run(|order| Placed { order }, |order| Shipped { order }).await
}
