//! Only a signal can be captured or muted.

use lback_signals::Scope;

struct OrderPaid;

fn main() {
    let scope = Scope::new().mute_signal::<OrderPaid>();
    let _ = scope.capture::<OrderPaid, _>(|_| ());
}
