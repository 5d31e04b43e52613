//! The flows of accounts that are kept in a store.

mod context;

pub use context::RequestContext;
