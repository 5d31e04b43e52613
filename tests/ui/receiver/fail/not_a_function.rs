use lback_signals::{receiver, signal};

#[signal]
struct OrderPaid;

#[receiver(signal = OrderPaid)]
struct Mailer;

#[receiver(signal = OrderPaid)]
mod mail {}

#[receiver(signal = OrderPaid)]
impl Mailer {
    fn on_paid(event: &OrderPaid) {}
}

trait OnPaid {
    #[receiver(signal = OrderPaid)]
    fn on_paid(event: &OrderPaid);
}

fn main() {}
