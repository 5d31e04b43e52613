//! The command of operators, which a program mounts in its own command line.

mod arguments;
mod changing;
mod console;
mod draining;
mod error;
mod instant;
mod json;
mod operation;
mod pace;
mod reading;
mod schemas;
mod table;
mod text;

use std::process::ExitCode;

pub use self::arguments::DurableCommand;
use self::arguments::{Command, SchemaCommand};
use self::console::Console;
use self::error::CliError;
use super::admin::OutboxAdmin;

impl DurableCommand {
    /// Runs the command on an outbox, and prints the result.
    ///
    /// Returns the exit code of the process:
    ///
    /// - 0 if the command has done all that it was asked;
    /// - 1 if `check` found deliveries without a receiver, if `schema check` found a difference, if `drain`, `retry`, `discard` or `erase` left some, if
    ///   `show` found no delivery, or if the command was not confirmed;
    /// - 2 if its arguments are wrong, if it cannot ask for a confirmation, or after an error, such as one of the
    ///   database or of the file of `--lock`.
    pub async fn run(&self, outbox: &impl OutboxAdmin) -> ExitCode {
        let console = Console::new(self.json);
        // Boxed, since it is as large as the largest subcommand.
        match Box::pin(self.command.run(outbox, &console)).await {
            Ok(code) => code,
            Err(error) => {
                console.note(&format!("error: {error}"));
                error.exit_code()
            }
        }
    }
}

impl Command {
    async fn run(
        &self,
        outbox: &impl OutboxAdmin,
        console: &Console,
    ) -> Result<ExitCode, CliError> {
        match self {
            Self::List(list) => reading::list(outbox, console, list).await?,
            Self::Show { number, payload } => {
                reading::show(outbox, console, *number, *payload).await?;
            }
            Self::Dead(dead) => reading::dead(outbox, console, dead).await?,
            Self::Retry(retry) => return changing::retry(outbox, console, retry).await,
            Self::Replay(replay) => return changing::replay(outbox, console, replay).await,
            Self::Discard(discard) => return changing::discard(outbox, console, discard).await,
            Self::Check { lock } => return reading::check(outbox, console, lock.as_deref()).await,
            Self::Schema { command: None } => reading::schema(outbox, console)?,
            Self::Schema {
                command: Some(SchemaCommand::Export { folder }),
            } => schemas::export(console, folder)?,
            Self::Schema {
                command: Some(SchemaCommand::Check { file }),
            } => return schemas::check(console, file),
            Self::Drain { within } => return draining::drain(outbox, console, *within).await,
            Self::Log { limit } => reading::log(outbox, console, *limit).await?,
            Self::Export { subject } => reading::export(outbox, console, subject).await?,
            Self::Erase(erase) => return changing::erase(outbox, console, erase).await,
        }
        Ok(ExitCode::SUCCESS)
    }
}
