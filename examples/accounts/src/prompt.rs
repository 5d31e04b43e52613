//! Asking for passwords and tokens.

mod line;
#[cfg_attr(not(unix), path = "prompt/no_terminal.rs")]
mod terminal;

use std::io::{self, IsTerminal};

use anyhow::bail;
use zeroize::Zeroizing;

use self::line::line;
use self::terminal::Terminal;
use super::failure::advised;

/// The most bytes of a line on standard input, which is more than any password or token has.
const MAX_LINE: usize = 64 * 1024;

/// Asks on a terminal, where nothing that is typed is shown from the first prompt until this is dropped,
/// or else takes the next line of standard input.
#[derive(Default)]
pub(super) struct Prompt {
    terminal: Option<Terminal>,
}

impl Prompt {
    pub(super) fn password(&mut self, label: &str) -> anyhow::Result<Zeroizing<String>> {
        self.secret(label, "password")
    }

    /// A new password, which is asked for twice on a terminal, where it is not seen.
    pub(super) fn new_password(&mut self) -> anyhow::Result<Zeroizing<String>> {
        let new = self.password("New password")?;
        if io::stdin().is_terminal() && *self.password("New password again")? != *new {
            bail!("the two passwords are not the same");
        }
        Ok(new)
    }

    /// The token that is given, or, if that is `-`, one that is asked for as a password is. White space
    /// around it is what a mail or a script has left there.
    pub(super) fn token(&mut self, given: String) -> anyhow::Result<Zeroizing<String>> {
        let mut token = Zeroizing::new(given);
        if token.trim_ascii() == "-" {
            token = self.secret("Token", "token")?;
        }
        Ok(Zeroizing::new(token.trim_ascii().to_owned()))
    }

    fn secret(&mut self, label: &str, what: &str) -> anyhow::Result<Zeroizing<String>> {
        let stdin = io::stdin();
        if stdin.is_terminal() {
            let terminal = match &mut self.terminal {
                Some(terminal) => terminal,
                none => none.insert(Terminal::open()?),
            };
            return terminal.ask(label, what);
        }
        line(&mut stdin.lock(), MAX_LINE, what, "on standard input")?.ok_or_else(|| {
            advised(
                format!("there is no {what} on standard input"),
                "write it there as one line, or run this on a terminal to be asked for it",
            )
        })
    }
}
