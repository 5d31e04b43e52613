//! The function and the options as they are written, right or wrong.

use proc_macro2::TokenStream;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Attribute, Error, LitStr, Path, Result, Signature, Token, Visibility, bracketed, token};

use crate::options::{self, CratePath};

/// The function behind the attribute. Its body is left alone: it may be half written.
pub(crate) struct Function {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) signature: Signature,
}

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let function = Self {
            attrs: input.call(Attribute::parse_outer)?,
            signature: {
                input.parse::<Visibility>()?;
                input.parse()?
            },
        };
        input.parse::<TokenStream>()?;
        Ok(function)
    }
}

pub(crate) fn parse(item: TokenStream) -> Result<Function> {
    syn::parse2(item.clone()).map_err(|_| {
        Error::new_spanned(
            item,
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

impl Options {
    /// Reads what can be read, and says what could not.
    pub(crate) fn parse(tokens: TokenStream) -> (Self, Result<()>) {
        let mut options = Self {
            signals: None,
            core: CratePath::Default("lback_signals"),
        };
        let read = options::parse(tokens, &["signal", "crate"], |key, input| {
            if key == "crate" {
                options.core = CratePath::parse(input)?;
            } else {
                // Named, even if what follows is wrong: one message is enough.
                options.signals = Some(Vec::new());
                options.signals = Some(parse_signals(input)?);
            }
            Ok(())
        });
        (options, read)
    }
}

fn parse_signals(input: ParseStream<'_>) -> Result<Vec<Path>> {
    input.parse::<Token![=]>()?;
    if let Ok(name) = input.fork().parse::<LitStr>() {
        return Err(Error::new_spanned(
            name,
            "a signal is named by its path, which the compiler checks: `signal = OrderPaid`",
        ));
    }
    if !input.peek(token::Bracket) {
        return Ok(vec![input.parse()?]);
    }
    let list;
    let brackets = bracketed!(list in input);
    let signals = Punctuated::<Path, Token![,]>::parse_terminated(&list)?;
    if signals.is_empty() {
        return Err(Error::new(
            brackets.span.join(),
            "name at least one signal: `signal = [OrderPaid, OrderRefunded]`",
        ));
    }
    Ok(signals.into_iter().collect())
}
