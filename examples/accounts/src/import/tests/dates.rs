//! Dates as `SQLAlchemy` writes them.

use proptest::prelude::*;
use rusqlite::types::ValueRef;
use time::OffsetDateTime;

use super::super::cell::Cell;

fn instant(text: &str) -> Result<OffsetDateTime, String> {
    Cell::new("created_at", ValueRef::Text(text.as_bytes())).instant()
}

proptest! {
    #[test]
    fn a_date_is_the_instant_that_it_says(
        seconds in -62_135_596_800_i64..253_402_300_800,
        micros in 0_u32..1_000_000,
    ) {
        let at = OffsetDateTime::from_unix_timestamp(seconds).unwrap();
        let (date, time) = (at.date(), at.time());
        let text = format!(
            "{:04}-{:02}-{:02} {:02}:{:02}:{:02}",
            date.year(), u8::from(date.month()), date.day(),
            time.hour(), time.minute(), time.second(),
        );
        prop_assert_eq!(instant(&text), Ok(at));
        let later = at + time::Duration::microseconds(micros.into());
        prop_assert_eq!(instant(&format!("{text}.{micros:06}")), Ok(later));
    }

    #[test]
    fn no_text_is_too_strange_to_be_looked_at(text in any::<String>()) {
        let _ = instant(&text);
    }
}

#[test]
fn invalid_dates_are_reported() {
    for text in [
        "",
        " ",
        "yesterday",
        "2026-11-22",
        "2026-02-30 12:00:00",
        "2026-11-22 25:00:00",
        "2026-11-22T21:39:33",
        "2026-11-22 21:39:33+02:00",
        "2026-11-22 21:39:33Z",
        "-2026-11-22 21:39:33",
        "2026-11-22 21:39:33.",
    ] {
        let reason = "its created_at is no date with a time".to_owned();
        assert_eq!(instant(text), Err(reason), "{text}");
    }
}
