//! Runs the accounts of a CSV file through their life cycle, while receivers write an audit trail and count.
//!
//! ```text
//! cargo run --release --example quickstart [-- [--audit FILE] [ACCOUNTS.csv | -]]
//! ```
//!
//! [`life_cycle`] calls the methods of an account and knows no receiver. The receivers are in
//! [`audit`] and [`counters`]: no code calls or registers them, and each runs for the signals that it
//! names.

use std::collections::HashMap;
use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, anyhow, ensure};
use clap::Parser;
use csv::{ReaderBuilder, StringRecord, Trim};
use lback_auth::{AuthUser, Password, TokenError, User};
use lback_signals::{on_failure, wiring};
use serde::Deserialize;

use counters::{REASONS, RECEIVER_FAILURES, SIGNALS, receiver_failed};

/// Runs the accounts of a CSV file through their life cycle, and shows which signals that sent.
#[derive(Parser)]
struct Args {
    /// A file with the columns `username`, `email`, `password` and, optionally, `stored_hash`; `-`
    /// is standard input [default: the file that comes with this example]
    #[arg(
        value_name = "ACCOUNTS.csv",
        default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/accounts.csv"),
        hide_default_value = true
    )]
    accounts: PathBuf,

    /// The file to which the audit trail is added, as lines of JSON
    #[arg(
        long,
        value_name = "FILE",
        default_value_os_t = std::env::temp_dir().join("audit.jsonl")
    )]
    audit: PathBuf,
}

#[derive(Deserialize)]
struct Row<'r> {
    username: &'r str,
    email: &'r str,
    password: &'r str,
    stored_hash: Option<&'r str>,
}

/// Runs one account through its life cycle, with deliberate mistakes: a wrong password, a guessed token, a token used twice.
///
/// Each call of one of its methods sends exactly one signal.
fn life_cycle(mut user: User, row: &Row<'_>) -> anyhow::Result<()> {
    if let Some(hash) = row.stored_hash {
        // A legacy hash, as from an old database.
        let mut parts = user.into_parts();
        parts.password = Password::from_stored(Some(hash.to_owned()));
        user = User::from_parts(parts);
        // The receivers record the result; a new password follows in any case.
        let _ = user.check_password(row.password);
    }

    user.set_password(row.password)?;
    let right = user.check_password(row.password)?;
    ensure!(right, "the right password was refused");
    let wrong = user.check_password(&format!("{}?", row.password))?;
    ensure!(!wrong, "a wrong password was accepted");

    let token = user.generate_email_verification_token(Duration::from_hours(1))?;
    let guessed = user.verify_email("a guess");
    ensure!(guessed == Err(TokenError::Mismatch));
    // An application would mail the token and get it back.
    user.verify_email(token.expose())?;
    let repeated = user.verify_email(token.expose());
    ensure!(repeated == Err(TokenError::NoToken));
    Ok(())
}

/// The audit trail: a line of JSON for each signal, and no secret in any.
mod audit {
    use std::fs::File;
    use std::io::{self, Write};
    use std::sync::OnceLock;

    use lback_auth::{
        AuthUser, UserEmailVerificationFailed, UserEmailVerificationTokenGenerated,
        UserEmailVerified, UserPasswordCheckFailed, UserPasswordChecked, UserPasswordSet,
        UserPasswordSetFailed,
    };
    use lback_signals::{Signal, receiver};
    use serde::Serialize;
    use time::OffsetDateTime;
    use time::format_description::well_known::Rfc3339;

    /// A static, because a receiver is a plain function and captures nothing.
    pub(super) static TRAIL: OnceLock<File> = OnceLock::new();

    #[derive(Serialize)]
    struct Line<'a> {
        time: String,
        signal: &'static str,
        username: &'a str,
        #[serde(flatten)]
        outcome: Option<Outcome>,
    }

    #[derive(Serialize)]
    #[serde(rename_all = "lowercase")]
    enum Outcome {
        Success(bool),
        Error(String),
        Reason(String),
    }

    #[receiver(signal = [UserPasswordSet, UserEmailVerificationTokenGenerated, UserEmailVerified])]
    fn done<S: Signal<Sender = dyn AuthUser>>(event: &S) -> io::Result<()> {
        write(event, None)
    }

    #[receiver(signal = UserPasswordChecked)]
    fn password_checked(event: &UserPasswordChecked<'_>) -> io::Result<()> {
        write(event, Some(Outcome::Success(event.success)))
    }

    #[receiver(signal = UserPasswordSetFailed)]
    fn password_set_failed(event: &UserPasswordSetFailed<'_>) -> io::Result<()> {
        write(event, Some(Outcome::Error(event.error.to_string())))
    }

    #[receiver(signal = UserPasswordCheckFailed)]
    fn password_check_failed(event: &UserPasswordCheckFailed<'_>) -> io::Result<()> {
        write(event, Some(Outcome::Error(event.error.to_string())))
    }

    #[receiver(signal = UserEmailVerificationFailed)]
    fn email_verification_failed(event: &UserEmailVerificationFailed<'_>) -> io::Result<()> {
        write(event, Some(Outcome::Reason(event.error.to_string())))
    }

    /// An error here, of a full disk for instance, makes the receiver fail, but not the account:
    /// only the report of the signal and the hook of `on_failure` get it.
    fn write<S>(event: &S, outcome: Option<Outcome>) -> io::Result<()>
    where
        S: Signal<Sender = dyn AuthUser>,
    {
        let mut trail = TRAIL
            .get()
            .ok_or_else(|| io::Error::other("the audit trail is not open"))?;
        let now = OffsetDateTime::now_utc().format(&Rfc3339);
        let mut line = serde_json::to_vec(&Line {
            time: now.map_err(io::Error::other)?,
            signal: S::info().name(),
            username: event.sender().username(),
            outcome,
        })?;
        line.push(b'\n');
        // In one write, so that lines of two runs at a time do not mix.
        trail.write_all(&line)
    }
}

/// Counts of signals, reasons and failing receivers.
mod counters {
    use std::collections::BTreeMap;
    use std::fmt::Display;
    use std::sync::{Mutex, MutexGuard, PoisonError};

    use lback_auth::{
        UserEmailVerificationFailed, UserEmailVerificationTokenGenerated, UserEmailVerified,
        UserPasswordCheckFailed, UserPasswordChecked, UserPasswordSet, UserPasswordSetFailed,
    };
    use lback_signals::{Failure, Signal, receiver};

    /// How often each thing happened.
    pub(super) struct Counts(Mutex<BTreeMap<String, u64>>);

    pub(super) static SIGNALS: Counts = Counts::new();
    pub(super) static REASONS: Counts = Counts::new();
    pub(super) static RECEIVER_FAILURES: Counts = Counts::new();

    #[receiver(signal = [
        UserPasswordSet,
        UserPasswordSetFailed,
        UserPasswordChecked,
        UserPasswordCheckFailed,
        UserEmailVerificationTokenGenerated,
        UserEmailVerified,
        UserEmailVerificationFailed,
    ])]
    fn count<S: Signal>(_: &S) {
        SIGNALS.add(S::info().name());
    }

    #[receiver(signal = UserPasswordSetFailed)]
    fn password_set_failed(event: &UserPasswordSetFailed<'_>) {
        count_reason(event, event.error);
    }

    #[receiver(signal = UserPasswordCheckFailed)]
    fn password_check_failed(event: &UserPasswordCheckFailed<'_>) {
        count_reason(event, event.error);
    }

    #[receiver(signal = UserEmailVerificationFailed)]
    fn email_verification_failed(event: &UserEmailVerificationFailed<'_>) {
        count_reason(event, event.error);
    }

    fn count_reason<S: Signal>(_: &S, reason: impl Display) {
        REASONS.add(format!("{}: {reason}", S::info().name()));
    }

    /// For `on_failure`: a receiver that fails sends no signal.
    pub(super) fn receiver_failed(failure: &Failure) {
        RECEIVER_FAILURES.add(failure.to_string());
    }

    impl Counts {
        const fn new() -> Self {
            Self(Mutex::new(BTreeMap::new()))
        }

        fn add(&self, what: impl Into<String>) {
            *self.lock().entry(what.into()).or_default() += 1;
        }

        pub(super) fn all(&self) -> BTreeMap<String, u64> {
            self.lock().clone()
        }

        fn lock(&self) -> MutexGuard<'_, BTreeMap<String, u64>> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner)
        }
    }
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> anyhow::Result<()> {
    let source = match args.accounts.to_string_lossy() {
        name if name == "-" => "standard input".into(),
        name => name,
    };
    let input = read(&args.accounts).with_context(|| format!("cannot read {source}"))?;
    let mut reader = ReaderBuilder::new()
        .trim(Trim::Headers)
        .from_reader(input.as_slice());
    let headers = reader.headers().cloned();
    let headers = headers.with_context(|| format!("cannot read the header of {source}"))?;
    check_headers(&headers).with_context(|| format!("cannot use {source}"))?;

    let trail = OpenOptions::new()
        .append(true)
        .create(true)
        .open(&args.audit)
        .with_context(|| format!("cannot open the audit trail {}", args.audit.display()))?;
    audit::TRAIL.get_or_init(|| trail);
    on_failure(receiver_failed);

    let records: Vec<_> = reader.into_records().collect();
    let rows = records.len();
    // The accounts that are done, and the line that each is on.
    let mut accounts = HashMap::new();
    for record in records {
        let line = line_of(&record, &input);
        if let Err(reason) = process(record, &headers, line, &mut accounts) {
            complain(&format!("line {line}: {reason:#}"));
        }
    }

    match print_summary(rows, accounts.len(), &args.audit) {
        // The reader of the pipe, such as `head`, has closed it.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        printed => printed.context("cannot write to standard output"),
    }
}

/// The whole input: a file whose passwords take 15 ms each to hash is small enough for memory.
fn read(source: &Path) -> io::Result<Vec<u8>> {
    if source != Path::new("-") {
        return fs::read(source);
    }
    let mut input = Vec::new();
    io::stdin().read_to_end(&mut input)?;
    Ok(input)
}

fn check_headers(headers: &StringRecord) -> anyhow::Result<()> {
    for column in ["username", "email", "password", "stored_hash"] {
        let found = headers.iter().filter(|header| *header == column).count();
        let optional = column == "stored_hash";
        ensure!(found > 0 || optional, "it has no column `{column}`");
        ensure!(found < 2, "it has {found} columns `{column}`");
    }
    Ok(())
}

/// Takes one row through [`life_cycle`], or says why the row is refused.
fn process(
    record: csv::Result<StringRecord>,
    headers: &StringRecord,
    line: u64,
    accounts: &mut HashMap<String, u64>,
) -> anyhow::Result<()> {
    let record = record.map_err(|error| reason_of(&error, headers))?;
    let row: Row<'_> = record.deserialize(Some(headers))?;
    let user = User::new(row.username, row.email)?;
    let username = user.username().to_owned();
    if let Some(earlier) = accounts.get(&username) {
        return Err(anyhow!("the username is taken by line {earlier}"));
    }
    life_cycle(user, &row)?;
    accounts.insert(username, line);
    Ok(())
}

/// The problem of a record, without the numbers that count records and bytes.
fn reason_of(error: &csv::Error, headers: &StringRecord) -> anyhow::Error {
    match error.kind() {
        csv::ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => anyhow!("it has {len} fields; the header has {expected_len}"),
        csv::ErrorKind::Utf8 { err, .. } => {
            let column = headers.get(err.field()).unwrap_or("?");
            anyhow!("its {column} is not UTF-8")
        }
        _ => anyhow!("{error}"),
    }
}

/// The line on which a record begins.
///
/// The position of a record is where the one before it ended: too early by the `\n` of a `\r\n`,
/// and by any blank lines.
fn line_of(record: &csv::Result<StringRecord>, input: &[u8]) -> u64 {
    let position = match record {
        Ok(record) => record.position(),
        Err(error) => error.position(),
    };
    let Some(position) = position else { return 0 };
    let start = usize::try_from(position.byte()).unwrap_or(usize::MAX);
    let from_there = input.iter().skip(start);
    let blank = from_there.take_while(|byte| matches!(byte, b'\r' | b'\n'));
    position.line() + blank.filter(|byte| **byte == b'\n').count() as u64
}

fn print_summary(rows: usize, done: usize, audit: &Path) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let refused = rows - done;
    writeln!(
        out,
        "{rows} rows: {done} accounts done, {refused} rows refused"
    )?;
    writeln!(
        out,
        "\nThe failures below are deliberate. Each account checks a wrong password, guesses a token and\n\
         uses a token twice, and the file that comes with this example has broken rows and hashes."
    )?;

    writeln!(out, "\nSignals")?;
    let sent = SIGNALS.all();
    // Every signal that has a receiver in this program, sent or not.
    let wiring = wiring();
    let received = wiring
        .signals()
        .iter()
        .filter(|signal| !signal.receivers().is_empty());
    for name in received.map(|signal| signal.name()) {
        let count = sent.get(name).unwrap_or(&0);
        writeln!(out, "{count:>6}  {name}")?;
    }
    for (title, counts) in [
        ("Failures by reason", REASONS.all()),
        ("Receivers that failed", RECEIVER_FAILURES.all()),
    ] {
        let total: u64 = counts.values().sum();
        writeln!(out, "\n{title}: {total}")?;
        for (what, count) in counts {
            writeln!(out, "{count:>6}  {what}")?;
        }
    }
    writeln!(
        out,
        "\nThe audit trail is in {} (`--audit FILE` names another file)",
        audit.display()
    )?;
    out.flush()
}

/// Writes to standard error. `eprintln!` would panic where that is closed.
fn complain(message: &str) {
    let _ = writeln!(io::stderr(), "{message}");
}
