//! The values in `durable(…)`, which signals and receivers share: stored names and durations.

use proc_macro2::Ident;
use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::{Error, LitInt, LitStr, Result, Token, parenthesized, token};

use crate::errors::Errors;
use crate::options;

/// The maximum length of a stored name.
const MAX_NAME_BYTES: usize = 100;

/// Parses `= "order.paid"` after the key `name`.
pub(crate) fn parse_name(key: &Ident, input: ParseStream<'_>, example: &str) -> Result<LitStr> {
    let usage = format!("name = \"{example}\"");
    options::parse_equals(key, input, &usage)?;
    input.parse().map_err(|error: Error| {
        let message = format!("a stored name is a string literal: `{usage}`");
        Error::new(error.span(), message)
    })
}

/// Parses the `("order_paid", …)` after the key `was`.
pub(crate) fn parse_was(key: &Ident, input: ParseStream<'_>, example: &str) -> Result<Vec<LitStr>> {
    let usage = format!("write the earlier names as string literals: `was(\"{example}\")`");
    if !input.peek(token::Paren) {
        return Err(Error::new(key.span(), usage));
    }
    let list;
    let parentheses = parenthesized!(list in input);
    let names = Punctuated::<LitStr, Token![,]>::parse_terminated(&list)
        .map_err(|error| Error::new(error.span(), &usage))?;
    if names.is_empty() {
        return Err(Error::new(parentheses.span.join(), usage));
    }
    Ok(names.into_iter().collect())
}

/// Parses `= 20` after a key whose value is a whole number of at least 1.
pub(crate) fn parse_count(key: &Ident, input: ParseStream<'_>, example: u32) -> Result<u32> {
    let usage = format!("{key} = {example}");
    options::parse_equals(key, input, &usage)?;
    let message = format!("`{key}` is a whole number of at least 1: `{usage}`");
    let number: LitInt = input
        .parse()
        .map_err(|error: Error| Error::new(error.span(), &message))?;
    match number.base10_parse() {
        Ok(count) if count > 0 => Ok(count),
        _ => Err(Error::new(number.span(), message)),
    }
}

/// Returns the stored name and the earlier ones, or an error for each that is not one.
pub(crate) fn check_names(name: &LitStr, was: &[LitStr]) -> Result<(String, Vec<String>)> {
    let mut errors = Errors::default();
    let current = errors.take(check_name(name)).unwrap_or_default();
    let mut earlier = Vec::new();
    for name in was {
        let Some(text) = errors.take(check_name(name)) else {
            continue;
        };
        if text == current {
            errors.push(Error::new(
                name.span(),
                "this is the current name: `was` lists earlier ones",
            ));
        } else if earlier.contains(&text) {
            errors.push(Error::new(
                name.span(),
                "this name is listed twice: remove one",
            ));
        }
        earlier.push(text);
    }
    errors.finish((current, earlier))
}

fn check_name(name: &LitStr) -> Result<String> {
    let text = name.value();
    if text.len() > MAX_NAME_BYTES {
        let message = format!(
            "a stored name has at most {MAX_NAME_BYTES} bytes, and this one has {}",
            text.len()
        );
        return Err(Error::new(name.span(), message));
    }
    if !is_name(&text) {
        return Err(Error::new(
            name.span(),
            "a stored name consists of `a-z`, `0-9`, `_` and `-`, in one or more parts with a dot \
             between them: `order.paid`",
        ));
    }
    Ok(text)
}

fn is_name(text: &str) -> bool {
    let is_allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-');
    text.split('.')
        .all(|part| !part.is_empty() && part.bytes().all(is_allowed))
}

/// Derives a name to suggest from the words of an identifier in `snake_case`.
pub(crate) fn suggestion(snake_case: &str, separator: &str, otherwise: &str) -> String {
    let words: Vec<_> = snake_case.split('_').filter(|it| !it.is_empty()).collect();
    let name = words.join(separator);
    if is_name(&name) && name.len() <= MAX_NAME_BYTES {
        name
    } else {
        otherwise.to_owned()
    }
}

/// A duration of an option, in milliseconds.
pub(crate) struct Millis {
    pub(crate) literal: LitStr,
    pub(crate) millis: u64,
}

const DURATION: &str = "a duration is a string with a whole number of at least 1 and a unit: `\"500ms\"`, `\"2s\"`, \
                        `\"5min\"` or `\"5m\"`, `\"1h\"`, `\"7d\"`, up to `\"365d\"`";

/// The units and their milliseconds. Those that end another one come first.
const UNITS: &[(&str, u64)] = &[
    ("ms", 1),
    ("min", 60_000),
    ("s", 1_000),
    ("m", 60_000),
    ("h", 3_600_000),
    ("d", DAY),
];

const DAY: u64 = 86_400_000;

impl Millis {
    /// Parses `"2s"`.
    pub(crate) fn parse(input: ParseStream<'_>) -> Result<Self> {
        let literal: LitStr = input
            .parse()
            .map_err(|error: Error| Error::new(error.span(), DURATION))?;
        match millis(&literal.value()) {
            Some(millis) => Ok(Self { literal, millis }),
            None => Err(Error::new(literal.span(), DURATION)),
        }
    }
}

fn millis(text: &str) -> Option<u64> {
    let (number, unit) = UNITS
        .iter()
        .find_map(|(suffix, unit)| Some((text.strip_suffix(suffix)?, unit)))?;
    if !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let millis = number.parse::<u64>().ok()?.checked_mul(*unit)?;
    (1..=365 * DAY).contains(&millis).then_some(millis)
}

#[cfg(test)]
mod tests {
    use super::{is_name, millis, suggestion};

    #[test]
    fn names_are_parts_between_dots() {
        for name in ["a", "order.paid", "order_paid", "a-b.c_1.2", "0"] {
            assert!(is_name(name), "{name}");
        }
        for name in [
            "", ".", "a.", ".a", "a..b", "A", "a b", "é", "a/b", "@publish",
        ] {
            assert!(!is_name(name), "{name}");
        }
    }

    #[test]
    fn durations_have_a_unit() {
        for (text, expected) in [
            ("1ms", Some(1)),
            ("500ms", Some(500)),
            ("2s", Some(2_000)),
            ("5min", Some(300_000)),
            ("5m", Some(300_000)),
            ("1h", Some(3_600_000)),
            ("7d", Some(604_800_000)),
            ("365d", Some(31_536_000_000)),
            ("366d", None),
            ("0s", None),
            ("5", None),
            ("", None),
            ("s", None),
            ("-1s", None),
            ("+1s", None),
            ("1.5h", None),
            ("1 s", None),
            ("1S", None),
            ("99999999999999999999d", None),
            ("18446744073709551615d", None),
        ] {
            assert_eq!(millis(text), expected, "{text}");
        }
    }

    #[test]
    fn a_suggestion_is_a_valid_name() {
        for (words, separator, expected) in [
            ("order_paid", ".", "order.paid"),
            ("send_receipt", "-", "send-receipt"),
            ("_unused_", "-", "unused"),
            ("über", ".", "order.paid"),
            ("", ".", "order.paid"),
        ] {
            assert_eq!(suggestion(words, separator, "order.paid"), expected);
        }
    }
}
