//! A crate that is a shared library, too. This test is built only if the shared library links.

use shared_library::lback_auth::User;
use shared_library::lback_signals::{Signal, wiring};
use shared_library::{InvoiceDue, OrderPaid, PriceAsked, Stored};

#[test]
fn a_crate_that_links_as_a_shared_library_registers_its_receivers() {
    assert_eq!(OrderPaid { number: &7 }.send().delivered(), 1);
    assert_eq!(Stored { path: "/" }.send().delivered(), 1);
    assert_eq!(PriceAsked.send().replies().len(), 1);
    assert_eq!(InvoiceDue.send().delivered(), 1);
    let problems = wiring().check().err().unwrap_or_default();
    let mut problems = problems.iter().map(ToString::to_string);
    assert!(!problems.any(|problem| problem.contains("shared_library")));
    assert!(User::new("ada", "ada@example.org").is_ok());
}
