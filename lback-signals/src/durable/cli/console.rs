//! The streams of the process.

use std::env;
use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use super::error::CliError;

/// The streams, and how to write on them.
pub(super) struct Console {
    pub(super) is_json: bool,
    /// Whether standard output shows colours.
    pub(super) has_colors: bool,
    shows_progress: bool,
}

impl Console {
    pub(super) fn new(is_json: bool) -> Self {
        let is_plain = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
        Self {
            is_json,
            has_colors: io::stdout().is_terminal() && !is_plain("NO_COLOR"),
            shows_progress: io::stderr().is_terminal(),
        }
    }

    /// Writes to standard output.
    #[allow(clippy::unused_self, reason = "writing needs a console")]
    pub(super) fn print(&self, text: &str) -> Result<(), CliError> {
        let mut out = io::stdout().lock();
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            // The reader, such as `head`, has closed the pipe.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            written => written.map_err(CliError::Output),
        }
    }

    /// Writes a line to standard error.
    #[allow(clippy::unused_self, reason = "writing needs a console")]
    pub(super) fn note(&self, text: &str) {
        // A failed write to standard error cannot be reported.
        let _ = writeln!(io::stderr(), "{text}");
    }

    /// Asks for a confirmation, unless it was given.
    pub(super) fn confirm(
        &self,
        question: &str,
        is_confirmed: bool,
        what: &'static str,
    ) -> Result<(), CliError> {
        if is_confirmed {
            return Ok(());
        }
        let stdin = io::stdin();
        if !stdin.is_terminal() {
            self.note(question);
            return Err(CliError::CannotAsk);
        }
        let mut answer = String::new();
        let _ = write!(io::stderr(), "{question} (yes or no): ");
        let _ = stdin.lock().read_line(&mut answer);
        if answer.trim() == "yes" {
            Ok(())
        } else {
            Err(CliError::NotConfirmed { what })
        }
    }

    /// Shows how much is done, in one line that is overwritten. `None` clears it. Nothing is shown if standard error is
    /// not a terminal.
    pub(super) fn progress(&self, done: Option<(u64, u64)>) {
        if self.shows_progress {
            let text = done.map(|(done, total)| format!("{done} of {total}"));
            let mut error = io::stderr();
            let _ = write!(error, "\r\x1b[K{}", text.unwrap_or_default());
            let _ = error.flush();
        }
    }
}
