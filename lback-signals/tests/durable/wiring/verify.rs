//! The comparison of a program with locks of other forms and other receivers.

use lback_signals::{Signal, verify_wiring};

use super::Paid;

#[test]
fn another_form_of_one_version_is_an_error() {
    let error = verify_wiring!("data/form.lock").unwrap_err();
    assert_eq!(
        error.to_string(),
        "this program stores `durable::wiring::Paid` in another form than v2 of `wiring.paid` in \
         `data/form.lock`: write `version = 3` in its `durable(…)`, or build it with the \
         features of the program that wrote the file"
    );
    assert!(
        error
            .signals_of_another_form()
            .eq([Paid::info().type_path()])
    );
    assert_eq!(error.receivers().count(), 0);
}

#[test]
fn another_version_is_no_error() {
    assert!(verify_wiring!("data/version.lock").is_ok());
}

#[test]
fn a_durable_receiver_that_is_not_linked_leaves_its_deliveries_waiting() {
    let error = verify_wiring!("data/gone.lock", "data/form.lock");
    let error = error.unwrap_err();
    assert_eq!(
        error.to_string(),
        "this program lacks 1 receiver of `data/gone.lock` and `data/form.lock`: \
         add the line `lback_signals::link!(mailing);`
  crate `mailing` is not linked, or the features that have these are off:
    mailing::send_receipt, which receives durable::wiring::Paid; stored deliveries for `wiring-mailing` wait for it
this program stores `durable::wiring::Paid` in another form than v2 of `wiring.paid` in \
         `data/gone.lock` and `data/form.lock`: write `version = 3` in its \
         `durable(…)`, or build it with the features of the program that wrote the file"
    );
}
