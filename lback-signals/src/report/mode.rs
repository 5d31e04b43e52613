//! How a dispatch continues after a failure or a reply.

/// The test for the reply that ends the dispatch, as `ask` uses it. `None` if all receivers are called.
// Not public API. Used by generated code.
#[doc(hidden)]
pub type Until<R> = Option<fn(&R) -> bool>;

/// Whether receivers run after one that failed.
// Not public API. Used by generated code.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The remaining receivers run, as for `send`.
    Robust,
    /// The remaining receivers do not run, as for `try_send`.
    Strict,
}
