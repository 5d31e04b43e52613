//! Errors of the command.

use std::io;
use std::process::ExitCode;

use thiserror::Error;

use super::text::shown;
use crate::durable::error::OutboxError;
use crate::wiring::LockError;

#[derive(Debug, Error)]
pub(super) enum CliError {
    #[error("there is no delivery {0}")]
    NoDelivery(i64),
    #[error("{what} is changed, since the answer was not yes")]
    NotConfirmed { what: &'static str },
    #[error("standard input is not a terminal, so it cannot answer: repeat the command with --yes")]
    CannotAsk,
    #[error("no durable receiver of this program has the name `{name}`: {known}")]
    UnknownReceiver { name: String, known: String },
    #[error("cannot read `{file}`: {error}")]
    Lock { file: String, error: io::Error },
    /// With a line of the file, which may be any other file.
    #[error("`{file}`: {}", shown(&error.to_string()))]
    LockText { file: String, error: LockError },
    #[error("cannot write `{file}`: {error}")]
    Write { file: String, error: io::Error },
    #[error("an outbox in memory has no tables")]
    NoTables,
    #[error("cannot write to standard output: {0}")]
    Output(io::Error),
    #[error(transparent)]
    Outbox(#[from] OutboxError),
    /// Some of the deliveries are changed.
    #[error("{error}; {done} were changed before")]
    Halfway { error: OutboxError, done: u64 },
}

impl CliError {
    /// Returns 1 if the command has found that it cannot do what it was asked, and 2 for errors, so that a script can
    /// tell a failed check from one that was not made.
    pub(super) fn exit_code(&self) -> ExitCode {
        match self {
            Self::NoDelivery(_) | Self::NotConfirmed { .. } => ExitCode::FAILURE,
            _ => ExitCode::from(2),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wiring::AcceptedForms;

    #[test]
    fn a_line_of_another_file_does_not_steer_the_terminal() {
        let error = AcceptedForms::from_lock("\u{1b}[2J").unwrap_err();
        let file = "a.lock".to_owned();
        let text = CliError::LockText { file, error }.to_string();
        let expected = r"`a.lock`: line 1 of the lock is not known: `\u{1b}[2J`;";
        assert!(text.starts_with(expected), "{text}");
    }
}
