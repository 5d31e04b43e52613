//! The function and the options as they are written, right or wrong.

use proc_macro2::{Ident, TokenStream};
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Attribute, Error, Path, Result, Signature, Token, Visibility, bracketed, token};

use crate::attributes;
use crate::options::{self, CratePath, Grammar};

/// The function behind the attribute. Its body is left alone: it may be half written.
pub(crate) struct Function {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) signature: Signature,
    pub(crate) has_body: bool,
}

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let attrs = input.call(Attribute::parse_outer)?;
        input.parse::<Visibility>()?;
        let signature = input.parse()?;
        let has_body = !input.peek(Token![;]);
        input.parse::<TokenStream>()?;
        Ok(Self {
            attrs,
            signature,
            has_body,
        })
    }
}

pub(crate) fn parse(item: &TokenStream) -> Result<Function> {
    syn::parse2(item.clone()).map_err(|_| {
        Error::new_spanned(
            attributes::keyword(item.clone()),
            "a receiver is a free function: `#[receiver(signal = OrderPaid)] fn on_paid(event: &OrderPaid<'_>) { … }`",
        )
    })
}

/// `#[receiver(signal = path, crate = path)]` or `#[receiver(signal = [path, …])]`
pub(crate) struct Options {
    /// `None` until the option has been read.
    pub(crate) signals: Option<Vec<Path>>,
    pub(crate) core: CratePath,
}

const GRAMMAR: Grammar = Grammar {
    noun: "option",
    keys: &["signal", "crate"],
    key_of_paths: Some("signal"),
};

impl Options {
    /// Reads what can be read, and says what could not.
    pub(crate) fn parse(tokens: TokenStream) -> (Self, Result<()>) {
        let mut options = Self {
            signals: None,
            core: CratePath::Default("lback_signals"),
        };
        let read = options::parse(tokens, &GRAMMAR, |key, input| {
            if key == "crate" {
                options.core = CratePath::parse(key, input)?;
            } else {
                // Named, even if what follows is wrong: one message is enough.
                options.signals = Some(Vec::new());
                options.signals = Some(parse_signals(key, input)?);
            }
            Ok(())
        });
        (options, read)
    }
}

fn parse_signals(key: &Ident, input: ParseStream<'_>) -> Result<Vec<Path>> {
    options::parse_equals(key, input, "signal = OrderPaid")?;
    if !input.peek(token::Bracket) {
        return Ok(vec![parse_signal(input)?]);
    }
    let list;
    let brackets = bracketed!(list in input);
    let signals = Punctuated::<_, Token![,]>::parse_terminated_with(&list, parse_signal)?;
    if signals.is_empty() {
        return Err(Error::new(
            brackets.span.join(),
            "name at least one signal: `signal = [OrderPaid, OrderRefunded]`",
        ));
    }
    Ok(signals.into_iter().collect())
}

fn parse_signal(input: ParseStream<'_>) -> Result<Path> {
    input.parse().map_err(|error: Error| {
        Error::new(
            error.span(),
            "a signal is named by its path, which the compiler checks: `signal = OrderPaid`, or \
             `signal = [OrderPaid, OrderRefunded]`",
        )
    })
}
