//! Orders in a database, and mails that are only sent for what it has committed: an order that
//! is rolled back sends no receipt, and a savepoint that is rolled back loses only its own mail.
//!
//! `cargo run -p transactions`

use std::sync::Mutex;

use lback_signals::{Model, Res, Signal, Transaction, provide, receiver, signal};
use rusqlite::{Connection, Savepoint, params};

#[derive(Clone, Model)]
struct Order {
    #[model(id)]
    number: i64,
    email: String,
}

/// An order has been paid: its row is written, but not committed.
#[signal(owned)]
struct OrderPaid<'a> {
    #[sender]
    order: &'a Order,
    cents: u32,
}

/// A voucher has been taken for a part of an order.
#[signal(owned)]
struct VoucherTaken<'a> {
    #[sender]
    order: &'a Order,
    code: &'a str,
}

// The receivers. None of them knows of the database.

/// The mails that have left the house.
#[derive(Default)]
struct Outbox(Mutex<Vec<String>>);

impl Outbox {
    fn send(&self, to: &str, text: &str) {
        println!("  mail to {to}: {text}");
        if let Ok(mut mails) = self.0.lock() {
            mails.push(format!("{to}: {text}"));
        }
    }
}

/// Runs at once, and may object.
#[receiver(signal = OrderPaid)]
fn refuse_suspicious_orders(event: &OrderPaid<'_>) -> std::result::Result<(), String> {
    if event.cents > 100_000 {
        return Err(format!("{} cents are too many", event.cents));
    }
    Ok(())
}

#[receiver(signal = OrderPaid, after_commit)]
fn send_receipt(event: &OrderPaid<'_>, outbox: Res<'_, Outbox>) {
    let text = format!("thank you for order {}", event.order.number);
    outbox.send(&event.order.email, &text);
}

#[receiver(signal = OrderPaid, after_rollback)]
fn log_lost_order(event: &OrderPaid<'_>) {
    println!("  log: order {} came to nothing", event.order.number);
}

#[receiver(signal = VoucherTaken, after_commit)]
fn confirm_voucher(event: &VoucherTaken<'_>, outbox: Res<'_, Outbox>) {
    let text = format!("voucher {} is used up", event.code);
    outbox.send(&event.order.email, &text);
}

// The senders.

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Pays an order, by a voucher if there is a good one.
fn pay(database: &mut Connection, order: &Order, cents: u32, voucher: Option<&str>) -> Result<()> {
    // With an error both are dropped, and so both roll back: the database first.
    let transaction = Transaction::new();
    let mut rows = database.transaction()?;
    transaction.run(|| {
        let sql = "INSERT INTO paid (number, email, cents) VALUES (?1, ?2, ?3)";
        rows.execute(sql, params![order.number, order.email, cents])?;
        OrderPaid { order, cents }.try_send()?;
        if let Some(code) = voucher
            && let Err(error) = take_voucher(rows.savepoint()?, order, code)
        {
            println!("  without the voucher: {error}");
        }
        let sql = "INSERT INTO ledger (number, cents) VALUES (?1, ?2)";
        rows.execute(sql, params![order.number, cents])?;
        Ok::<(), Box<dyn std::error::Error>>(())
    })?;
    println!("  all is written, and nothing sent");
    transaction.commit_after(|| rows.commit())?;
    Ok(())
}

fn take_voucher(rows: Savepoint<'_>, order: &Order, code: &str) -> Result<()> {
    // Inside that of the order.
    let transaction = Transaction::new();
    transaction.run(|| {
        VoucherTaken { order, code }.send();
        let sql = "INSERT INTO taken (code, number) VALUES (?1, ?2)";
        rows.execute(sql, params![code, order.number])
    })?;
    transaction.commit_after(|| rows.commit())?;
    Ok(())
}

fn main() -> Result<()> {
    provide(Outbox::default())?;
    let mut database = Connection::open_in_memory()?;
    database.execute_batch(
        "CREATE TABLE paid (number INTEGER PRIMARY KEY, email TEXT NOT NULL, cents INTEGER NOT NULL);
         CREATE TABLE taken (code TEXT PRIMARY KEY, number INTEGER NOT NULL);
         CREATE TABLE ledger (number INTEGER PRIMARY KEY, cents INTEGER CHECK (cents > 0));",
    )?;

    for (what, number, cents, voucher) in [
        ("An order with a voucher:", 1, 4_200, Some("SPRING")),
        ("One that a receiver refuses:", 2, 4_200_000, None),
        ("One whose voucher is used up:", 3, 900, Some("SPRING")),
        ("One that the ledger has no place for:", 4, 0, None),
    ] {
        println!("{what}");
        let email = format!("customer{number}@example.org");
        let order = Order { number, email };
        if let Err(error) = pay(&mut database, &order, cents, voucher) {
            println!("  not paid: {error}");
        }
    }

    let count = |table| {
        let sql = format!("SELECT count(*) FROM {table}");
        database.query_row(&sql, [], |row| row.get::<_, u32>(0))
    };
    println!(
        "In the database: {} orders, {} voucher",
        count("paid")?,
        count("taken")?
    );
    Ok(())
}
