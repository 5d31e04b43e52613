//! Compares the receivers of the shop's crates with `signals.lock`.
//!
//! `UPDATE_SIGNALS_LOCK=1 cargo test -p shop-app --test wiring` writes the file.

// The same crates as in `src/main.rs`.
lback_signals::link!(shop_audit, shop_payments, shop_receivers);

#[test]
fn the_wiring_is_as_reviewed() {
    lback_signals::assert_wiring!("signals.lock");
}
