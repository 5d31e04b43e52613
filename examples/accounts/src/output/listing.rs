//! Rows without end, as a table or as lines of JSON.

use comfy_table::presets::NOTHING;
use comfy_table::{Attribute, Cell, ColumnConstraint, Table, Width};
use serde::Serialize;

use super::{json, print, shown};

/// One thing that is listed.
pub(in super::super) trait Row: Serialize {
    const HEADER: &'static [&'static str];

    fn cells(&self) -> Vec<Cell>;
}

/// Rows that are printed as they come. A column grows if a later row needs it to, so that none has
/// to be kept.
pub(in super::super) enum Listing {
    Json,
    Table { widths: Option<Vec<u16>> },
}

impl Listing {
    pub(in super::super) fn new(is_json: bool) -> Self {
        if is_json {
            Self::Json
        } else {
            Self::Table { widths: None }
        }
    }

    /// Prints rows; the header before the first, or if there are none.
    pub(in super::super) fn print<R: Row>(&mut self, rows: &[R]) -> anyhow::Result<()> {
        match self {
            Self::Json => {
                let mut lines = Vec::new();
                for row in rows {
                    json::write_line(&mut lines, row)?;
                }
                print(str::from_utf8(&lines)?)
            }
            Self::Table { widths } => {
                if rows.is_empty() && widths.is_some() {
                    return Ok(());
                }
                let (text, used) = table(rows, widths.as_deref());
                *widths = Some(used);
                print(&text)
            }
        }
    }
}

fn table<R: Row>(rows: &[R], widths: Option<&[u16]>) -> (String, Vec<u16>) {
    let mut table = Table::new();
    // Colours are taken out where they are written, if they are to be.
    table.load_style(NOTHING).enforce_styling();
    table.style_text_only();
    if widths.is_none() {
        let header = R::HEADER.iter();
        table.set_header(header.map(|name| Cell::new(name).add_attribute(Attribute::Bold)));
    }
    table.add_rows(rows.iter().map(Row::cells));
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, 2));
        if let Some(width) = widths.and_then(|widths| widths.get(index)) {
            column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(width + 2)));
        }
    }
    let mut used = table.column_max_content_widths();
    for (used, before) in used.iter_mut().zip(widths.unwrap_or_default()) {
        *used = (*used).max(*before);
    }
    (table.trim_fmt() + "\n", used)
}

/// A cell with a text of another person.
pub(in super::super) fn cell(text: &str) -> Cell {
    Cell::new(shown(text))
}

pub(in super::super) fn or_dash(text: Option<&str>) -> Cell {
    cell(text.unwrap_or("-"))
}

pub(in super::super) fn yes_or_no(is: bool) -> Cell {
    Cell::new(if is { "yes" } else { "no" })
}
