//! Messages on standard error: failures and warnings without a `tracing` subscriber, and errors of
//! `LBACK_DISABLE`.
//!
//! Lines of [`write_unless_traced`] have a rate limit, and `LBACK_STDERR=off` turns them off. Those of [`warn`] and
//! [`error`], which a program causes once, are always written.

use std::env;
use std::fmt::{self, Display};
use std::io::{self, Write};
use std::mem;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::unwind::discard_panic;

/// The maximum number of lines per window.
const MAX_LINES: u32 = 10;
const WINDOW: Duration = Duration::from_mins(1);

const PREFIX: &str = "lback-signals: ";

#[cfg(feature = "tracing")]
const HINT: &str = "to see all failures, install a `tracing` subscriber, for example \
                    `tracing_subscriber::fmt::init()`, or call `lback_signals::on_failure`; \
                    LBACK_STDERR=off turns these lines off";
#[cfg(not(feature = "tracing"))]
const HINT: &str = "to see all failures, enable the feature `tracing` of lback-signals and install a \
                    subscriber, or call `lback_signals::on_failure`; LBACK_STDERR=off turns these lines off";

/// Writes one line, unless this thread has a `tracing` subscriber or the rate limit is exceeded.
///
/// Panics of `text` are discarded. So are write errors, since standard error may be closed.
#[cold]
pub fn write_unless_traced(text: impl FnOnce() -> String) {
    discard_panic(|| {
        if has_subscriber() || is_off() {
            return;
        }
        let mut limit = RATE_LIMIT.lock().unwrap_or_else(PoisonError::into_inner);
        let admitted = limit.admit(Instant::now());
        drop(limit);
        if let Some(admitted) = admitted {
            let line = admitted.line(&text());
            let _ = io::stderr().write_all(line.as_bytes());
        }
    });
}

/// Logs a warning about the program itself, or writes it to standard error if there is no subscriber.
#[cold]
pub(crate) fn warn(text: fmt::Arguments<'_>) {
    discard_panic(|| {
        #[cfg(feature = "tracing")]
        tracing::warn!("{text}");
        if !has_subscriber() {
            write("warning", &text);
        }
    });
}

/// Writes an error in an environment variable to standard error.
#[cold]
pub(crate) fn error(text: fmt::Arguments<'_>) {
    discard_panic(|| write("error", &text));
}

fn write(kind: &str, text: &dyn Display) {
    let line = format!("{PREFIX}{kind}: {}\n", escaped(&text.to_string()));
    let _ = io::stderr().write_all(line.as_bytes());
}

/// Escapes line breaks and terminal control sequences, which user text may contain.
fn escaped(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() || is_bidirectional(character) {
            line.extend(character.escape_default());
        } else {
            line.push(character);
        }
    }
    line
}

/// Returns whether a character separates lines or paragraphs, or reorders the text after it.
fn is_bidirectional(character: char) -> bool {
    matches!(character, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(feature = "tracing")]
fn has_subscriber() -> bool {
    use tracing::subscriber::NoSubscriber;

    tracing::dispatcher::get_default(|subscriber| !subscriber.is::<NoSubscriber>())
}

#[cfg(not(feature = "tracing"))]
fn has_subscriber() -> bool {
    false
}

fn is_off() -> bool {
    // This target has neither a standard error nor a clock.
    cfg!(all(target_family = "wasm", target_os = "unknown"))
        || env::var_os("LBACK_STDERR").is_some_and(|value| value == "off")
}

static RATE_LIMIT: Mutex<RateLimit> = Mutex::new(RateLimit {
    window_start: None,
    lines: 0,
    omitted: 0,
});

struct RateLimit {
    /// Start of the current window. `None` before the first line.
    window_start: Option<Instant>,
    lines: u32,
    omitted: u64,
}

/// Permission to write one line.
#[derive(Debug, PartialEq, Eq)]
struct Admitted {
    /// The number of lines omitted in the previous window, if this line starts a window.
    omitted_before: Option<u64>,
    /// Whether this line uses up the window's limit.
    is_last: bool,
}

impl RateLimit {
    fn admit(&mut self, now: Instant) -> Option<Admitted> {
        let is_in_window = |start| now.saturating_duration_since(start) < WINDOW;
        let omitted_before = if self.window_start.is_some_and(is_in_window) {
            None
        } else {
            self.window_start = Some(now);
            self.lines = 0;
            Some(mem::take(&mut self.omitted))
        };
        if self.lines == MAX_LINES {
            self.omitted += 1;
            return None;
        }
        self.lines += 1;
        Some(Admitted {
            omitted_before,
            is_last: self.lines == MAX_LINES,
        })
    }
}

impl Admitted {
    fn line(&self, text: &str) -> String {
        let note = match self.omitted_before {
            Some(0) => format!(" ({HINT})"),
            Some(omitted) => format!(" ({omitted} lines were omitted; {HINT})"),
            None if self.is_last => " (more lines are omitted for up to a minute)".to_owned(),
            None => String::new(),
        };
        format!("{PREFIX}{}{note}\n", escaped(text))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::{Admitted, MAX_LINES, RateLimit, WINDOW};

    #[test]
    fn a_window_admits_its_limit_and_the_next_one_counts_the_omitted_lines() {
        let mut limit = RateLimit {
            window_start: None,
            lines: 0,
            omitted: 0,
        };
        let mut now = Instant::now();
        for omitted in [0, 90] {
            let lines: Vec<_> = (0..100).filter_map(|_| limit.admit(now)).collect();
            assert_eq!(lines.len(), MAX_LINES as usize);
            assert_eq!(lines[0].omitted_before, Some(omitted));
            assert!(lines[1..].iter().all(|line| line.omitted_before.is_none()));
            let is_last = |line: &&Admitted| line.is_last;
            assert_eq!(lines.iter().position(|it| is_last(&it)), Some(9));
            now += WINDOW;
        }
    }

    #[test]
    fn a_line_is_one_line() {
        let line = Admitted {
            omitted_before: None,
            is_last: false,
        };
        let text = line.line("failed: first\nsecond \u{1b}[31m \u{202e}ä");
        assert_eq!(
            text,
            "lback-signals: failed: first\\nsecond \\u{1b}[31m \\u{202e}ä\n"
        );
    }
}
