//! How things are shown.

mod json;
mod listing;
mod shown;

use std::io::{self, Write};

use anyhow::Context;
use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcOffset};

pub(super) use self::listing::{Listing, Row, cell, or_dash, yes_or_no};
pub(super) use self::shown::shown;

/// Writes to standard output, at once and whole; without colours where they are not seen.
pub(super) fn print(text: &str) -> anyhow::Result<()> {
    write(text.as_bytes()).context("cannot write to standard output")
}

/// Writes a value as a line of JSON.
pub(super) fn print_json(value: &impl serde::Serialize) -> anyhow::Result<()> {
    let mut line = Vec::new();
    json::write_line(&mut line, value)?;
    print(str::from_utf8(&line)?)
}

fn write(text: &[u8]) -> io::Result<()> {
    let mut out = anstream::stdout().lock();
    out.write_all(text)?;
    out.flush()
}

/// An instant as it is typed.
pub(super) fn parse_instant(text: &str) -> Result<OffsetDateTime, time::error::Parse> {
    OffsetDateTime::parse(text, &Rfc3339)
}

/// An instant to the second.
pub(super) fn seconds(at: OffsetDateTime) -> String {
    let at = at.to_offset(UtcOffset::UTC);
    let (date, (hour, minute, second)) = (at.date(), at.to_hms());
    format!("{date}T{hour:02}:{minute:02}:{second:02}Z")
}

/// An instant to the microsecond.
pub(super) fn micros(at: OffsetDateTime) -> String {
    let seconds = seconds(at);
    format!("{}.{:06}Z", seconds.trim_end_matches('Z'), at.microsecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_shown_as_it_is_typed() {
        let at = parse_instant("2026-11-25T23:00:05.0000421+01:00").unwrap();
        assert_eq!(seconds(at), "2026-11-25T22:00:05Z");
        assert_eq!(micros(at), "2026-11-25T22:00:05.000042Z");
        let again = parse_instant(&micros(at)).unwrap();
        assert_eq!((at - again).whole_nanoseconds(), 100);
    }
}
