//! A line that holds a secret.

use std::io::{BufRead, Read};

use anyhow::{Context, bail};
use zeroize::Zeroizing;

/// The next line of so many bytes at most, without its ending; `None` at the end of the input.
pub(super) fn line(
    input: &mut impl BufRead,
    max: usize,
    what: &str,
    place: &str,
) -> anyhow::Result<Option<Zeroizing<String>>> {
    let ending = b"\r\n".len();
    // With room for all of it, so that no part of it is left where it was before it grew.
    let mut line = Zeroizing::new(Vec::with_capacity(max + ending));
    input
        .take((max + ending) as u64)
        .read_until(b'\n', &mut line)
        .with_context(|| format!("cannot read a {what} {place}"))?;
    if line.is_empty() {
        return Ok(None);
    }
    if line.ends_with(b"\n") {
        line.pop();
        if line.ends_with(b"\r") {
            line.pop();
        }
    }
    if line.len() > max {
        bail!("the line {place} is too long for a {what}");
    }
    match str::from_utf8(&line) {
        Ok(text) => Ok(Some(Zeroizing::new(text.to_owned()))),
        Err(_) => bail!("the {what} {place} is not UTF-8"),
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, BufReader};

    use super::*;

    const MAX: usize = 64;

    fn next(input: &mut impl BufRead) -> anyhow::Result<Option<Zeroizing<String>>> {
        line(input, MAX, "password", "in a test")
    }

    fn lines(mut input: &[u8]) -> Vec<String> {
        let next = || Some(next(&mut input).ok()??.to_string());
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
        assert!(next(&mut &b""[..]).unwrap().is_none());
    }

    #[test]
    fn a_line_is_not_read_without_end() {
        let longest = [b'a'; MAX];
        assert_eq!(lines(&[&longest[..], b"\r\n"].concat())[0].len(), MAX);
        assert!(next(&mut BufReader::new(io::repeat(b'a'))).is_err());
        assert!(lines(&[&longest[..], b"a\n"].concat()).is_empty());
    }

    #[test]
    fn bytes_that_are_no_text_are_no_password() {
        let error = next(&mut &b"secret\xff\n"[..]).unwrap_err();
        assert!(!format!("{error:?}").contains("secret"));
    }
}
