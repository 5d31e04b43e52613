//! The mailer: lands the orders of the shop, and confirms each once.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use lback_signals::durable::cli::DurableCommand;
use lback_signals::durable::{DeliveryError, DurableTx, SqliteOutbox, Worker};
use lback_signals::{receiver, signal};
use lback_signals_nats::Landing;
use services::{connect, interrupted, open};
use sqlx::{Sqlite, SqlitePool};

/// An order of the shop, with the fields that the mailer reads.
#[signal(durable(name = "order.placed", version = 1))]
struct OrderPlaced<'a> {
    order: i64,
    #[key]
    customer: i64,
    email: &'a str,
}

#[receiver(signal = OrderPlaced, durable(name = "confirm-order", order = key))]
async fn confirm_order(
    event: &OrderPlaced<'_>,
    mut tx: DurableTx<'_, Sqlite>,
) -> Result<(), DeliveryError> {
    let mail = sqlx::query("INSERT INTO mails (order_number, customer, address) VALUES (?, ?, ?)");
    let mail = mail
        .bind(event.order)
        .bind(event.customer)
        .bind(event.email);
    mail.execute(tx.rows().await?).await?;
    Ok(())
}

const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS mails (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        order_number INTEGER NOT NULL,
        customer INTEGER NOT NULL,
        address TEXT NOT NULL
    );
";

/// A mailer, which confirms the orders of the shop.
#[derive(Parser)]
struct Arguments {
    /// The SQLite database
    #[arg(long, default_value = "mailer.db", global = true)]
    database: String,
    /// The address of the NATS server
    #[arg(long, default_value = "127.0.0.1:4222", global = true)]
    nats: String,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Confirm orders, until interrupted
    Run,
    /// Print the number of mails, of those that were sent twice, and of those before an earlier one of their customer
    Show,
    /// Inspect and change deliveries
    Durable(DurableCommand),
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    let (pool, outbox) = open(&arguments.database, TABLES).await?;
    match arguments.command {
        Command::Run => run(&outbox, &arguments.nats).await?,
        Command::Show => show(&pool).await?,
        Command::Durable(command) => return Ok(command.run(&outbox).await),
    }
    Ok(ExitCode::SUCCESS)
}

async fn run(outbox: &SqliteOutbox, nats: &str) -> anyhow::Result<()> {
    let worker = Worker::new(outbox).spawn()?;
    let landing = Landing::new(outbox, connect(nats).await?, "mailer").from("shop");
    landing.run(interrupted()).await?;
    worker.shutdown().await;
    Ok(())
}

async fn show(pool: &SqlitePool) -> anyhow::Result<()> {
    let counts = "SELECT count(*), count(*) - count(DISTINCT order_number), (\
            SELECT count(*) FROM (\
                SELECT order_number, lag(order_number) OVER (PARTITION BY customer ORDER BY number) AS before FROM mails\
            ) WHERE before > order_number\
        ) FROM mails";
    let (mails, twice, late): (i64, i64, i64) = sqlx::query_as(counts).fetch_one(pool).await?;
    println!("{mails} mails, {twice} sent twice, {late} out of order");
    Ok(())
}
