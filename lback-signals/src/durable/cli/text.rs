//! Texts of applications and operators, shown without control characters.

/// Returns whether a character is invisible, such as one that controls a terminal.
pub(super) fn is_hidden(character: char) -> bool {
    !matches!(character, '"' | '\'' | '\\') && character.escape_debug().len() > 1
}

/// Returns a text with each hidden character escaped, as in `\u{1b}`.
pub(super) fn shown(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if is_hidden(character) {
            shown.extend(character.escape_debug());
        } else {
            shown.push(character);
        }
    }
    shown
}

/// Returns the start of the first line.
pub(super) fn shortened(text: &str) -> String {
    const LONGEST: usize = 60;
    let (line, rest) = text.split_once('\n').unwrap_or((text, ""));
    let mut short: String = line.chars().take(LONGEST).collect();
    if !rest.is_empty() || short.len() < line.len() {
        short.push('…');
    }
    shown(&short)
}

/// Returns `1 delivery` or `2 deliveries`.
pub(super) fn counted(number: u64, one: &str, many: &str) -> String {
    let noun = if number == 1 { one } else { many };
    format!("{number} {noun}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_characters_are_escaped() {
        assert_eq!(
            shown("\u{1b}[2J\u{202e}a\u{200b}\r\n"),
            r"\u{1b}[2J\u{202e}a\u{200b}\r\n"
        );
        assert_eq!(shown(r#"it's "Zoë" \ 李雷 🦀"#), r#"it's "Zoë" \ 李雷 🦀"#);
    }

    #[test]
    fn a_long_text_is_shortened_to_its_first_line() {
        assert_eq!(shortened("refused"), "refused");
        assert_eq!(shortened("refused\nby the server"), "refused…");
        assert_eq!(shortened(&"é".repeat(61)), format!("{}…", "é".repeat(60)));
    }
}
