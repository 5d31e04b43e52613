//! What is recorded or muted is a signal.

use lback_signals::Scope;

struct OrderPaid;

fn main() {
    let scope = Scope::new().mute_signal::<OrderPaid>();
    let _ = scope.capture::<OrderPaid, _>(|_| ());
}
