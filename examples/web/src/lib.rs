//! A web application with accounts, and pages for its operators.
//!
//! [`Cli`] is the command line, [`App`] the state that all requests share, and [`routes`] the router.

mod app;
mod assets;
mod body;
mod cli;
mod connections;
mod data;
mod done;
mod error;
mod form;
mod form_errors;
mod headers;
mod host;
mod mail;
mod operator;
mod operators;
mod origin;
mod page;
mod pages;
mod routes;
mod serve;

pub use self::app::App;
pub use self::cli::{Cli, Settings};
pub use self::connections::serve_connections;
pub use self::data::{Outbox, Store};
pub use self::routes::routes;
