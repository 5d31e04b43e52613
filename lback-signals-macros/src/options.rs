//! The options of an attribute: `key = value` or `key`, separated by commas.

use std::mem;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Error, Meta, Path, Result, Token, token};

use crate::errors::Errors;
use crate::spelling;

/// The options that an attribute accepts.
pub(crate) struct Grammar {
    /// The noun for one option in messages, such as "role".
    pub(crate) noun: &'static str,
    pub(crate) keys: &'static [&'static str],
    /// The key that messages suggest for a path or a list without a key.
    pub(crate) key_of_paths: Option<&'static str>,
}

/// Parses the options. Calls `parse_value` after each key.
///
/// # Errors
///
/// Returns an error for each option that is unknown, repeated or invalid.
pub(crate) fn parse(
    tokens: TokenStream,
    grammar: &Grammar,
    mut parse_value: impl FnMut(&Ident, ParseStream<'_>) -> Result<()>,
) -> Result<()> {
    parse_list(tokens, grammar, &mut Vec::new(), &mut parse_value)
}

/// Parses the options in all attributes of this name, as if they were one attribute.
pub(crate) fn parse_attributes(
    attributes: &[Attribute],
    name: &str,
    grammar: &Grammar,
    mut parse_value: impl FnMut(&Ident, ParseStream<'_>) -> Result<()>,
) -> Result<()> {
    let mut errors = Errors::default();
    let mut seen = Vec::new();
    for attribute in attributes {
        if !attribute.path().is_ident(name) {
            continue;
        }
        errors.take(match &attribute.meta {
            Meta::List(list) if !list.tokens.is_empty() => {
                parse_list(list.tokens.clone(), grammar, &mut seen, &mut parse_value)
            }
            _ => Err(Error::new_spanned(attribute, grammar.missing(name))),
        });
    }
    errors.finish(())
}

fn parse_list(
    tokens: TokenStream,
    grammar: &Grammar,
    seen: &mut Vec<Ident>,
    parse_value: &mut impl FnMut(&Ident, ParseStream<'_>) -> Result<()>,
) -> Result<()> {
    let options = |input: ParseStream<'_>| {
        let mut errors = Errors::default();
        while !input.is_empty() {
            errors.take(parse_one(input, grammar, seen, parse_value));
            skip_to_next(input)?;
        }
        errors.finish(())
    };
    options.parse2(tokens)
}

fn parse_one(
    input: ParseStream<'_>,
    grammar: &Grammar,
    seen: &mut Vec<Ident>,
    parse_value: &mut impl FnMut(&Ident, ParseStream<'_>) -> Result<()>,
) -> Result<()> {
    grammar.check_has_key(input)?;
    let key = input.call(Ident::parse_any).map_err(|error| {
        let message = format!("invalid {}; {}", grammar.noun, grammar.list());
        Error::new(error.span(), message)
    })?;
    if !grammar.keys.contains(&key.to_string().as_str()) {
        let noun = grammar.noun;
        let message = match grammar.similar_to(&key) {
            Some(similar) => format!("unknown {noun} `{key}`: did you mean `{similar}`?"),
            None => format!("unknown {noun} `{key}`; {}", grammar.list()),
        };
        return Err(Error::new(key.span(), message));
    }
    if seen.contains(&key) {
        let message = format!("`{key}` is given twice: remove one");
        return Err(Error::new(key.span(), message));
    }
    seen.push(key.clone());
    parse_value(&key, input)?;
    if input.is_empty() || input.peek(Token![,]) {
        Ok(())
    } else if input.peek(Token![=]) || input.peek(token::Paren) {
        let message = format!("`{key}` takes no value: write it alone");
        Err(Error::new(key.span(), message))
    } else {
        Err(input.error("expected `,`"))
    }
}

impl Grammar {
    /// Returns an error for `OrderPaid` and `[OrderPaid]`, which lack `signal =`.
    fn check_has_key(&self, input: ParseStream<'_>) -> Result<()> {
        let ahead = input.fork();
        let value = if ahead.peek(token::Bracket) {
            ahead.parse::<TokenTree>()?.into_token_stream()
        } else {
            match ahead.call(Path::parse_mod_style) {
                Ok(path) if names_a_type(&path) => path.into_token_stream(),
                _ => return Ok(()),
            }
        };
        match self.key_of_paths {
            Some(key) if !ahead.peek(Token![=]) && !ahead.peek(token::Paren) => {
                let message = format!("missing key: write `{key} = {}`", spelling::of(&value));
                Err(Error::new_spanned(value, message))
            }
            _ => Ok(()),
        }
    }

    /// Returns the message for an attribute without options.
    fn missing(&self, attribute: &str) -> String {
        format!("write `#[{attribute}({})]`; {}", self.noun, self.list())
    }

    /// Returns the key that is most similar to a misspelt one, if most of its letters match.
    fn similar_to(&self, misspelt: &Ident) -> Option<&'static str> {
        let misspelt = misspelt.to_string();
        let distances = self.keys.iter().map(|key| (distance(&misspelt, key), *key));
        let (distance, nearest) = distances.min()?;
        (distance <= nearest.len() / 2 && distance <= 2).then_some(nearest)
    }

    /// Returns the list of the keys as a clause.
    pub(crate) fn list(&self) -> String {
        match self.keys {
            [key] => format!("the only {} is `{key}`", self.noun),
            keys => format!("the {}s are `{}`", self.noun, keys.join("`, `")),
        }
    }
}

/// Returns the Levenshtein distance of two words.
fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<_> = (0..=other.len()).collect();
    for (index, letter) in one.bytes().enumerate() {
        let mut diagonal = mem::replace(&mut row[0], index + 1);
        for (column, other_letter) in other.bytes().enumerate() {
            let exchanged = diagonal + usize::from(letter != other_letter);
            diagonal = row[column + 1];
            row[column + 1] = exchanged.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[other.len()]
}

/// Returns whether the path is a type's, and not a key.
fn names_a_type(path: &Path) -> bool {
    path.get_ident()
        .is_none_or(|word| word.to_string().starts_with(char::is_uppercase))
}

fn skip_to_next(input: ParseStream<'_>) -> Result<()> {
    while !input.is_empty() {
        if input.peek(Token![,]) {
            input.parse::<Token![,]>()?;
            break;
        }
        input.parse::<TokenTree>()?;
    }
    Ok(())
}

/// Parses the `=` after a key. The message for a missing value shows `usage`.
pub(crate) fn parse_equals(key: &Ident, input: ParseStream<'_>, usage: &str) -> Result<()> {
    let equals = input.parse::<Option<Token![=]>>()?;
    if equals.is_none() || input.is_empty() || input.peek(Token![,]) {
        let message = format!("`{key}` needs a value: `{usage}`");
        return Err(Error::new(key.span(), message));
    }
    Ok(())
}

/// The path of the crate that generated code uses.
#[derive(Clone)]
pub(crate) enum CratePath {
    Default(&'static str),
    Given(Path),
}

impl CratePath {
    /// Parses `= path` after the key `crate`.
    pub(crate) fn parse(key: &Ident, input: ParseStream<'_>) -> Result<Self> {
        parse_equals(key, input, "crate = path")?;
        let path = input.call(Path::parse_mod_style).map_err(|error| {
            Error::new(
                error.span(),
                "expected a path without quotes: `crate = path`",
            )
        })?;
        Ok(Self::Given(path))
    }
}

impl ToTokens for CratePath {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Self::Default(name) => {
                let name = Ident::new(name, Span::call_site());
                tokens.extend(quote!(::#name));
            }
            Self::Given(path) => path.to_tokens(tokens),
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_distance_counts_letters() {
        for (one, other, distance) in [
            ("after", "after", 0),
            ("afer", "after", 1),
            ("sginal", "signal", 2),
            ("kitten", "sitting", 3),
            ("", "last", 4),
        ] {
            assert_eq!(super::distance(one, other), distance);
            assert_eq!(super::distance(other, one), distance);
        }
    }
}
