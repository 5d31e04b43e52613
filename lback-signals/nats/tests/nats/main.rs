//! Two services with a database each, and a NATS server per test, with a separate store folder.
//!
//! They need Debian's `nats-server` on the path.

mod hostile;
mod interrupted;
mod landing;
mod loss;
mod permissions;
mod proxy;
mod publishing;
mod server;
mod service;
