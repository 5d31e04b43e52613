//! The sender of a stored signal may be a snapshot, which is never of the type that was sent.

use std::borrow::Cow;

use lback_signals::durable::SnapshotSender;
use lback_signals::schemars::{JsonSchema, Schema, SchemaGenerator};
use lback_signals::serde::{Deserialize, Deserializer, Serialize, Serializer};
use lback_signals::{SenderAs, SentBy, receiver, signal};

pub trait Customer: Send + Sync + 'static {
    fn number(&self) -> u64;
}

pub struct Buyer(pub u64);

impl Customer for Buyer {
    fn number(&self) -> u64 {
        self.0
    }
}

impl SnapshotSender for dyn Customer {
    fn subject(&self) -> Option<String> {
        None
    }
}

impl SenderAs<Buyer> for dyn Customer {
    fn sender_as(&self) -> Option<&Buyer> {
        None
    }
}

impl ToOwned for dyn Customer {
    type Owned = Box<dyn Customer>;

    fn to_owned(&self) -> Self::Owned {
        Box::new(Buyer(self.number()))
    }
}

impl Serialize for dyn Customer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.number().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Box<dyn Customer> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Box::new(Buyer(u64::deserialize(deserializer)?)))
    }
}

impl JsonSchema for dyn Customer {
    fn schema_name() -> Cow<'static, str> {
        "Customer".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        u64::json_schema(generator)
    }
}

#[signal(durable(name = "customer.moved", version = 1))]
pub struct Moved<'a> {
    #[sender]
    customer: &'a dyn Customer,
}

#[receiver(signal = Moved, durable(name = "update-labels"))]
async fn update_labels(buyer: SentBy<'_, Buyer>) {
    println!("{}", buyer.number());
}

#[receiver(signal = Moved, durable(name = "print-labels"))]
fn print_labels(event: &Moved<'_>, buyer: SentBy<'_, Buyer>) {
    println!("{} {}", event.customer.number(), buyer.number());
}

// Correct: the snapshot itself, and a receiver that gets the signal as it was sent.
#[receiver(signal = Moved, durable(name = "count-labels"))]
fn count_labels(customer: SentBy<'_, dyn Customer>) {
    println!("{}", customer.number());
}

#[receiver(signal = Moved)]
fn greet(buyer: SentBy<'_, Buyer>) {
    println!("{}", buyer.number());
}

fn main() {}
