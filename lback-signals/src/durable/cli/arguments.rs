//! The arguments of the command.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use clap::{Args, Subcommand, ValueEnum};

use super::instant::{parse_duration, parse_since};
use crate::durable::admin::DeliveryState;

/// Command that inspects and changes the deliveries of an outbox.
///
/// A program mounts it in its own command line, so that it knows the durable receivers of the program. The guide has
/// [an example of each subcommand](https://github.com/lback/lback-signals/blob/main/docs/dead-letters.md).
///
/// ```no_run
/// use std::process::ExitCode;
///
/// use clap::Parser;
/// use lback_signals::durable::MemoryOutbox;
/// use lback_signals::durable::cli::DurableCommand;
///
/// #[derive(Parser)]
/// enum Shop {
///     /// Inspect and change deliveries
///     Durable(DurableCommand),
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> ExitCode {
/// let outbox = MemoryOutbox::new(); // or the one of the database
/// match Shop::parse() {
///     Shop::Durable(command) => command.run(&outbox).await,
/// }
/// # }
/// ```
// The doc comment above is for programmers.
#[derive(Debug, Args)]
#[command(about = "Inspect and change deliveries", long_about = None)]
pub struct DurableCommand {
    /// Print JSON, one object per line
    #[arg(long, global = true)]
    pub(super) json: bool,
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List deliveries, by number
    List(List),
    /// Show a delivery and its signal
    Show {
        /// The number of the delivery
        number: i64,
        /// Show the payload, too
        #[arg(long)]
        payload: bool,
    },
    /// List dead letters
    Dead(Dead),
    /// Deliver dead letters again
    Retry(Retry),
    /// Deliver kept signals and dead letters to a receiver once more
    Replay(Replay),
    /// Delete deliveries that wait or are dead
    Discard(Discard),
    /// Find deliveries that no receiver would take. Exits with 1 if there are any
    Check {
        /// Use the `signals.lock` of another program instead of the receivers of this one
        #[arg(long, value_name = "FILE")]
        lock: Option<PathBuf>,
    },
    /// Print the SQL that creates the tables, or export and check the schemas of signals that services exchange
    #[command(args_conflicts_with_subcommands = true)]
    Schema {
        #[command(subcommand)]
        command: Option<SchemaCommand>,
    },
    /// Run a worker until no delivery waits or runs. Exits with 1 if some are left
    Drain {
        /// The maximum time, such as 30s, 10m or 2h
        #[arg(long, value_name = "TIME", value_parser = parse_duration)]
        within: Option<Duration>,
    },
    /// List the changes of operators, newest first
    Log {
        /// The maximum number of operations
        #[arg(long, default_value_t = 50)]
        limit: u32,
    },
    /// Print all stored signals of a subject as JSON, with their payloads
    Export {
        /// The subject, such as `account 7`
        subject: String,
    },
    /// Delete the stored signals of a subject
    Erase(Erase),
}

/// The schemas of signals that services exchange.
#[derive(Debug, Subcommand)]
pub(super) enum SchemaCommand {
    /// Write the JSON Schema of each published signal to a file of this folder
    Export {
        /// The folder
        folder: PathBuf,
    },
    /// Check that this program reads the signal of a JSON Schema that another service has exported. Exits with 1 if not
    Check {
        /// The file
        file: PathBuf,
    },
}

/// The deliveries to select.
#[derive(Debug, Args)]
pub(super) struct Selection {
    /// Only those of this receiver, by its stored name
    #[arg(long, value_name = "NAME")]
    pub(super) receiver: Option<String>,
    /// Only those of this signal, by its stored name
    #[arg(long, value_name = "NAME")]
    pub(super) signal: Option<String>,
}

/// The page to list.
#[derive(Debug, Args)]
pub(super) struct Page {
    /// The maximum number of deliveries
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) limit: u32,
    /// Only those with a larger number
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    pub(super) after: i64,
}

#[derive(Debug, Args)]
pub(super) struct List {
    #[command(flatten)]
    pub(super) selection: Selection,
    /// Only those in this state
    #[arg(long)]
    pub(super) state: Option<State>,
    #[command(flatten)]
    pub(super) page: Page,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum State {
    Waiting,
    Parked,
    Running,
    Dead,
}

impl From<State> for DeliveryState {
    fn from(state: State) -> Self {
        match state {
            State::Waiting => Self::Waiting,
            State::Parked => Self::Parked,
            State::Running => Self::Running,
            State::Dead => Self::Dead,
        }
    }
}

#[derive(Debug, Args)]
pub(super) struct Dead {
    #[command(flatten)]
    pub(super) selection: Selection,
    /// Count all dead letters, by receiver, signal and error
    #[arg(long, conflicts_with_all = ["limit", "after"])]
    pub(super) group: bool,
    #[command(flatten)]
    pub(super) page: Page,
}

/// The confirmation of a change, and its operator.
#[derive(Debug, Args)]
pub(super) struct Change {
    /// Do not ask for a confirmation
    #[arg(long)]
    pub(super) yes: bool,
    /// The operator in the log. By default the user of this process
    #[arg(long, value_name = "NAME")]
    pub(super) operator: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct Retry {
    /// The numbers of dead letters
    #[arg(
        required_unless_present_any = ["receiver", "signal", "all"],
        conflicts_with_all = ["receiver", "signal", "all"],
    )]
    pub(super) numbers: Vec<i64>,
    #[command(flatten)]
    pub(super) selection: Selection,
    /// Retry all dead letters
    #[arg(long, conflicts_with_all = ["receiver", "signal"])]
    pub(super) all: bool,
    #[command(flatten)]
    pub(super) rate: Rate,
    /// The reason, for the log
    #[arg(long, value_name = "TEXT")]
    pub(super) because: Option<String>,
    #[command(flatten)]
    pub(super) change: Change,
}

#[derive(Debug, Args)]
pub(super) struct Rate {
    /// The maximum number of deliveries per second
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) rate: Option<u32>,
}

#[derive(Debug, Args)]
pub(super) struct Replay {
    /// The receiver, by its name in `durable(…)`
    #[arg(long, value_name = "NAME")]
    pub(super) receiver: String,
    /// Only signals that were sent since then: a time such as 2026-11-29T08:00:00Z, or one ago such as 30m, 2h or 7d
    #[arg(long, value_name = "TIME", value_parser = parse_since)]
    pub(super) since: SystemTime,
    #[command(flatten)]
    pub(super) rate: Rate,
    /// The reason, for the log
    #[arg(long, value_name = "TEXT")]
    pub(super) because: Option<String>,
    #[command(flatten)]
    pub(super) change: Change,
}

#[derive(Debug, Args)]
pub(super) struct Discard {
    /// The numbers of deliveries
    #[arg(required = true)]
    pub(super) numbers: Vec<i64>,
    /// The reason, for the log
    #[arg(long, value_name = "TEXT")]
    pub(super) because: String,
    #[command(flatten)]
    pub(super) change: Change,
}

#[derive(Debug, Args)]
pub(super) struct Erase {
    /// The subject, such as `account 7`
    pub(super) subject: String,
    /// The reason, for the log
    #[arg(long, value_name = "TEXT")]
    pub(super) because: Option<String>,
    #[command(flatten)]
    pub(super) change: Change,
}

#[cfg(test)]
mod tests {
    use clap::Command;

    use super::*;

    #[test]
    fn the_help_is_for_operators() {
        let mut command = DurableCommand::augment_args(Command::new("durable"));
        for help in [command.render_help(), command.render_long_help()] {
            let help = help.to_string();
            assert!(
                help.starts_with("Inspect and change deliveries\n\nUsage:"),
                "{help}"
            );
        }
    }
}
