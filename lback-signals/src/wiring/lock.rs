//! `signals.lock`: the wiring as text that a repository keeps, so that a change of it is reviewed.
//!
//! One line states one fact, whole, so that a line of a diff reads as a sentence. Signals are
//! ordered by path, receivers as they run. It holds no line numbers, which would change with every
//! edit above them.

use std::env;
use std::fmt::Write;
use std::fs;
use std::io;
use std::path::Path;

use super::Wiring;
use crate::info::{ReceiverInfo, SignalInfo};

#[cfg(test)]
mod tests;

/// What stands between the signal and the receiver.
const RECEIVED: &str = " is received by ";

/// What stands behind the receivers of a program, which no other program can have.
const OF_PROGRAM: &str = " (of the program itself)";

/// The environment variable that lets [`assert_wiring!`](crate::assert_wiring) write the file.
pub(super) const UPDATE: &str = "UPDATE_SIGNALS_LOCK";

/// Compares the wiring of a test's binary with a file that the repository keeps, by its path from
/// the directory of the crate's `Cargo.toml`.
///
/// So a new receiver shows in review: without the line that tells of it, the test fails and prints
/// that line. With the environment variable `UPDATE_SIGNALS_LOCK=1` the test writes the file
/// instead; read what has changed, and commit it.
///
/// # What it cannot see
///
/// A test links the crates that the *test* names: it needs the same `link!` lines as the program, and
/// it passes if the program lacks one of them. For that, the first line of `main` is
/// [`verify_wiring!("signals.lock")?;`](crate::verify_wiring).
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
/// # Panics
///
/// If the file is not there, cannot be read or written, or differs.
#[macro_export]
macro_rules! assert_wiring {
    ($path:expr $(,)?) => {
        $crate::__private::assert_wiring(::core::env!("CARGO_MANIFEST_DIR"), $path)
    };
}

/// Names crates, so that their receivers are linked: Rust leaves out a dependency that the code never
/// names.
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

/// What `assert_wiring!` calls.
// Not public API.
#[doc(hidden)]
#[track_caller]
pub fn assert_wiring(directory: &str, path: impl AsRef<Path>) {
    let file = Path::new(directory).join(path);
    let wiring = super::wiring().to_lock();
    if env::var_os(UPDATE).is_some_and(|value| value == "1") {
        if let Err(error) = fs::write(&file, wiring) {
            panic!("{} cannot be written: {error}", file.display());
        }
        return;
    }
    let locked = match fs::read_to_string(&file) {
        Ok(locked) => locked,
        Err(error) if error.kind() == io::ErrorKind::NotFound => panic!(
            "{} is not there yet: run the test with {UPDATE}=1 to write it, and commit it",
            file.display(),
        ),
        Err(error) => panic!("{} cannot be read: {error}", file.display()),
    };
    // An editor may have added either.
    let locked = locked.trim_start_matches('\u{feff}').trim_end();
    let diff = diff(locked, &wiring);
    assert!(
        diff.is_empty(),
        "the wiring is not that of {} (`-` in the file alone, `+` in this binary alone):\n\n\
         {diff}\n\
         If this is meant, run the test with {UPDATE}=1 and commit the file. Is a line missing \
         here? A crate that nothing names is not linked: `lback_signals::link!(the_crate);`",
        file.display(),
    );
}

impl Wiring {
    /// The text that [`assert_wiring!`](crate::assert_wiring) compares.
    #[must_use]
    pub fn to_lock(&self) -> String {
        let mut lock = String::from("# What is sent, and what receives it, in order.\n");
        for signal in &self.signals {
            lock.push_str(&sending(signal));
            for receiver in signal.receivers() {
                lock.push_str(&receiving(receiver));
            }
        }
        lock
    }
}

fn sending(signal: &SignalInfo) -> String {
    let mut line = format!("{} is sent as `{}`", signal.type_path(), signal.name());
    for (index, field) in signal.fields().iter().enumerate() {
        let joint = if index == 0 { " with" } else { "," };
        let _ = write!(line, "{joint} {}: {}", field.name(), field.type_name());
        if field.is_sender() {
            line.push_str(" (the sender");
            if let Some(model) = signal.sender_model() {
                let _ = write!(line, ", model {model}");
            }
            line.push(')');
        }
    }
    if let Some(reply) = signal.reply() {
        let _ = write!(line, "; answered with {reply}");
    }
    if signal.is_async() {
        line.push_str("; async");
    }
    if signal.is_owned() {
        line.push_str("; owned");
    }
    if signal.is_required() {
        line.push_str("; required");
    }
    line.push('\n');
    line
}

fn receiving(receiver: &ReceiverInfo) -> String {
    let signal = receiver.signal().type_path();
    let mut line = format!("{signal}{RECEIVED}{}", receiver.id());
    if receiver.is_of_program() {
        line.push_str(OF_PROGRAM);
    }
    if let Some(timing) = receiver.timing() {
        let _ = write!(line, ", {timing}");
    }
    let order = receiver.order().to_string();
    if !order.is_empty() {
        let _ = write!(line, ", {order}");
    }
    if receiver.fulfills() {
        line.push_str(", which fulfills it");
    }
    for (index, resource) in receiver.resources().iter().enumerate() {
        let joint = if index == 0 { "; it takes" } else { "," };
        let _ = write!(line, "{joint} {}", resource.type_name());
        if resource.is_optional() {
            line.push_str(" if there is one");
        }
    }
    line.push('\n');
    line
}

/// The receivers of a lock that any program can link, each behind its signal, by their paths.
pub(super) fn receivers_of_libraries(lock: &str) -> impl Iterator<Item = (&str, &str)> {
    let lines = lock.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| {
        let (signal, receiver) = line.split_once(RECEIVED)?;
        let id = receiver.split([' ', ',', ';']).next()?;
        let is_of_program = receiver[id.len()..].starts_with(OF_PROGRAM);
        (!is_of_program).then_some((signal, id))
    })
}

/// The lines that only one side has, with `-` or `+` before them, in their order.
fn diff(locked: &str, wiring: &str) -> String {
    let locked: Vec<_> = locked.lines().collect();
    let wiring: Vec<_> = wiring.lines().collect();
    // What both begin and end with does not take part: most of it, as a rule.
    let start = locked
        .iter()
        .zip(&wiring)
        .take_while(|(old, new)| old == new)
        .count();
    let (locked, wiring) = (&locked[start..], &wiring[start..]);
    let ends = locked.iter().rev().zip(wiring.iter().rev());
    let end = ends.take_while(|(old, new)| old == new).count();
    let (locked, wiring) = (&locked[..locked.len() - end], &wiring[..wiring.len() - end]);

    // common[i][j]: how long a common subsequence of the rest from i and from j can be.
    let mut common = vec![vec![0_usize; wiring.len() + 1]; locked.len() + 1];
    for (i, old) in locked.iter().enumerate().rev() {
        for (j, new) in wiring.iter().enumerate().rev() {
            common[i][j] = if old == new {
                common[i + 1][j + 1] + 1
            } else {
                common[i + 1][j].max(common[i][j + 1])
            };
        }
    }
    let mut diff = String::new();
    let (mut i, mut j) = (0, 0);
    while i < locked.len() || j < wiring.len() {
        if i < locked.len() && j < wiring.len() && locked[i] == wiring[j] {
            i += 1;
            j += 1;
        } else if j == wiring.len() || (i < locked.len() && common[i + 1][j] >= common[i][j + 1]) {
            let _ = writeln!(diff, "- {}", locked[i]);
            i += 1;
        } else {
            let _ = writeln!(diff, "+ {}", wiring[j]);
            j += 1;
        }
    }
    diff
}
