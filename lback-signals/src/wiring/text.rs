//! Text helpers of the renderings.

/// Stands for the receivers of a signal that has none.
pub(super) const NO_RECEIVERS: &str = "no receivers";

/// Shortens the text to at most `width` characters and replaces control characters. It omits the middle, since
/// a path begins with its crate and ends with the name of the item.
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

/// Wraps the text into lines of at most `width` characters.
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

/// Returns `label` and the items, separated by commas; nothing if there are none.
pub(super) fn list(label: &str, items: impl Iterator<Item: Into<String>>) -> String {
    let items: Vec<String> = items.map(Into::into).collect();
    if items.is_empty() {
        return String::new();
    }
    format!("{label} {}", items.join(", "))
}

/// Returns the crate of a path.
pub(super) fn crate_of(path: &str) -> &str {
    path.split_once("::").map_or(path, |(name, _)| name)
}

/// Returns `dyn Mailer` for `dyn shop::mail::Mailer`.
// Not public API. Used by `cargo lback`.
#[cfg(feature = "svg")]
#[doc(hidden)]
#[must_use]
pub fn without_modules(type_name: &str) -> String {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut parts: Vec<_> = type_name.split("::").collect();
    let last = parts.pop().unwrap_or_default();
    let heads = parts.iter().map(|part| part.trim_end_matches(is_word));
    heads.chain([last]).collect()
}

pub(super) fn chars(text: &str) -> usize {
    text.chars().count()
}

/// Returns `1 signal` or `2 signals`.
pub(super) fn count(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}
