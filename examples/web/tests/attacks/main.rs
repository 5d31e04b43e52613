//! Attacks on the application over HTTP. Each test fails when the defence that it is about is taken out.

mod client;
mod connections;
mod cookies;
mod cross_site;
mod enumeration;
mod export;
mod feed;
mod hosts;
mod links;
mod messages;
mod operators;
mod redirects;
mod scripts;
mod settings;
mod site;
mod stale;
