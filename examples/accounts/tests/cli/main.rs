//! The command line, driven as its users drive it: as a program.

mod actions;
mod bad_input;
mod calls;
mod commands;
mod database;
mod follow;
mod import;
mod kill;
mod log;
mod mails;
mod program;
mod random;
mod schema;
mod streams;
mod terminal;
mod wiring;
mod world;
