//! Receivers that wait for the end of a transaction.

mod awaited;
mod hostile;
mod model;
mod nested;
mod receivers;
mod sending;
mod single;
mod without;

use std::sync::{Arc, Mutex};

use lback_signals::{Model, Report, Res, Scope, Signal, Transaction, receiver, signal};

/// The received signals, in order: a resource of the test's scope.
#[derive(Default)]
struct Log(Mutex<Vec<String>>);

impl Log {
    fn write(&self, line: impl Into<String>) {
        self.0.lock().unwrap().push(line.into());
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

#[derive(Clone, Model)]
struct Order {
    #[model(id)]
    number: u32,
}

/// An order has been paid.
#[signal(owned)]
struct OrderPaid<'a> {
    #[sender]
    order: &'a Order,
    email: &'a str,
}

#[receiver(signal = OrderPaid)]
fn audit(event: &OrderPaid<'_>, log: Res<'_, Log>) -> Result<(), &'static str> {
    log.write(format!("audit {}", event.order.number));
    if event.email.is_empty() {
        Err("no address")
    } else {
        Ok(())
    }
}

#[receiver(signal = OrderPaid, after_commit, after(receipt))]
fn points(event: &OrderPaid<'_>, log: Res<'_, Log>) {
    log.write(format!("points {}", event.order.number));
}

#[receiver(signal = OrderPaid, after_commit)]
fn receipt(event: &OrderPaid<'_>, log: Res<'_, Log>) -> Result<(), &'static str> {
    log.write(format!("receipt {} to {}", event.order.number, event.email));
    if event.email == "refused" {
        Err("refused")
    } else {
        Ok(())
    }
}

#[receiver(signal = OrderPaid, after_rollback)]
fn apologise(event: &OrderPaid<'_>, log: Res<'_, Log>) -> Result<(), &'static str> {
    log.write(format!("apologise {}", event.order.number));
    if event.email == "refused" {
        Err("refused")
    } else {
        Ok(())
    }
}

fn pay_to(number: u32, email: &str) -> Report {
    let order = &Order { number };
    OrderPaid { order, email }.send()
}

fn pay(number: u32) -> Report {
    pay_to(number, "ada")
}

fn in_scope(test: impl FnOnce(&Log)) {
    let log = Arc::new(Log::default());
    Scope::new()
        .provide_dyn(Arc::clone(&log))
        .run(|| test(&log));
}

fn committed(number: u32) -> [String; 2] {
    [
        format!("receipt {number} to ada"),
        format!("points {number}"),
    ]
}

#[test]
fn the_debug_output_has_the_state_and_the_number_of_pending_signals() {
    let transaction = Transaction::new();
    let shown = format!("{transaction:?}");
    assert!(
        shown.contains("Open") && shown.contains("pending: 0"),
        "{shown}"
    );
}
