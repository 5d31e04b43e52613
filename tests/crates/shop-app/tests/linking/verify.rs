//! The error of `verify_wiring!` in a program that links two of the shop's crates and forgets a third.

use lback_signals::{MissingReceivers, receiver, verify_wiring};
use shop_signals::OrderSent;
use test_support::{child_process_of, output_of};

#[receiver(signal = OrderSent)]
fn receiver_of_the_program(_: &OrderSent<'_>) {}

#[test]
fn a_forgotten_crate_is_named_with_the_line_to_add() {
    let error = verify_wiring!("signals.lock").unwrap_err();
    let text = "\
this program lacks 2 receivers of `signals.lock`: add the line \
`lback_signals::link!(shop_payments);`
  crate `shop_payments` is not linked, or the features that have these are off:
    shop_payments::stamp, which receives shop_signals::OrderSent
    shop_payments::take_money, which receives shop_signals::PaymentDue";
    assert_eq!(error.to_string(), text);
    assert_eq!(format!("{error:?}"), text, "as `main` prints it");
    assert!(error.crates_to_link().eq(["shop_payments"]));
    assert!(error.receivers().eq([
        ("shop_payments::stamp", "shop_signals::OrderSent"),
        ("shop_payments::take_money", "shop_signals::PaymentDue"),
    ]));
}

#[test]
fn a_program_may_return_the_error() {
    fn main() -> Result<(), Box<dyn std::error::Error>> {
        verify_wiring!("signals.lock",)?;
        Ok(())
    }

    assert!(main().unwrap_err().is::<MissingReceivers>());
}

#[test]
fn receivers_that_the_file_lacks_are_no_error() {
    assert!(verify_wiring!("tests/data/shared.lock").is_ok());
}

#[test]
fn receivers_that_the_file_lacks_are_warned_of() {
    let test = "verify::receivers_that_the_file_lacks_are_no_error";
    let output = output_of(child_process_of(test));
    // Not of the receiver of this very program.
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "lback-signals: warning: linked, but not in `tests/data/shared.lock`: receiver \
         `shop_audit::archive` of `shop_signals::OrderSent`; review them, and write the file with \
         UPDATE_SIGNALS_LOCK=1\n",
    );
}

#[test]
fn two_files_add_up_and_all_crates_stand_in_one_line() {
    let error = verify_wiring!("tests/data/shared.lock", "tests/data/more.lock").unwrap_err();
    assert_eq!(
        error.to_string(),
        "\
this program lacks 3 receivers of `tests/data/shared.lock` and `tests/data/more.lock`: add the line \
`lback_signals::link!(billing, shop_payments);`
  crate `billing` is not linked, or the features that have these are off:
    billing::invoice, which receives shop_signals::OrderPaid
  crate `shop_audit` is linked without (enable the features of the crate, or write the file with \
UPDATE_SIGNALS_LOCK=1):
    shop_audit::gone, which receives shop_signals::OrderSent
  crate `shop_payments` is not linked, or the features that have these are off:
    shop_payments::stamp, which receives shop_signals::OrderSent",
    );
}

#[test]
fn a_crate_that_is_linked_is_not_to_be_linked_again() {
    let error = verify_wiring!("tests/data/stale.lock").unwrap_err();
    assert_eq!(
        error.to_string(),
        "\
this program lacks 2 receivers of `tests/data/stale.lock`: enable the features of the crate, or \
write the file with UPDATE_SIGNALS_LOCK=1
  crate `shop_receivers` is linked without:
    shop_receivers::gone, which receives shop_signals::OrderSent
    shop_receivers::parcel::gone, which receives shop_signals::OrderSent",
    );
    assert_eq!(error.crates_to_link().count(), 0);
}
