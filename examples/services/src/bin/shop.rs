//! The shop: publishes `order.placed`, and lands `item.returned` of the stock, which is a program in Python.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use lback_signals::durable::cli::DurableCommand;
use lback_signals::durable::{DeliveryError, DurableTx, SqliteOutbox, Worker};
use lback_signals::{Signal, receiver, signal};
use lback_signals_nats::{Landing, StreamSettings, publish, setup};
use services::{connect, interrupted, open};
use sqlx::{Sqlite, SqlitePool};

/// An order was placed. Other services get it, too.
#[signal(durable(name = "order.placed", version = 1, publish))]
struct OrderPlaced<'a> {
    /// The number of the order.
    order: i64,
    /// The customer, whose orders arrive in their order.
    #[key]
    customer: i64,
    /// The address of the confirmation.
    email: &'a str,
}

/// An item came back. The stock sends it.
#[signal(durable(name = "item.returned", version = 1))]
struct ItemReturned<'a> {
    order: i64,
    item: &'a str,
}

#[receiver(signal = ItemReturned, durable(name = "refund"))]
async fn refund(
    event: &ItemReturned<'_>,
    mut tx: DurableTx<'_, Sqlite>,
) -> Result<(), DeliveryError> {
    let refund = sqlx::query("INSERT INTO refunds (order_number, item) VALUES (?, ?)");
    refund
        .bind(event.order)
        .bind(event.item)
        .execute(tx.rows().await?)
        .await?;
    Ok(())
}

const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS orders (number INTEGER PRIMARY KEY, customer INTEGER NOT NULL);
    CREATE TABLE IF NOT EXISTS refunds (order_number INTEGER NOT NULL, item TEXT NOT NULL);
";

/// A shop, whose orders reach other services.
#[derive(Parser)]
struct Arguments {
    /// The SQLite database
    #[arg(long, default_value = "shop.db", global = true)]
    database: String,
    /// The address of the NATS server
    #[arg(long, default_value = "127.0.0.1:4222", global = true)]
    nats: String,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Create the streams of the shop and of the stock
    Setup,
    /// Place orders, each in one transaction
    Place {
        /// The number of orders
        count: u32,
    },
    /// Publish orders and book returned items, until interrupted
    Run,
    /// Print the numbers of orders and refunds
    Show,
    /// Inspect and change deliveries
    Durable(DurableCommand),
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    let (pool, outbox) = open(&arguments.database, TABLES).await?;
    match arguments.command {
        Command::Setup => {
            let client = connect(&arguments.nats).await?;
            for service in ["shop", "stock"] {
                setup(&client, service, &StreamSettings::default()).await?;
            }
        }
        Command::Place { count } => {
            let outbox = outbox.without_worker();
            for _ in 0..count {
                place(&outbox).await?;
            }
        }
        Command::Run => run(&outbox, &arguments.nats).await?,
        Command::Show => show(&pool).await?,
        Command::Durable(command) => return Ok(command.run(&outbox).await),
    }
    Ok(ExitCode::SUCCESS)
}

async fn place(outbox: &SqliteOutbox) -> anyhow::Result<()> {
    let mut transaction = outbox.begin().await?;
    transaction
        .run(async |rows| {
            let next = "SELECT coalesce(max(number), 0) + 1 FROM orders";
            let order: i64 = sqlx::query_scalar(next).fetch_one(&mut *rows).await?;
            let customer = order % 10;
            let insert = sqlx::query("INSERT INTO orders (number, customer) VALUES (?, ?)");
            insert
                .bind(order)
                .bind(customer)
                .execute(&mut *rows)
                .await?;
            let email = format!("customer-{customer}@example.org");
            OrderPlaced {
                order,
                customer,
                email: &email,
            }
            .send();
            Ok::<_, sqlx::Error>(())
        })
        .await?;
    transaction.commit().await?;
    Ok(())
}

async fn run(outbox: &SqliteOutbox, nats: &str) -> anyhow::Result<()> {
    let worker = Worker::new(outbox).spawn()?;
    let client = connect(nats).await?;
    let relay = publish(outbox, client.clone(), "shop").await?;
    let landing = Landing::new(outbox, client, "shop").from("stock");
    let (landed, ()) = tokio::join!(landing.run(interrupted()), relay.run(interrupted()));
    worker.shutdown().await;
    Ok(landed?)
}

async fn show(pool: &SqlitePool) -> anyhow::Result<()> {
    let (orders, refunds): (i64, i64) =
        sqlx::query_as("SELECT (SELECT count(*) FROM orders), (SELECT count(*) FROM refunds)")
            .fetch_one(pool)
            .await?;
    println!("{orders} orders, {refunds} refunds");
    Ok(())
}
