#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(not(any(feature = "postgres", feature = "sqlite")))]
compile_error!("enable the feature `postgres` or `sqlite` of `lback-signals-sea-orm`");

mod bulk;
mod connection;
mod derive;
mod error;
mod hooks;
mod rows;
mod transaction;
mod within;

// Used by generated code.
#[doc(hidden)]
pub mod __private;

pub use crate::bulk::{BulkOperation, BulkSignal, delete_many, insert_many, update_many};
pub use crate::connection::SeaOrmConnection;
pub use crate::derive::SignalModel;
pub use crate::error::{transaction_error, veto};
pub use crate::hooks::ModelHooks;
pub use crate::transaction::SeaOrmTransaction;
pub use crate::within::{BeginTransaction, within};
