use std::error::Error;

use lback_signals::{receiver, signal};

type Failed = Box<dyn Error>;
type Outcome = Result<(), Box<dyn Error>>;

#[signal]
struct OrderPaid;

#[receiver(signal = OrderPaid)]
fn error_by_alias(_: &OrderPaid) -> Result<(), Failed> {
    Ok(())
}

#[receiver(signal = OrderPaid)]
fn result_by_alias(_: &OrderPaid) -> Outcome {
    Ok(())
}

fn main() {}
