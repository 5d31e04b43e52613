//! Asking for passwords and tokens.

use std::io::{self, BufRead, ErrorKind, IsTerminal, Read};
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, bail};
use zeroize::Zeroizing;

use super::failure::advised;

/// The most bytes of a line, which is more than any password or token has.
const MAX_LINE: usize = 64 * 1024;

/// The exit code after an interrupt, as of a program that does not handle it.
pub(super) const INTERRUPTED: u8 = 130;

/// Whether rpassword asks, or was interrupted in it.
static IS_ASKING: AtomicBool = AtomicBool::new(false);

/// A password, by a prompt on a terminal, or else the next line of standard input.
pub(super) fn password(label: &str) -> anyhow::Result<Zeroizing<String>> {
    secret(label, "password")
}

/// A new password, which is asked for twice on a terminal, where it is not seen.
pub(super) fn new_password() -> anyhow::Result<Zeroizing<String>> {
    let new = password("New password")?;
    if io::stdin().is_terminal() && *ask("New password again", "password")? != *new {
        bail!("the two passwords are not the same");
    }
    Ok(new)
}

/// The token that is given, or, if that is `-`, one that is asked for as a password is.
pub(super) fn token(given: String) -> anyhow::Result<Zeroizing<String>> {
    if given == "-" {
        secret("Token", "token")
    } else {
        Ok(Zeroizing::new(given))
    }
}

fn secret(label: &str, what: &str) -> anyhow::Result<Zeroizing<String>> {
    if io::stdin().is_terminal() {
        ask(label, what)
    } else {
        line(&mut io::stdin().lock(), what)
    }
}

fn ask(label: &str, what: &str) -> anyhow::Result<Zeroizing<String>> {
    match ctrlc::set_handler(end_unless_asking) {
        Ok(()) | Err(ctrlc::Error::MultipleHandlers) => {}
        Err(error) => return Err(error).context("cannot wait for an interrupt"),
    }
    IS_ASKING.store(true, Ordering::Relaxed);
    let asked = rpassword::prompt_password(format!("{label}: "));
    let is_interrupted = matches!(&asked, Err(error) if error.kind() == ErrorKind::Interrupted);
    IS_ASKING.store(is_interrupted, Ordering::Relaxed);
    asked
        .map(Zeroizing::new)
        .with_context(|| format!("cannot ask for a {what} on the terminal"))
}

/// While rpassword asks, it answers Ctrl-C itself: it sends the signal, puts the terminal in order and
/// returns an error, by which the program ends. It must not end by the signal before.
fn end_unless_asking() {
    if !IS_ASKING.load(Ordering::Relaxed) {
        process::exit(INTERRUPTED.into());
    }
}

/// The next line, without its ending.
fn line(input: &mut impl BufRead, what: &str) -> anyhow::Result<Zeroizing<String>> {
    let mut line = Zeroizing::new(Vec::with_capacity(MAX_LINE + 2));
    input
        .take(MAX_LINE as u64 + 2)
        .read_until(b'\n', &mut line)
        .with_context(|| format!("cannot read a {what} from standard input"))?;
    if line.is_empty() {
        return Err(advised(
            format!("there is no {what} on standard input"),
            "write it there as one line, or run this on a terminal to be asked for it",
        ));
    }
    if line.ends_with(b"\n") {
        line.pop();
        if line.ends_with(b"\r") {
            line.pop();
        }
    }
    if line.len() > MAX_LINE {
        bail!("the line on standard input is too long for a {what}");
    }
    match str::from_utf8(&line) {
        Ok(text) => Ok(Zeroizing::new(text.to_owned())),
        Err(_) => bail!("the {what} on standard input is not UTF-8"),
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    fn lines(mut input: &[u8]) -> Vec<String> {
        let next = || {
            line(&mut input, "password")
                .ok()
                .map(|line| line.to_string())
        };
        std::iter::from_fn(next).collect()
    }

    #[test]
    fn a_password_is_a_line_without_its_ending() {
        assert_eq!(
            lines(b"one\ntwo\r\n three \n\nlast"),
            ["one", "two", " three ", "", "last"]
        );
        assert_eq!(lines("päss\rwort\r\r\n".as_bytes()), ["päss\rwort\r"]);
    }

    #[test]
    fn no_line_is_no_password() {
        let error = line(&mut &b""[..], "password").unwrap_err();
        assert_eq!(error.to_string(), "there is no password on standard input");
    }

    #[test]
    fn a_line_is_not_read_without_end() {
        let longest = vec![b'a'; MAX_LINE];
        assert_eq!(lines(&[&longest[..], b"\r\n"].concat())[0].len(), MAX_LINE);
        assert!(line(&mut BufReader::new(io::repeat(b'a')), "password").is_err());
        assert!(lines(&[&longest[..], b"a\n"].concat()).is_empty());
    }

    #[test]
    fn what_is_no_text_is_no_password() {
        let error = line(&mut &b"secret\xff\n"[..], "password").unwrap_err();
        assert!(!format!("{error:?}").contains("secret"));
    }
}
