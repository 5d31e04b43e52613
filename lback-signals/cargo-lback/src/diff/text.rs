//! The difference as text for a terminal.

use std::fmt;

use super::{Diff, Group};

/// A group of lines per kind of change.
pub(crate) struct Text<'d>(pub(crate) &'d Diff<'d>);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Diff { changes, .. } = self.0;
        if changes.is_empty() {
            return writeln!(f, "The wiring is the same.");
        }
        for group in Group::ALL {
            let mut changes = changes.iter().filter(|it| it.group() == group).peekable();
            if changes.peek().is_some() {
                writeln!(f, "{}:", group.title())?;
            }
            for change in changes {
                writeln!(f, "  {}", change.parts().concat())?;
            }
        }
        Ok(())
    }
}
