//! Scopes in scopes.

use lback_signals::{Scope, Signal, Transaction};

use super::{Commented, logged};

#[test]
fn the_innermost_scope_that_delivers_decides() {
    let (outer, log) = logged(Scope::new().durable_inline());
    let manual = Scope::new().durable_manual();
    outer.run(|| {
        manual.run(|| {
            // One without a mode does not decide.
            let report = Scope::new().run(|| Commented::new("a").send());
            assert_eq!(report.deferred(), 2);
            let inline = Scope::new().durable_inline();
            assert_eq!(inline.run(|| Commented::new("b").send()).delivered(), 4);
        });
        assert_eq!(Commented::new("c").send().delivered(), 4);
    });
    log.take();
    assert_eq!(pollster::block_on(manual.drain()).delivered(), 2);
    assert_eq!(log.take(), ["mails a", "translates a"]);
}

#[test]
fn the_scope_of_the_send_decides_and_not_that_of_the_commit() {
    let (scope, log) = logged(Scope::new().durable_inline());
    let transaction = Transaction::new();
    transaction.run(|| scope.run(|| Commented::new("a").send()));
    log.take();
    assert_eq!(transaction.commit().delivered(), 3);
    assert_eq!(log.take(), ["publishes a", "mails a", "translates a"]);
}
