use lback_signals::signal;

#[signal]
struct OrderPaid {
    order: ,
}

fn main() {}
