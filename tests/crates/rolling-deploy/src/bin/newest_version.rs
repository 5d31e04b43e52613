//! The version after that: it reads all payloads so far, a receiver has another name again, and one was removed.

use lback_signals::serde::Deserialize;
use lback_signals::{BoxError, receiver, retire, signal};

#[signal(durable(name = "order.placed", version = 3, upcast(1 = PlacedV1, 2 = PlacedV2)))]
struct Placed {
    order: i64,
    quantities: Vec<u32>,
}

#[derive(Deserialize)]
#[serde(crate = "lback_signals::serde")]
struct PlacedV1 {
    order: i64,
}

#[derive(Deserialize)]
#[serde(crate = "lback_signals::serde")]
struct PlacedV2 {
    order: i64,
    quantity: u32,
}

impl From<PlacedV1> for PlacedV2 {
    fn from(PlacedV1 { order }: PlacedV1) -> Self {
        Self { order, quantity: 1 }
    }
}

impl From<PlacedV2> for PlacedOwned {
    fn from(PlacedV2 { order, quantity }: PlacedV2) -> Self {
        let quantities = vec![quantity];
        Self { order, quantities }
    }
}

#[signal(durable(name = "order.shipped", version = 1))]
struct Shipped {
    order: i64,
}

#[receiver(signal = Placed, durable(name = "book-stock"))]
async fn book_stock(event: &Placed) {
    assert_eq!(event.quantities, [1]);
    println!("booked {}", event.order);
}

#[receiver(signal = Shipped, durable(name = "send-bill", was("send-receipt", "mail-receipt")))]
async fn send_bill(event: &Shipped) {
    println!("mailed {}", event.order);
}

retire!("push-legacy");

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let placed = |order| Placed {
        order,
        quantities: vec![1],
    };
    rolling_deploy::run(placed, |order| Shipped { order }).await
}
