//! The difference as a comment on a pull request.

use std::fmt;

use super::{Diff, Group};
use crate::escape::markdown;

/// A heading, and a list per kind of change. All texts of the files are escaped.
pub(crate) struct Markdown<'d>(pub(crate) &'d Diff<'d>);

/// Forges accept comments of about 65,000 characters.
const MAX_LINES: usize = 200;

impl fmt::Display for Markdown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Diff {
            old, new, changes, ..
        } = self.0;
        let files = format!("{} → {}", markdown(old), markdown(new));
        writeln!(f, "### Wiring: {files}\n")?;
        if changes.is_empty() {
            return writeln!(f, "The wiring is the same.");
        }
        let mut left = MAX_LINES;
        for group in Group::ALL {
            let changes: Vec<_> = changes.iter().filter(|it| it.group() == group).collect();
            if changes.is_empty() {
                continue;
            }
            writeln!(f, "**{}**\n", group.title())?;
            for change in changes.iter().take(left) {
                f.write_str("- ")?;
                for (index, part) in change.parts().iter().enumerate() {
                    if index % 2 == 0 {
                        f.write_str(part)?;
                    } else {
                        f.write_str(&markdown(part))?;
                    }
                }
                f.write_str("\n")?;
            }
            if changes.len() > left {
                writeln!(f, "- and {} more", changes.len() - left)?;
            }
            left = left.saturating_sub(changes.len());
            f.write_str("\n")?;
        }
        Ok(())
    }
}
