//! Deliveries that run twice.

use std::collections::BTreeSet;
use std::sync::Mutex;

use lback_signals::durable::Delivery;
use lback_signals::{Res, Scope, Signal, Transaction, receiver, signal};

/// The deliveries that a receiver saw.
#[derive(Default)]
struct Seen(Mutex<Vec<(String, u32, bool)>>);

#[signal(durable(name = "test-modes.charged", version = 1))]
struct Charged {
    number: u32,
}

#[receiver(signal = Charged, durable(name = "test-modes.charges"))]
fn charges(_: &Charged, delivery: Delivery<'_>, seen: Res<'_, Seen>) {
    let (id, key) = (delivery.id(), delivery.idempotency_key());
    assert_eq!(key, format!("{id}/test-modes.charges"));
    let attempt = (key, delivery.attempt(), delivery.is_last_attempt());
    seen.0.lock().unwrap().push(attempt);
}

#[receiver(signal = Charged, durable(name = "test-modes.charges-once", attempts = 1))]
async fn charges_once(_: &Charged, delivery: Delivery<'_>) {
    assert!(delivery.is_last_attempt());
}

/// Returns the keys and the attempts of the deliveries.
fn check(seen: &Seen, signals: usize) {
    let seen = std::mem::take(&mut *seen.0.lock().unwrap());
    let keys: BTreeSet<_> = seen.iter().map(|(key, ..)| key).collect();
    assert_eq!(keys.len(), signals);
    for pair in seen.chunks(2) {
        let [(first, 1, false), (second, 2, false)] = pair else {
            panic!("{pair:?}");
        };
        assert_eq!(first, second);
    }
}

#[test]
fn each_delivery_runs_twice_with_one_key() {
    let seen = std::sync::Arc::new(Seen::default());
    for scope in [
        Scope::new().durable_twice(),
        Scope::new().durable_inline().durable_twice(),
        Scope::new().durable_twice().durable_inline(),
    ] {
        let scope = scope.provide_dyn(seen.clone());
        let report = scope.run(|| {
            let transaction = Transaction::new();
            transaction.run(|| (Charged { number: 1 }.send(), Charged { number: 2 }.send()));
            transaction.commit()
        });
        assert!(report.is_ok());
        assert_eq!(report.delivered(), 8);
        check(&seen, 2);
    }

    let scope = Scope::new().durable_manual().durable_twice();
    let scope = scope.provide_dyn(seen.clone());
    assert_eq!(scope.run(|| Charged { number: 1 }.send()).deferred(), 4);
    assert_eq!(pollster::block_on(scope.drain()).delivered(), 4);
    check(&seen, 1);
}
