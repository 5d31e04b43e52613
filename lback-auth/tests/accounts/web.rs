//! Accounts in a router of axum.

mod client;
mod cookies;
mod cross_site;
mod problems;
mod returning;
mod sessions;
mod signing_in;
mod site;
