//! Saying what went wrong, and what to do about it.

pub(super) mod hints;

use std::borrow::Cow;
use std::io::{ErrorKind, Write};
use std::process::ExitCode;
use std::{fmt, io};

use anstyle::{AnsiColor, Style};

use super::output::shown;

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default();

/// An error that knows what to do about it.
pub(super) fn advised(what: impl Into<String>, advice: impl Into<String>) -> anyhow::Error {
    anyhow::Error::new(Advised::new(what, advice))
}

/// A description of a failure and its fix, shown instead of the fix that the cause names.
#[derive(Debug)]
pub(super) struct Advised {
    what: String,
    advice: String,
}

impl Advised {
    pub(super) fn new(what: impl Into<String>, advice: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            advice: advice.into(),
        }
    }
}

impl fmt::Display for Advised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for Advised {}

/// Whether standard output has no reader any more, which is no failure:
/// `accounts list | head`.
pub(super) fn is_end_of_reader(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<io::Error>()
        .is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}

/// Prints an error, what caused it, and what to do about it.
pub(super) fn report(error: &anyhow::Error) {
    let mut lines = vec![format!(
        "{ERROR}error:{ERROR:#} {}",
        shown(&error.to_string())
    )];
    for cause in causes(error) {
        lines.push(format!("  cause: {}", shown(&cause)));
    }
    lines.extend(hints::of(error).map(hinted));
    print(&lines.join("\n"));
}

/// Prints the error of the arguments, or the help that they ask for, and returns the exit code.
///
/// An argument can be a text from elsewhere, and the message repeats it.
pub(super) fn of_arguments(error: &clap::Error) -> ExitCode {
    let plain = error.render().to_string();
    let lines: Vec<_> = plain.lines().map(shown).collect();
    if lines.iter().any(|line| matches!(line, Cow::Owned(_))) {
        print(&lines.join("\n"));
    } else {
        // There is nowhere left to say that this failed.
        let _ = error.print();
    }
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(u8::MAX))
}

/// The causes of an error, without those that are shown already.
fn causes(error: &anyhow::Error) -> Vec<String> {
    let mut causes = Vec::new();
    let mut last = error.to_string();
    for cause in error.chain().skip(1) {
        let (text, is_last) = match cause.downcast_ref() {
            // The database's own words, to which sqlx adds where in its source they come from.
            Some(sqlx::Error::Database(answer)) => (answer.message().to_owned(), true),
            _ => (cause.to_string(), cause.is::<rusqlite::Error>()),
        };
        if !last.ends_with(&text) {
            causes.push(text.clone());
        }
        if is_last {
            break;
        }
        last = text;
    }
    causes
}

/// Prints what went wrong beside what was to be done.
pub(super) fn warn(what: &str) {
    print(&format!("{WARNING}warning:{WARNING:#} {}", shown(what)));
}

/// Prints what to do about what went wrong.
pub(super) fn hint(advice: &str) {
    print(&hinted(advice));
}

fn hinted(advice: &str) -> String {
    format!("{HINT}hint:{HINT:#} {}", shown(advice))
}

fn print(text: &str) {
    // There is nowhere left to say that this failed.
    let _ = writeln!(anstream::stderr().lock(), "{text}");
}
