//! Disabled receivers in the wiring.

use lback_signals::{Signal, disable, receiver, signal, wiring};

#[signal(owned)]
struct Archived;

#[receiver(signal = Archived)]
fn at_once(_: &Archived) {}

#[receiver(signal = Archived, after_commit)]
fn afterwards(_: &Archived) {}

#[test]
fn the_wiring_shows_disabled_receivers_and_the_lock_does_not() {
    let lock = wiring().to_lock();
    disable(at_once).unwrap();
    disable(afterwards).unwrap();
    assert!(
        Archived::info()
            .receivers()
            .iter()
            .all(|it| it.is_disabled())
    );
    let (table, mermaid) = (wiring().to_string(), wiring().to_mermaid());
    for line in ["disabled", "after_commit; disabled"] {
        assert!(table.lines().any(|it| it.trim() == line), "{table}");
    }
    assert!(mermaid.contains("|1 disabled|"), "{mermaid}");
    assert!(mermaid.contains("|2 after_commit, disabled|"), "{mermaid}");
    assert_eq!(wiring().to_lock(), lock);
}
