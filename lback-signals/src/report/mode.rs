//! How a dispatch goes on after a failure or an answer.

/// Says which reply is an answer, where the first one ends the dispatch: `ask`.
// Not public API. Used by generated code.
#[doc(hidden)]
pub type Until<R> = Option<fn(&R) -> bool>;

/// What a failing receiver means for those after it.
// Not public API. Used by generated code.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// They run: `send`.
    Robust,
    /// They do not: `try_send`.
    Strict,
}
