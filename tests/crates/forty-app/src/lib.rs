//! Says how many of forty receivers are linked.
//!
//! With `--cfg forgets_the_modules` it does not name their crate.

#![allow(unexpected_cfgs, reason = "tests/link-matrix.sh sets them")]

use std::cell::Cell;
use std::ffi::{CString, c_char};

use forty_signals::Counting;
use lback_signals::{Signal, verify_wiring, wiring};

#[cfg(not(forgets_the_modules))]
lback_signals::link!(forty_modules);

/// Returns how many receivers are called, and what `check` and `verify_wiring!` find.
#[must_use]
pub fn report() -> (u32, String) {
    let called = Cell::new(0);
    Counting { called: &called }.send();
    let called = called.get();
    let check = wiring().check().map_err(|problems| format!("{problems:?}"));
    let verified = verify_wiring!("signals.lock").map_err(|missing| missing.to_string());
    let [check, verified] =
        [check, verified].map(|it| it.err().unwrap_or_else(|| "nothing".into()));
    let report = format!("{called} receivers called; check: {check}; verify_wiring!: {verified}");
    (called, report)
}

/// Returns the report for C and JavaScript, which do not free it.
// SAFETY: no other function of the host or of this library has this name.
#[unsafe(no_mangle)]
pub extern "C" fn forty_report() -> *const c_char {
    let (_, report) = report();
    CString::new(report).unwrap_or_default().into_raw()
}
