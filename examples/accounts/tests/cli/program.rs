//! The program.

use std::process::Command;

/// A call of it, without what this environment says to it.
pub(crate) fn accounts() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_accounts"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("ACCOUNTS_") {
            command.env_remove(name);
        }
    }
    command.env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
    command
}
