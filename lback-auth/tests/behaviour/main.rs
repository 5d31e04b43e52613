//! The account model and its hasher.

mod argon2_cffi;
#[cfg(feature = "tokio")]
mod asynchronous;
#[cfg(feature = "foreign-hashes")]
mod foreign_hashes;
#[cfg(unix)]
mod forked;
mod hostile;
#[cfg(feature = "accounts")]
mod mails_without_receiver;
mod model;
mod naughty_strings;
mod resident_memory;
mod rotation;
mod sent;
mod sessions;
mod transactions;
