//! The macros in a crate of the edition 2015, which has no `async fn`.

extern crate lback_auth;
extern crate lback_signals;

include!("shared/macros.rs");
