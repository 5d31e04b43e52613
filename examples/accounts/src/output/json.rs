//! Lines of JSON that a terminal takes, too.

use std::io::{self, Write};

use lback_auth::is_invisible;
use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;

/// Appends one line.
pub(super) fn write_line(lines: &mut Vec<u8>, value: &impl Serialize) -> serde_json::Result<()> {
    value.serialize(&mut Serializer::with_formatter(&mut *lines, Escaping))?;
    lines.push(b'\n');
    Ok(())
}

/// Escapes what [`shown`](super::shown()) does, of which JSON itself asks only for some.
struct Escaping;

impl Formatter for Escaping {
    fn write_string_fragment<W: Write + ?Sized>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        for character in fragment.chars() {
            let mut units = [0; 2];
            if is_invisible(character) {
                for unit in character.encode_utf16(&mut units) {
                    write!(writer, "\\u{unit:04x}")?;
                }
            } else {
                write!(writer, "{character}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_the_same_value_without_what_steers_a_terminal() {
        let text = "\u{1b}[2J\u{9b}\"\\é\n\u{202e}\u{E0041}\u{7f}李";
        let mut line = Vec::new();
        write_line(&mut line, &text).unwrap();
        assert_eq!(serde_json::from_slice::<String>(&line).unwrap(), text);
        let line = String::from_utf8(line).unwrap();
        assert!(
            !line.trim_end_matches('\n').contains(is_invisible),
            "{line}"
        );
    }
}
