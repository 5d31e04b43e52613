//! What is recorded or muted is a signal.

use lback_signals::{Scope, Transaction};

struct OrderPaid;

fn main() {
    let scope = Scope::new().mute_signal::<OrderPaid>();
    let _ = scope.capture::<OrderPaid, _>(|_| ());
    // Forgotten at once, and said so.
    #![deny(unused_must_use)]
    Transaction::new();
}
