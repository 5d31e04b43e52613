//! The serialised form of instants and ids.

use serde::Serializer;
use time::{OffsetDateTime, UtcOffset};

use crate::user_id::UserId;

/// Serialises an instant as RFC 3339 in UTC, to the microsecond.
pub(crate) fn instant<S: Serializer>(
    instant: &OffsetDateTime,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let instant = instant
        .checked_to_offset(UtcOffset::UTC)
        .unwrap_or(*instant);
    let (date, time) = (instant.date(), instant.time());
    serializer.collect_str(&format_args!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z",
        date.year(),
        u8::from(date.month()),
        date.day(),
        time.hour(),
        time.minute(),
        time.second(),
        time.microsecond()
    ))
}

/// Serialises an id as text.
pub(crate) fn id<S: Serializer>(id: &UserId, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(id.as_str())
}

/// Serialises an id as text, or none.
#[expect(clippy::ref_option, reason = "serde passes a reference to the field")]
pub(crate) fn optional_id<S: Serializer>(
    id: &Option<UserId>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match id {
        Some(id) => serializer.serialize_some(id.as_str()),
        None => serializer.serialize_none(),
    }
}
