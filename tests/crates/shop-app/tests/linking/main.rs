//! A program that links two of the shop's crates and forgets a third.
//!
//! CI runs these tests in the dev and in the release profile; the expected order of receivers is the same. Other
//! ways to link are those of `link-matrix.sh`.

mod receivers;
mod verify;

// And not `shop_payments`.
lback_signals::link!(shop_audit, shop_receivers);
