//! The command line of the example `accounts`, driven as its users drive it: as a program.

#[path = "accounts_cli/actions/mod.rs"]
mod actions;
#[path = "accounts_cli/bad_input/mod.rs"]
mod bad_input;
#[path = "accounts_cli/calls.rs"]
mod calls;
#[path = "accounts_cli/commands/mod.rs"]
mod commands;
#[path = "accounts_cli/follow.rs"]
mod follow;
#[path = "accounts_cli/import/mod.rs"]
mod import;
#[path = "accounts_cli/kill/mod.rs"]
mod kill;
#[path = "accounts_cli/log.rs"]
mod log;
#[path = "accounts_cli/mails.rs"]
mod mails;
#[path = "accounts_cli/program.rs"]
mod program;
#[path = "accounts_cli/random.rs"]
mod random;
#[path = "accounts_cli/schema.rs"]
mod schema;
#[path = "accounts_cli/streams.rs"]
mod streams;
#[path = "accounts_cli/terminal.rs"]
mod terminal;
#[path = "accounts_cli/wiring.rs"]
mod wiring;
#[path = "accounts_cli/world.rs"]
mod world;
