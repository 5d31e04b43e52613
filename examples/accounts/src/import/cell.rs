//! The content of a column of a row, which can be anything, whatever the column's type.

use rusqlite::types::ValueRef;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// The longest content that is looked at, in bytes. No name, address, hash or token is that long.
pub(super) const MAX_LEN: usize = 4096;

/// A column of a row. Its errors do not show its content.
pub(super) struct Cell {
    column: &'static str,
    content: Content,
}

enum Content {
    Null,
    Integer(i64),
    Text(String),
    /// Nothing that can be used, but this.
    Other(&'static str),
}

impl Cell {
    pub(super) fn new(column: &'static str, value: ValueRef<'_>) -> Self {
        let content = match value {
            ValueRef::Null => Content::Null,
            ValueRef::Integer(number) => Content::Integer(number),
            ValueRef::Real(_) => Content::Other("a fraction"),
            ValueRef::Blob(bytes) | ValueRef::Text(bytes) if bytes.len() > MAX_LEN => {
                Content::Other("longer than 4096 bytes")
            }
            ValueRef::Blob(_) => Content::Other("a BLOB"),
            ValueRef::Text(bytes) => text(bytes),
        };
        Self { column, content }
    }

    /// As a text.
    pub(super) fn text(&self) -> Result<&str, String> {
        match &self.content {
            Content::Text(text) => Ok(text),
            Content::Null => Err(format!("its {} is NULL", self.column)),
            Content::Integer(_) => Err(format!("its {} is a number", self.column)),
            Content::Other(what) => Err(format!("its {} is {what}", self.column)),
        }
    }

    /// As a text, if there is one.
    pub(super) fn optional_text(&self) -> Result<Option<&str>, String> {
        match &self.content {
            Content::Null => Ok(None),
            _ => self.text().map(Some),
        }
    }

    /// As a BOOLEAN.
    pub(super) fn flag(&self) -> Result<bool, String> {
        match self.content {
            Content::Integer(0) => Ok(false),
            Content::Integer(1) => Ok(true),
            _ => Err(format!("its {} is neither 0 nor 1", self.column)),
        }
    }

    /// As a DATETIME, which is in UTC in a database of lback: `2026-11-22 21:39:33.016170`.
    pub(super) fn instant(&self) -> Result<OffsetDateTime, String> {
        let text = self.text()?;
        let instant = text.split_once(' ').and_then(|(date, time)| {
            OffsetDateTime::parse(&format!("{date}T{time}Z"), &Rfc3339).ok()
        });
        instant.ok_or_else(|| format!("its {} is no date with a time", self.column))
    }
}

fn text(bytes: &[u8]) -> Content {
    match std::str::from_utf8(bytes) {
        Err(_) => Content::Other("no text in UTF-8"),
        // PostgreSQL keeps no such character.
        Ok(text) if text.contains('\0') => Content::Other("a text with the character U+0000"),
        Ok(text) => Content::Text(text.to_owned()),
    }
}
