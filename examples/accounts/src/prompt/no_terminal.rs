//! In place of the terminal, where this program does not know how to hide what is typed.

use zeroize::Zeroizing;

use super::advised;

pub(super) enum Terminal {}

impl Terminal {
    pub(super) fn open() -> anyhow::Result<Self> {
        Err(advised(
            "this program asks on a terminal on Unix alone",
            "write what it asks for to its standard input, a line each",
        ))
    }

    pub(super) fn ask(&mut self, _label: &str, _what: &str) -> anyhow::Result<Zeroizing<String>> {
        match *self {}
    }
}
