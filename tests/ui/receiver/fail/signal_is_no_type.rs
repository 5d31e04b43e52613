use lback_signals::receiver;

mod shop {}

trait Paid {}

fn order_paid() {}

#[receiver(signal = shop)]
fn on_module(event: &u32) {}

#[receiver(signal = Paid)]
fn on_trait(event: &u32) {}

#[receiver(signal = order_paid)]
fn on_function(event: &u32) {}

fn main() {}
