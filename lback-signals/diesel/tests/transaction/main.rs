//! Transactions of Diesel itself, errors, and transactions without an outbox. The suite of `examples/databases` compares
//! the binding with other database layers.

mod postgres;
#[path = "../../../tests/durable/postgres_schema.rs"]
mod postgres_schema;
mod sqlite;
#[allow(dead_code, reason = "other tests use more of it")]
#[path = "../../../tests/durable/sql/world.rs"]
mod world;

use lback_signals::{receiver, signal};

mod schema {
    diesel::table! {
        paid (number) {
            number -> BigInt,
        }
    }
}

/// An order is to be shipped.
#[signal(durable(name = "shop.shipped", version = 1))]
struct Shipped {
    order: i64,
}

#[receiver(signal = Shipped, durable(name = "ship"))]
async fn ship(_: &Shipped) {}
