#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(not(any(feature = "postgres", feature = "sqlite")))]
compile_error!("enable the feature `postgres` or `sqlite` of `lback-signals-diesel`");

mod current;
mod error;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;

pub use crate::error::{TransactionError, transaction_error};
#[cfg(feature = "durable-postgres")]
pub use crate::postgres::outbox_transaction_async;
#[cfg(feature = "postgres")]
pub use crate::postgres::transaction_async;
#[cfg(feature = "durable-sqlite")]
pub use crate::sqlite::outbox_transaction;
#[cfg(feature = "sqlite")]
pub use crate::sqlite::transaction;
