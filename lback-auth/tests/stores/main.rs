//! The stores of the crate.

#![cfg(feature = "accounts")]

#[cfg(feature = "testing")]
mod conformance;
mod own_rules;
#[cfg(feature = "postgres")]
mod postgres_restart;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod sql;

#[cfg(any(feature = "sqlite", feature = "postgres"))]
#[path = "../support/databases.rs"]
mod databases;
