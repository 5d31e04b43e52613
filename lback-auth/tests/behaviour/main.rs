//! The methods of the account model.

#[cfg(feature = "tokio")]
mod asynchronous;
#[cfg(feature = "foreign-hashes")]
mod foreign_hashes;
mod model;
mod naughty_strings;
mod rotation;
mod sent;
mod sessions;
