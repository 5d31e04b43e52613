//! The orders of the shop, and the signal of a new one.

use std::fmt;
use std::io::Read;
use std::process::ExitCode;

use lback_signals::durable::{EitherConnection, Outbox};
use lback_signals::{Signal, signal, within};
use serde::Deserialize;

use crate::database::{Database, execute};

/// An order has been placed: sent in the transaction that stores it. It is kept for a week, so that it can be
/// replayed.
#[signal(durable(name = "order.placed", version = 1, keep = "7d"))]
pub(crate) struct OrderPlaced<'a> {
    pub(crate) number: i64,
    pub(crate) email: &'a str,
    pub(crate) item: &'a str,
    pub(crate) quantity: i64,
}

/// A line of the CSV file.
#[derive(Deserialize)]
struct Order {
    number: i64,
    email: String,
    item: String,
    quantity: i64,
}

/// The numbers of orders that were placed and refused.
#[derive(Default)]
pub(crate) struct Placed {
    placed: u32,
    refused: u32,
}

impl Placed {
    /// Returns success if no order was refused.
    pub(crate) fn exit_code(&self) -> ExitCode {
        if self.refused == 0 {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    }
}

impl fmt::Display for Placed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { placed, refused } = self;
        let orders = if *placed == 1 { "order" } else { "orders" };
        write!(f, "placed {placed} {orders}, refused {refused}")
    }
}

/// Places the orders of a CSV file, each in a transaction. Reports each refused one on standard error.
///
/// # Errors
///
/// A line of the file is not an order. The orders before it have been placed.
pub(crate) async fn place_all(database: &Database, file: impl Read) -> anyhow::Result<Placed> {
    let mut counts = Placed::default();
    for order in csv::Reader::from_reader(file).deserialize() {
        let order: Order = order?;
        match place(database, &order).await {
            Ok(()) => counts.placed += 1,
            Err(error) => {
                counts.refused += 1;
                eprintln!("orders: order {} is refused: {error}", order.number);
            }
        }
    }
    Ok(counts)
}

/// Stores an order with the deliveries of its signal. An error rolls back both.
async fn place(database: &Database, order: &Order) -> anyhow::Result<()> {
    match database {
        Database::Sqlite { outbox, .. } => {
            within(outbox, async |transaction| {
                store(EitherConnection::Sqlite(transaction.rows().await?), order).await
            })
            .await
        }
        Database::Postgres { outbox, .. } => {
            within(outbox, async |transaction| {
                store(EitherConnection::Postgres(transaction.rows().await?), order).await
            })
            .await
        }
    }
}

async fn store(rows: EitherConnection<'_>, order: &Order) -> anyhow::Result<()> {
    let Order {
        number,
        email,
        item,
        quantity,
    } = order;
    execute!(
        rows,
        "INSERT INTO customer_order (number, email, item, quantity) VALUES ($1, $2, $3, $4)",
        number,
        email,
        item,
        quantity,
    )?;
    OrderPlaced {
        number: *number,
        email,
        item,
        quantity: *quantity,
    }
    .send();
    Ok(())
}

/// Prints the items in stock, and the deliveries that wait or are dead.
pub(crate) async fn show(database: &Database) -> anyhow::Result<()> {
    for (item, in_stock) in database.in_stock().await? {
        println!("{in_stock:>6} {item} in stock");
    }
    let counts = match database {
        Database::Sqlite { outbox, .. } => outbox.counts().await?,
        Database::Postgres { outbox, .. } => outbox.counts().await?,
    };
    for counts in counts {
        let (receiver, waiting) = (&counts.receiver, counts.waiting + counts.running);
        println!("{waiting:>6} waiting for {receiver}, {} dead", counts.dead);
    }
    Ok(())
}
