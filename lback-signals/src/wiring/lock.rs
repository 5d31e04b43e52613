//! `signals.lock`: the wiring as text that is checked into the repository, so that changes are reviewed.
//!
//! Each line is a whole sentence, so that a diff can be read without its context. Signals are ordered by
//! path, receivers as they run. Line numbers are left out, since they would change with every edit above
//! them.

mod diff;
mod durable;
mod read;
mod stored;

pub(super) use self::durable::{Locked, LockedSignal, receivers};
pub use self::read::UnknownLine;
pub(super) use self::stored::signals_by_name;

use std::env;
use std::fmt::Write;
use std::fs;
use std::io;
use std::path::Path;

use self::diff::diff;
use self::stored::stored_changes;
use super::Wiring;
#[cfg(feature = "durable")]
use super::problem::sentences;
use super::text::list;
use super::view::{ReceiverView, View};

/// The words between a signal and its receiver.
const RECEIVED: &str = " is received by ";

/// The words between a signal and its name.
const SENT: &str = " is sent as `";

/// Marks a receiver that only this program can link.
const OF_PROGRAM: &str = " (of the program itself)";

/// The environment variable that lets [`assert_wiring!`](crate::assert_wiring) write the file.
pub(super) const UPDATE: &str = "UPDATE_SIGNALS_LOCK";

/// Asserts that the wiring of the test binary is equal to a file of the repository.
///
/// The path is relative to the directory of the crate's `Cargo.toml`. The file makes new receivers visible in
/// review: a receiver without a line in the file fails the test, which prints the line. With the environment variable
/// `UPDATE_SIGNALS_LOCK=1` the test writes the file instead. Review the diff and commit it.
///
/// # Limits
///
/// A test links the crates that the *test* names: it needs the same `link!` lines as the program, and
/// it passes if the program lacks one of them. To check the program itself, call
/// [`verify_wiring!("signals.lock")?;`](crate::verify_wiring) in the first line of `main`.
///
/// The receivers of a binary are in the file only if one of its own unit tests writes it. The file
/// marks receivers of a binary, an example or an integration test with `(of the program itself)`. The
/// unit tests of a library also link its receivers under `#[cfg(test)]`, so write the file from an
/// integration test or a binary instead.
///
/// ```no_run
/// lback_signals::link!(lback_signals); // the crates that the program links
///
/// #[test]
/// fn the_wiring_is_as_reviewed() {
///     lback_signals::assert_wiring!("signals.lock");
/// }
/// # fn main() {}
/// ```
///
/// # Durable signals and receivers
///
/// Outboxes may hold payloads and deliveries that an earlier program stored, so the file also has the stored names,
/// the versions and the stored forms. The panic says what becomes of stored rows, and how to keep them: when the
/// form of a version changes, when a name goes away, and when a receiver receives another signal. With
/// `UPDATE_SIGNALS_LOCK=1` the test writes all of these except a form that has changed without its version: raise
/// the `version`. If the change only adds fields with `#[field(default)]`, or no database has such a payload, delete
/// the line of the signal.
///
/// # Panics
///
/// If the file does not exist, cannot be read or written, or differs from the wiring, and if durable signals,
/// durable receivers or their parameters are faulty (see [`WiringProblem`](crate::WiringProblem)).
#[macro_export]
macro_rules! assert_wiring {
    ($path:expr $(,)?) => {
        $crate::__private::assert_wiring(::core::env!("CARGO_MANIFEST_DIR"), $path)
    };
}

/// Links crates, and so their receivers. Rust does not link a dependency that the code never names.
///
/// ```
/// # extern crate lback_signals as mailing;
/// lback_signals::link!(mailing);
/// ```
#[macro_export]
macro_rules! link {
    ($($name:ident),+ $(,)?) => {
        $(use $name as _;)+
    };
}

/// Called by `assert_wiring!`.
// Not public API.
#[doc(hidden)]
#[track_caller]
pub fn assert_wiring(directory: &str, path: impl AsRef<Path>) {
    let file = Path::new(directory).join(path);
    let wiring = super::wiring();
    #[cfg(feature = "durable")]
    {
        let problems = wiring.durable_problems();
        assert!(problems.is_empty(), "{}", sentences(&problems));
    }
    let locked = fs::read_to_string(&file);
    if env::var_os(UPDATE).is_some_and(|value| value == "1") {
        if let Err(text) = locked.map_or(Ok(()), |locked| wiring.may_replace(&locked)) {
            panic!("{} is not written: {text}", file.display());
        }
        if let Err(error) = fs::write(&file, wiring.to_lock()) {
            panic!("{} cannot be written: {error}", file.display());
        }
        return;
    }
    let locked = match locked {
        Ok(locked) => locked,
        Err(error) if error.kind() == io::ErrorKind::NotFound => panic!(
            "{} does not exist: run the test with {UPDATE}=1 to write it, and commit it",
            file.display(),
        ),
        Err(error) => panic!("{} cannot be read: {error}", file.display()),
    };
    if let Err(text) = wiring.compare(&locked) {
        panic!("the wiring differs from {} {text}", file.display());
    }
}

impl Wiring {
    /// Returns the text that [`assert_wiring!`](crate::assert_wiring) compares.
    #[must_use]
    pub fn to_lock(&self) -> String {
        self.view().to_lock()
    }

    /// Returns what the lock lacks or has too much, and what to do.
    fn compare(&self, locked: &str) -> Result<(), String> {
        // An editor may have added a byte order mark or a line feed.
        let locked = locked.trim_start_matches('\u{feff}').trim_end();
        let view = self.view();
        let diff = diff(locked, &view.to_lock());
        if diff.is_empty() {
            return Ok(());
        }
        let mut text = format!("(`-` only in the file, `+` only in this binary):\n\n{diff}\n");
        for change in stored_changes(locked, &view.signals, &view.retired) {
            let _ = writeln!(text, "{change}.\n");
        }
        let _ = write!(
            text,
            "If the change is intended, run the test with {UPDATE}=1 and commit the file. If this binary \
             lacks a receiver, link its crate: `lback_signals::link!(the_crate);`",
        );
        Err(text)
    }

    /// Returns why the lock is not replaced by that of this binary: a version would have two stored forms.
    fn may_replace(&self, locked: &str) -> Result<(), String> {
        let view = self.view();
        let mut changes = stored_changes(locked, &view.signals, &view.retired).into_iter();
        let change = changes.find(stored::StoredChange::is_of_form);
        change.map_or(Ok(()), |change| Err(change.to_string()))
    }
}

impl View<'_> {
    #[must_use]
    pub fn to_lock(&self) -> String {
        let mut lock = String::from(
            "# The signals of this program and their receivers, in the order in which they run.\n",
        );
        for signal in &self.signals {
            let (path, name) = (signal.type_path, signal.name);
            let _ = writeln!(lock, "{path}{SENT}{name}`{}", signal.details());
            for receiver in &signal.receivers {
                let _ = writeln!(lock, "{path}{RECEIVED}{}", received_by(receiver));
            }
        }
        durable::write(&mut lock, &self.signals, &self.retired);
        lock
    }

    /// Returns a message for each change that affects rows that the program of a lock may have stored.
    #[must_use]
    pub fn stored_changes(&self, lock: &str) -> Vec<String> {
        let changes = stored_changes(lock, &self.signals, &self.retired);
        changes.iter().map(ToString::to_string).collect()
    }
}

/// Returns whether the line is of a signal, or of a receiver of one.
#[cfg(feature = "durable")]
fn is_of_signal(line: &str) -> bool {
    [SENT, RECEIVED].iter().any(|words| line.contains(words))
}

fn received_by(receiver: &ReceiverView<'_>) -> String {
    let mut text = receiver.id.to_owned();
    if receiver.of_program {
        text += OF_PROGRAM;
    }
    for option in receiver.options() {
        let _ = write!(text, ", {option}");
    }
    if receiver.fulfills {
        text += ", which fulfills it";
    }
    let resources = receiver.resources.iter().map(|resource| {
        let optional = if resource.optional {
            " if there is one"
        } else {
            ""
        };
        format!("{}{optional}", resource.type_name)
    });
    text + &list("; it takes", resources)
}

/// Returns the paths of signals and receivers of a lock, except receivers that only one program can link.
pub(super) fn receivers_of_libraries(lock: &str) -> impl Iterator<Item = (&str, &str)> {
    let lines = lock.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| {
        let (signal, receiver) = line.split_once(RECEIVED)?;
        let id = receiver.split([' ', ',', ';']).next()?;
        let is_of_program = receiver[id.len()..].starts_with(OF_PROGRAM);
        (!is_of_program).then_some((signal, id))
    })
}
