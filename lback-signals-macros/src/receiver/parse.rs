//! The function and the options, valid or not.

use proc_macro2::{Ident, TokenStream};
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{
    Attribute, Error, ExprPath, Path, Result, Signature, Token, Visibility, bracketed,
    parenthesized, token,
};

use super::durable::Durable;
use crate::attributes;
use crate::options::{self, CratePath, Grammar};

/// The function of `#[receiver]`. Its body is not parsed, since it may be incomplete in an editor.
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
            "a receiver is a free function: `#[receiver(signal = OrderPaid)] \
             fn on_paid(event: &OrderPaid<'_>) { … }`",
        )
    })
}

/// The options in `#[receiver(signal = path, first, last, before(path, …), after(path, …), after_commit,
/// after_rollback, background, durable(…), fulfills, crate = path)]` or `#[receiver(signal = [path, …], …)]`.
pub(crate) struct Options {
    /// `None` if there is no option `signal`; empty if it is invalid.
    pub(crate) signals: Option<Vec<Path>>,
    pub(crate) first: Option<Ident>,
    pub(crate) last: Option<Ident>,
    pub(crate) before: Vec<ExprPath>,
    pub(crate) after: Vec<ExprPath>,
    pub(crate) after_commit: Option<Ident>,
    pub(crate) after_rollback: Option<Ident>,
    pub(crate) background: Option<Ident>,
    pub(crate) durable: Option<Durable>,
    pub(crate) fulfills: Option<Ident>,
    pub(crate) core: CratePath,
}

const GRAMMAR: Grammar = Grammar {
    noun: "option",
    keys: &[
        "signal",
        "first",
        "last",
        "before",
        "after",
        "after_commit",
        "after_rollback",
        "background",
        "durable",
        "fulfills",
        "crate",
    ],
    key_of_paths: Some("signal"),
};

impl Options {
    /// Returns the valid options, and the errors of all others.
    pub(crate) fn parse(tokens: TokenStream) -> (Self, Result<()>) {
        let mut options = Self {
            signals: None,
            first: None,
            last: None,
            before: Vec::new(),
            after: Vec::new(),
            after_commit: None,
            after_rollback: None,
            background: None,
            durable: None,
            fulfills: None,
            core: CratePath::Default("lback_signals"),
        };
        let parsed = options::parse(tokens, &GRAMMAR, |key, input| {
            match key.to_string().as_str() {
                "crate" => options.core = CratePath::parse(key, input)?,
                "first" => options.first = Some(key.clone()),
                "last" => options.last = Some(key.clone()),
                "before" => options.before = parse_receivers(key, input)?,
                "after" => options.after = parse_receivers(key, input)?,
                "after_commit" => options.after_commit = Some(key.clone()),
                "after_rollback" => options.after_rollback = Some(key.clone()),
                "background" => options.background = Some(key.clone()),
                "durable" => options.durable.insert(Durable::new(key)).parse(input)?,
                "fulfills" => options.fulfills = Some(key.clone()),
                _ => {
                    // Set first, so that an invalid value is not reported as a missing option, too.
                    options.signals = Some(Vec::new());
                    options.signals = Some(parse_signals(key, input)?);
                }
            }
            Ok(())
        });
        (options, parsed)
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
            "expected the path of a signal: `signal = OrderPaid`, or `signal = [OrderPaid, \
             OrderRefunded]`",
        )
    })
}

/// Parses the `(path, …)` after `before` or `after`.
fn parse_receivers(key: &Ident, input: ParseStream<'_>) -> Result<Vec<ExprPath>> {
    let usage = || format!("name the receivers in parentheses: `{key}(write_audit_line)`");
    if !input.peek(token::Paren) {
        return Err(Error::new(key.span(), usage()));
    }
    let list;
    let parentheses = parenthesized!(list in input);
    let receivers = Punctuated::<_, Token![,]>::parse_terminated_with(&list, parse_receiver)?;
    if receivers.is_empty() {
        return Err(Error::new(parentheses.span.join(), usage()));
    }
    Ok(receivers.into_iter().collect())
}

fn parse_receiver(input: ParseStream<'_>) -> Result<ExprPath> {
    let message = "expected the path of a receiver's function: `after(write_audit_line)`";
    let receiver = input.parse();
    if input.is_empty() || input.peek(Token![,]) {
        receiver.map_err(|error: Error| Error::new(error.span(), message))
    } else {
        Err(Error::new(input.span(), message))
    }
}
