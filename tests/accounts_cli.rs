//! The command line of the example `accounts`, driven as its users drive it: as a program.

#[path = "accounts_cli/program.rs"]
mod program;
#[path = "accounts_cli/world.rs"]
mod world;
