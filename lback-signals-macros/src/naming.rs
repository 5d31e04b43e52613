//! The names of signals and models: from the option `name`, or derived from the type; and unique names of
//! symbols.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use proc_macro2::Ident;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Error, LitStr, Result};

use crate::options;

/// Parses `= "order_paid"` after the key `name`. `whose` is "a signal's" or "a model's".
pub(crate) fn parse(
    key: &Ident,
    input: ParseStream<'_>,
    whose: &str,
    example: &str,
) -> Result<LitStr> {
    let usage = format!("name = \"{example}\"");
    options::parse_equals(key, input, &usage)?;
    input.parse().map_err(|error: Error| {
        let message = format!("{whose} name is a string literal: `{usage}`");
        Error::new(error.span(), message)
    })
}

/// Returns the name, or an error if it has other characters than logs and listings allow.
pub(crate) fn check(name: &LitStr, whose: &str) -> Result<String> {
    let text = name.value();
    let is_allowed = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ':' | '/');
    if text.is_empty() || !text.chars().all(is_allowed) {
        let message =
            format!("{whose} name consists of one or more letters, digits and `_ - . : /`");
        return Err(Error::new_spanned(name, message));
    }
    Ok(text)
}

/// Converts `OrderPaid` to `order_paid` and `HTTPRequest` to `http_request`.
pub(crate) fn snake_case(type_name: &Ident) -> String {
    let letters: Vec<char> = type_name.unraw().to_string().chars().collect();
    let mut name = String::new();
    for (index, letter) in letters.iter().enumerate() {
        let after_small = index > 0 && !letters[index - 1].is_uppercase();
        let before_small = letters
            .get(index + 1)
            .is_some_and(|next| next.is_lowercase());
        if letter.is_uppercase()
            && index > 0
            && (after_small || before_small)
            && !name.ends_with('_')
        {
            name.push('_');
        }
        name.extend(letter.to_lowercase());
    }
    name
}

/// Appends a number to a name that is already used: a `macro_rules!` may declare several items at the same
/// location.
pub(crate) fn unique(name: String) -> String {
    static USES: Mutex<BTreeMap<String, u32>> = Mutex::new(BTreeMap::new());

    let mut uses = USES.lock().unwrap_or_else(PoisonError::into_inner);
    let uses = uses.entry(name.clone()).or_default();
    *uses += 1;
    match *uses {
        1 => name,
        number => format!("{name}_number_{number}"),
    }
}

/// Converts `blog_post` to `BlogPost`.
pub(crate) fn camel_case(name: &str) -> String {
    let words = name.split('_').map(|word| {
        let mut letters = word.chars();
        let first = letters.next().map(|first| first.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    });
    words.collect()
}

#[cfg(test)]
mod tests {
    use super::{camel_case, snake_case};

    #[test]
    fn types_are_camel_case() {
        for (name, type_name) in [
            ("article", "Article"),
            ("blog_post", "BlogPost"),
            ("a_1", "A1"),
        ] {
            assert_eq!(camel_case(name), type_name);
        }
    }

    #[test]
    fn names_are_snake_case() {
        for (type_name, name) in [
            ("OrderPaid", "order_paid"),
            ("HTTPRequest", "http_request"),
            ("ParsedHTML", "parsed_html"),
            ("Step2Done", "step2_done"),
            ("A", "a"),
            ("AB", "ab"),
            ("Über", "über"),
            ("Snake_Case", "snake_case"),
            ("r#Match", "match"),
        ] {
            let type_name = syn::parse_str(type_name).expect(type_name);
            assert_eq!(snake_case(&type_name), name);
        }
    }
}
