//! The options in an attribute's parentheses: `key = value` or `key`, separated by commas.

use std::mem;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Error, Meta, Path, Result, Token, token};

use crate::errors::Errors;
use crate::spelling;

/// What may stand in an attribute's parentheses.
pub(crate) struct Grammar {
    /// What one of them is called.
    pub(crate) noun: &'static str,
    pub(crate) keys: &'static [&'static str],
    /// The key that is meant where a path or a list stands without one.
    pub(crate) key_of_paths: Option<&'static str>,
}

/// Reads the options; `read_value` is called behind each key of the grammar.
///
/// Unknown and repeated options are refused, and an error in one does not hide those in others.
pub(crate) fn parse(
    tokens: TokenStream,
    grammar: &Grammar,
    mut read_value: impl FnMut(&Ident, ParseStream<'_>) -> Result<()>,
) -> Result<()> {
    parse_list(tokens, grammar, &mut Vec::new(), &mut read_value)
}

/// Reads the options in all attributes of this name, which count as one.
pub(crate) fn parse_attributes(
    attributes: &[Attribute],
    name: &str,
    grammar: &Grammar,
    mut read_value: impl FnMut(&Ident, ParseStream<'_>) -> Result<()>,
) -> Result<()> {
    let mut errors = Errors::default();
    let mut seen = Vec::new();
    for attribute in attributes {
        if !attribute.path().is_ident(name) {
            continue;
        }
        errors.take(match &attribute.meta {
            Meta::List(list) if !list.tokens.is_empty() => {
                parse_list(list.tokens.clone(), grammar, &mut seen, &mut read_value)
            }
            _ => Err(Error::new_spanned(attribute, grammar.none_given(name))),
        });
    }
    errors.finish(())
}

fn parse_list(
    tokens: TokenStream,
    grammar: &Grammar,
    seen: &mut Vec<Ident>,
    read_value: &mut impl FnMut(&Ident, ParseStream<'_>) -> Result<()>,
) -> Result<()> {
    let options = |input: ParseStream<'_>| {
        let mut errors = Errors::default();
        while !input.is_empty() {
            errors.take(parse_one(input, grammar, seen, read_value));
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
    read_value: &mut impl FnMut(&Ident, ParseStream<'_>) -> Result<()>,
) -> Result<()> {
    grammar.check_has_key(input)?;
    let key = input.call(Ident::parse_any).map_err(|error| {
        let message = format!("this is no {}; {}", grammar.noun, grammar.list());
        Error::new(error.span(), message)
    })?;
    if !grammar.keys.contains(&key.to_string().as_str()) {
        let noun = grammar.noun;
        let message = match grammar.similar_to(&key) {
            Some(meant) => format!("unknown {noun} `{key}`: did you mean `{meant}`?"),
            None => format!("unknown {noun} `{key}`; {}", grammar.list()),
        };
        return Err(Error::new(key.span(), message));
    }
    if seen.contains(&key) {
        return Err(Error::new(key.span(), format!("`{key}` is given twice")));
    }
    seen.push(key.clone());
    read_value(&key, input)?;
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
    /// Refuses `OrderPaid` and `[OrderPaid]` where `signal = OrderPaid` is meant.
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
                let message = format!("say what this is: `{key} = {}`", spelling::of(&value));
                Err(Error::new_spanned(value, message))
            }
            _ => Ok(()),
        }
    }

    /// What to say of an attribute that has nothing in parentheses.
    fn none_given(&self, attribute: &str) -> String {
        format!("write `#[{attribute}({})]`; {}", self.noun, self.list())
    }

    /// The key that a misspelt one is nearest to, if most of its letters are right.
    fn similar_to(&self, misspelt: &Ident) -> Option<&'static str> {
        let misspelt = misspelt.to_string();
        let distances = self.keys.iter().map(|key| (distance(&misspelt, key), *key));
        let (distance, nearest) = distances.min()?;
        (distance <= nearest.len() / 2 && distance <= 2).then_some(nearest)
    }

    /// Which there are.
    pub(crate) fn list(&self) -> String {
        match self.keys {
            [key] => format!("the only {} is `{key}`", self.noun),
            keys => format!("the {}s are `{}`", self.noun, keys.join("`, `")),
        }
    }
}

/// How many letters are to be added, removed or exchanged to make one word of the other
/// (Levenshtein).
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

/// Whether the path is no mere key.
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

/// Reads the `=` behind a key whose option is written like `usage`.
pub(crate) fn parse_equals(key: &Ident, input: ParseStream<'_>, usage: &str) -> Result<()> {
    let equals = input.parse::<Option<Token![=]>>()?;
    if equals.is_none() || input.is_empty() || input.peek(Token![,]) {
        let message = format!("`{key}` needs a value: `{usage}`");
        return Err(Error::new(key.span(), message));
    }
    Ok(())
}

/// Where the runtime crate of the generated code is.
#[derive(Clone)]
pub(crate) enum CratePath {
    Default(&'static str),
    Given(Path),
}

impl CratePath {
    /// Reads `= path`, behind the key `crate`.
    pub(crate) fn parse(key: &Ident, input: ParseStream<'_>) -> Result<Self> {
        parse_equals(key, input, "crate = path")?;
        let path = input.call(Path::parse_mod_style).map_err(|error| {
            Error::new(
                error.span(),
                "a crate is named by a path, without quotes: `crate = path`",
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
