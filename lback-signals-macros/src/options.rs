//! The options in an attribute's parentheses: `key = value` or `key`, separated by commas.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Error, Path, Result, Token};

use crate::errors::Errors;

/// Reads the options; `read_value` is called behind each key that is among `known`.
///
/// Unknown and repeated options are refused, and an error in one does not hide those in others.
pub(crate) fn parse(
    tokens: TokenStream,
    known: &[&str],
    mut read_value: impl FnMut(&Ident, ParseStream<'_>) -> Result<()>,
) -> Result<()> {
    let options = |input: ParseStream<'_>| {
        let mut errors = Errors::default();
        let mut seen: Vec<Ident> = Vec::new();
        while !input.is_empty() {
            let key = input.call(Ident::parse_any)?;
            let read = if !known.contains(&key.to_string().as_str()) {
                Err(unknown(&key, known))
            } else if seen.contains(&key) {
                Err(Error::new(key.span(), format!("`{key}` is given twice")))
            } else {
                seen.push(key.clone());
                read_value(&key, input)
            };
            if errors.take(read).is_some() {
                if !input.is_empty() && !input.peek(Token![,]) {
                    errors.push(input.error(format!("expected `,` after the value of `{key}`")));
                }
            }
            skip_to_next(input)?;
        }
        errors.finish(())
    };
    options.parse2(tokens)
}

fn unknown(key: &Ident, known: &[&str]) -> Error {
    let known = known
        .iter()
        .map(|option| format!("`{option}`"))
        .collect::<Vec<_>>()
        .join(", ");
    Error::new(
        key.span(),
        format!("unknown option `{key}`; there are {known}"),
    )
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

/// Where the runtime crate of the generated code is.
#[derive(Clone)]
pub(crate) enum CratePath {
    Default(&'static str),
    Given(Path),
}

impl CratePath {
    /// Reads `= path`, behind the key `crate`.
    pub(crate) fn parse(input: ParseStream<'_>) -> Result<Self> {
        input.parse::<Token![=]>()?;
        Ok(Self::Given(input.call(Path::parse_mod_style)?))
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
