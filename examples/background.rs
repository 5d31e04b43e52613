//! Sends receipts for a thousand orders through a mail server that takes 200 ms each, without waiting for it.
//!
//! `cargo run --example background`, and Ctrl-C for a shutdown that lists the receipts that were not sent.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use lback_signals::background::{self, Settings};
use lback_signals::{Model, Signal, receiver, signal};
use signal_hook::consts::SIGINT;
use signal_hook::flag;

const ORDERS: u32 = 1_000;

#[derive(Clone, Model)]
struct Order {
    #[model(id)]
    number: u32,
    email: String,
}

#[signal(owned)]
struct OrderPaid<'a> {
    #[sender]
    order: &'a Order,
}

#[receiver(signal = OrderPaid, background)]
fn send_receipt(event: &OrderPaid<'_>) -> Result<(), String> {
    thread::sleep(Duration::from_millis(200));
    if event.order.number.is_multiple_of(250) {
        return Err(format!("the mailbox {} is unknown", event.order.email));
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // The mail server's limit of connections.
    background::configure(Settings::new().with_concurrency(50))?;
    let is_interrupted = Arc::new(AtomicBool::new(false));
    flag::register(SIGINT, Arc::clone(&is_interrupted))?;

    let start = Instant::now();
    for number in 1..=ORDERS {
        let order = Order {
            number,
            email: format!("customer-{number}@example.org"),
        };
        OrderPaid { order: &order }.send();
    }
    let sent = start.elapsed();
    println!(
        "{ORDERS} orders are paid, {} receipts are sent",
        background::stats().done()
    );

    loop {
        let stats = background::stats();
        let is_idle = stats.waiting() + stats.running() == 0;
        if is_idle || is_interrupted.load(Ordering::Relaxed) {
            break;
        }
        println!("  {} of {ORDERS}", stats.done() + stats.failed());
        thread::sleep(Duration::from_millis(500));
    }

    // A job that is still in the queue when `main` returns is lost; this waits for half a second.
    let drained = background::drain(Duration::from_millis(500));
    let stats = background::stats();
    println!(
        "\nsending took {sent:?}, the receipts {:?}",
        start.elapsed()
    );
    println!("{} receipts sent, {} failed", stats.done(), stats.failed());
    if !drained.is_complete() {
        println!("{} were not sent in time:", drained.undelivered().len());
        for undelivered in drained.undelivered().iter().take(3) {
            println!("  {undelivered}");
        }
    }
    Ok(())
}
