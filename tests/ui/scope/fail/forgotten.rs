//! A value whose drop ends its effect should be bound to a name.

#![deny(unused_must_use)]

use lback_signals::{Scope, Transaction};

fn main() {
    Transaction::new();
    Scope::new();
    Scope::new().provide(7);
    Scope::current();
    Scope::new().run_async(async {});
}
