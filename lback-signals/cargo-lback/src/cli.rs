//! The command line.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};

use crate::check::check;
use crate::diff::{Diff, Markdown, Text, compare};
use crate::error::Error;
use crate::escape::terminal;
use crate::semver::breaking;
use crate::source::Source;
use crate::wiring::Wiring;

/// Reads the wiring of signals out of a program, without running it, and compares releases.
///
/// FILE is a program or a library (ELF, Mach-O, PE, WebAssembly, or an archive of objects), or a `signals.lock`.
///
/// Exit status: 0 without a finding, 1 with one, 2 if a file cannot be read.
///
/// The records in a program are not a signature: anyone who can change the program can change them. They contain types
/// as the source spells them. Only the running program knows which resources are provided, which signals an extractor
/// sends, and which receivers are disabled.
#[derive(Debug, Parser)]
#[command(name = "cargo lback", bin_name = "cargo lback", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Lists the signals and their receivers, in the order in which they run.
    List {
        file: PathBuf,
        #[arg(long, value_enum, default_value_t)]
        format: ListFormat,
    },
    /// Draws the signals, their receivers and resources.
    Graph {
        file: PathBuf,
        #[arg(long, value_enum, default_value_t)]
        format: GraphFormat,
    },
    /// Finds impossible orders, required signals without a receiver, and shared names.
    Check { file: PathBuf },
    /// Lists what changes from one release to another.
    Diff {
        old: PathBuf,
        new: PathBuf,
        #[arg(long, value_enum, default_value_t)]
        format: DiffFormat,
    },
    /// Finds receivers of library crates that a lock has and a program lacks.
    Verify {
        file: PathBuf,
        /// A `signals.lock`. With several, the program needs the receivers of all.
        #[arg(long, required = true)]
        lock: Vec<PathBuf>,
    },
    /// Finds changes that break code that names the signals, or rows that outboxes store: a removed signal or field,
    /// the changed type of a field, and durable names, versions and forms that are no longer read.
    Semver { old: PathBuf, new: PathBuf },
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum ListFormat {
    #[default]
    Table,
    Json,
    Lock,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum GraphFormat {
    #[default]
    Mermaid,
    Dot,
    Svg,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum DiffFormat {
    #[default]
    Text,
    Markdown,
    Json,
}

/// The most notes about a file that are shown.
const MAX_NOTES: usize = 1000;

/// The text of a command, and whether it is a finding.
struct Answer {
    text: String,
    is_finding: bool,
}

/// Runs the command line. `cargo lback …` calls the program with `lback` as its first argument.
pub(crate) fn run(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let mut arguments: Vec<_> = arguments.collect();
    if arguments.get(1).is_some_and(|first| first == "lback") {
        arguments.remove(1);
    }
    let arguments = Arguments::parse_from(arguments);
    match answer(&arguments.command).and_then(|answer| print(&answer)) {
        Ok(false) => ExitCode::SUCCESS,
        Ok(true) => ExitCode::from(1),
        Err(error) => {
            print_error(&format!("error: {error}"));
            ExitCode::from(2)
        }
    }
}

/// Prints an answer, and returns whether it is a finding.
fn print(answer: &Answer) -> Result<bool, Error> {
    let mut text = terminal(&answer.text);
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    let mut output = io::stdout().lock();
    let written = output.write_all(text.as_bytes());
    match written.and_then(|()| output.flush()) {
        // The reader, such as `head`, has stopped reading.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Error::Output(error)),
        _ => Ok(answer.is_finding),
    }
}

fn answer(command: &Command) -> Result<Answer, Error> {
    match command {
        Command::List { file, format } => with_wiring(file, |wiring| {
            shown(match format {
                ListFormat::Table => wiring.view.to_string(),
                ListFormat::Json => wiring.view.to_json(),
                ListFormat::Lock => wiring.view.to_lock(),
            })
        }),
        Command::Graph { file, format } => with_wiring(file, |wiring| {
            shown(match format {
                GraphFormat::Mermaid => wiring.view.to_mermaid(),
                GraphFormat::Dot => wiring.view.to_dot(),
                GraphFormat::Svg => wiring.view.to_svg(),
            })
        }),
        Command::Check { file } => with_wiring(file, |wiring| findings(&check(wiring))),
        Command::Diff { old, new, format } => with_wirings(old, new, |old, new, files| {
            let [old_name, new_name] = files;
            let diff = Diff {
                version: 1,
                old: old_name,
                new: new_name,
                changes: compare(&old.view, &new.view),
            };
            Answer {
                is_finding: !diff.changes.is_empty(),
                text: match format {
                    DiffFormat::Text => Text(&diff).to_string(),
                    DiffFormat::Markdown => Markdown(&diff).to_string(),
                    DiffFormat::Json => json(&diff),
                },
            }
        }),
        Command::Verify { file, lock } => verify(file, lock),
        Command::Semver { old, new } => with_wirings(old, new, |old, new, _| {
            findings(&breaking(&old.view, &new.view))
        }),
    }
}

fn shown(text: String) -> Answer {
    Answer {
        text,
        is_finding: false,
    }
}

fn findings(findings: &[impl ToString]) -> Answer {
    let lines: Vec<_> = findings.iter().map(ToString::to_string).collect();
    Answer {
        is_finding: !lines.is_empty(),
        text: lines.join("\n"),
    }
}

fn json(diff: &Diff<'_>) -> String {
    match serde_json::to_string_pretty(diff) {
        Ok(json) => json,
        Err(error) => unreachable!("all values can be written as JSON: {error}"),
    }
}

fn with_wiring(file: &Path, answer: impl FnOnce(&Wiring<'_>) -> Answer) -> Result<Answer, Error> {
    let source = Source::open(file)?;
    let records = source.records()?;
    let wiring = source.wiring(records.as_ref())?;
    print_notices(&source, &wiring);
    Ok(answer(&wiring))
}

fn with_wirings(
    old: &Path,
    new: &Path,
    answer: impl FnOnce(&Wiring<'_>, &Wiring<'_>, [String; 2]) -> Answer,
) -> Result<Answer, Error> {
    let sources = [Source::open(old)?, Source::open(new)?];
    let records = [sources[0].records()?, sources[1].records()?];
    let old = sources[0].wiring(records[0].as_ref())?;
    let new = sources[1].wiring(records[1].as_ref())?;
    print_notices(&sources[0], &old);
    print_notices(&sources[1], &new);
    Ok(answer(&old, &new, sources.each_ref().map(Source::name)))
}

fn verify(file: &Path, locks: &[PathBuf]) -> Result<Answer, Error> {
    let locks = locks.iter().map(|path| Source::open(path));
    let locks = locks.collect::<Result<Vec<_>, _>>()?;
    let locks = locks.iter().map(|lock| {
        let text = lock.text()?;
        // Of another file, no line would demand a receiver.
        lock.wiring(None)?;
        Ok((lock.name(), text))
    });
    let locks = locks.collect::<Result<Vec<_>, Error>>()?;
    let locks: Vec<_> = locks.iter().map(|(name, text)| (&**name, *text)).collect();
    let source = Source::open(file)?;
    let records = source.records()?;
    let wiring = source.wiring(records.as_ref())?;
    print_notices(&source, &wiring);
    let comparison = wiring.view.compare(&locks);
    for receiver in &comparison.unlocked {
        note(&source, &format!("{receiver} is linked, but in no lock"));
    }
    let lacking = comparison.lacking;
    Ok(Answer {
        is_finding: !lacking.is_empty(),
        text: if lacking.is_empty() {
            String::new()
        } else {
            lacking.to_string()
        },
    })
}

/// Prints what the records leave open, on standard error. A hostile file leaves much of it open.
fn print_notices(source: &Source, wiring: &Wiring<'_>) {
    let (shown, more) = wiring.notices.split_at(wiring.notices.len().min(MAX_NOTES));
    for notice in shown {
        note(source, &notice.to_string());
    }
    if !more.is_empty() {
        note(source, &format!("{} more notes are left out", more.len()));
    }
}

fn note(source: &Source, text: &str) {
    print_error(&format!("note: {}: {text}", source.name()));
}

/// Writes to standard error, which may be closed.
fn print_error(text: &str) {
    let _ = writeln!(io::stderr(), "{}", terminal(text));
}
