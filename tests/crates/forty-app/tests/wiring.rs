//! Compares the forty receivers with `signals.lock`.
//!
//! `UPDATE_SIGNALS_LOCK=1 cargo test -p forty-app --test wiring` writes the file.

lback_signals::link!(forty_modules);

#[test]
fn the_wiring_is_as_reviewed() {
    lback_signals::assert_wiring!("signals.lock");
}
