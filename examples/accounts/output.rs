//! How things are shown.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// An instant as it is typed.
pub(super) fn parse_instant(text: &str) -> Result<OffsetDateTime, time::error::Parse> {
    OffsetDateTime::parse(text, &Rfc3339)
}
