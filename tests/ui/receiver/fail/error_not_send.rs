#![allow(unused)]

use std::error::Error;
use std::rc::Rc;

use lback_signals::{receiver, signal};

type Failed = Box<dyn Error>;
type Outcome = Result<(), Box<dyn Error>>;

#[derive(Debug)]
struct Local(Rc<()>);

impl std::fmt::Display for Local {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("local")
    }
}

impl Error for Local {}

#[signal]
struct OrderPaid;

#[receiver(signal = OrderPaid)]
fn spelled_out(_: &OrderPaid) -> Result<(), Box<dyn Error>> {
    Ok(())
}

#[receiver(signal = OrderPaid)]
fn without_sync(_: &OrderPaid) -> std::result::Result<(), Box<dyn std::error::Error + Send>> {
    Ok(())
}

#[receiver(signal = OrderPaid)]
fn error_by_alias(_: &OrderPaid) -> Result<(), Failed> {
    Ok(())
}

#[receiver(signal = OrderPaid)]
fn result_by_alias(_: &OrderPaid) -> Outcome {
    Ok(())
}

#[receiver(signal = OrderPaid)]
fn not_send_itself(_: &OrderPaid) -> Result<(), Local> {
    Ok(())
}

fn main() {}
