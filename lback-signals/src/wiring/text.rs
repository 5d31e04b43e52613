//! Text that has to fit.

/// The text in at most so many characters, without control characters: its middle goes, since a
/// path begins with its crate and ends with what it names.
pub(super) fn shorten(text: &str, width: usize) -> String {
    let visible = |c: char| if c.is_control() { ' ' } else { c };
    let chars: Vec<_> = text.chars().map(visible).collect();
    if chars.len() <= width {
        return chars.into_iter().collect();
    }
    let Some(kept) = width.checked_sub(1) else {
        return String::new();
    };
    let head = kept / 3;
    let tail = chars.len() - (kept - head);
    let head = chars[..head].iter();
    head.chain(&['…']).chain(&chars[tail..]).collect()
}

/// The words of the text in lines of at most so many characters.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::<String>::new();
    for word in text.split_whitespace() {
        let word = shorten(word, width);
        match lines.last_mut() {
            Some(line) if chars(line) + 1 + chars(&word) <= width => {
                line.push(' ');
                line.push_str(&word);
            }
            _ => lines.push(word),
        }
    }
    lines
}

pub(super) fn chars(text: &str) -> usize {
    text.chars().count()
}

/// `1 signal`, `2 signals`.
pub(super) fn count(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}
