//! Instants and durations, as they are typed and shown.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

const SECOND: i128 = 1_000_000_000;
const MILLISECOND: i128 = 1_000_000;

/// Returns an instant to the second.
pub(super) fn seconds(at: SystemTime) -> String {
    rfc3339(at, SECOND)
}

/// Returns an instant to the millisecond.
pub(super) fn millis(at: SystemTime) -> String {
    rfc3339(at, MILLISECOND)
}

fn rfc3339(at: SystemTime, unit: i128) -> String {
    let nanos = |distance: Duration| i128::try_from(distance.as_nanos()).unwrap_or(i128::MAX);
    let nanos = match at.duration_since(UNIX_EPOCH) {
        Ok(after) => nanos(after),
        Err(before) => -nanos(before.duration()),
    };
    let nanos = nanos.div_euclid(unit) * unit;
    let text = OffsetDateTime::from_unix_timestamp_nanos(nanos)
        .ok()
        .and_then(|at| at.format(&Rfc3339).ok());
    // A year of more than four digits, which was edited by hand.
    text.unwrap_or_else(|| format!("{} s after 1970", nanos.div_euclid(SECOND)))
}

/// Reads a duration such as `30s`, `10m`, `2h` or `7d`.
pub(super) fn parse_duration(text: &str) -> Result<Duration, String> {
    let usage = || "write a number and a unit, such as 30s, 10m, 2h or 7d".to_owned();
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number: u32 = digits.parse().map_err(|_| usage())?;
    let unit = match &text[digits.len()..] {
        "s" => 1,
        "m" => 60,
        "h" => 60 * 60,
        "d" => 24 * 60 * 60,
        _ => return Err(usage()),
    };
    Ok(Duration::from_secs(unit) * number)
}

/// Reads an instant such as `2026-11-29T08:00:00Z`, or a duration before now.
pub(super) fn parse_since(text: &str) -> Result<SystemTime, String> {
    if let Ok(ago) = parse_duration(text) {
        return Ok(SystemTime::now().checked_sub(ago).unwrap_or(UNIX_EPOCH));
    }
    let at = OffsetDateTime::parse(text, &Rfc3339);
    let usage = "write a time such as 2026-11-29T08:00:00Z, or one ago such as 30m, 2h or 7d";
    at.map(SystemTime::from).map_err(|_| usage.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_shown_as_it_is_typed() {
        let at = parse_since("2026-11-25T23:00:05.0425+01:00").unwrap();
        assert_eq!(seconds(at), "2026-11-25T22:00:05Z");
        assert_eq!(millis(at), "2026-11-25T22:00:05.042Z");
        assert_eq!(
            seconds(UNIX_EPOCH - Duration::from_millis(1)),
            "1969-12-31T23:59:59Z"
        );
    }

    #[test]
    fn an_instant_without_a_date_is_shown() {
        let at = UNIX_EPOCH + Duration::from_secs(1 << 50);
        assert_eq!(millis(at), "1125899906842624 s after 1970");
    }

    #[test]
    fn a_duration_has_a_unit() {
        assert_eq!(parse_duration("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(parse_duration("7d"), Ok(Duration::from_hours(7 * 24)));
        for wrong in [
            "",
            "7",
            "d",
            "7w",
            "-7d",
            "7dd",
            "1.5h",
            "99999999999d",
            "7 d",
            "7é",
        ] {
            assert!(parse_duration(wrong).is_err(), "{wrong}");
        }
        assert!(parse_since("yesterday").is_err());
    }
}
