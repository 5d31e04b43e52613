//! The option `upcast(1 = OrderPaidV1)`: types that read the payloads of earlier versions.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Error, LitInt, Result, Token, Type, parenthesized, token};

use crate::errors::Errors;
use crate::spelling;

const USAGE: &str = "write the type of each earlier version: `upcast(1 = OrderPaidV1)`";

/// An earlier version, and the type of its payloads.
pub(super) struct Earlier {
    literal: LitInt,
    version: u32,
    ty: Type,
}

impl Parse for Earlier {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let literal: LitInt = input
            .parse()
            .map_err(|error| Error::new(error.span(), USAGE))?;
        let version = literal
            .base10_parse()
            .map_err(|_| Error::new(literal.span(), USAGE))?;
        input
            .parse::<Token![=]>()
            .map_err(|error| Error::new(error.span(), USAGE))?;
        Ok(Self {
            literal,
            version,
            ty: input.parse()?,
        })
    }
}

/// Parses the `(1 = OrderPaidV1, …)` after the key.
pub(super) fn parse(key: &Ident, input: ParseStream<'_>) -> Result<Vec<Earlier>> {
    if !input.peek(token::Paren) {
        return Err(Error::new(key.span(), USAGE));
    }
    let list;
    let parentheses = parenthesized!(list in input);
    let earlier = Punctuated::<Earlier, Token![,]>::parse_terminated(&list)?;
    if earlier.is_empty() {
        return Err(Error::new(parentheses.span.join(), USAGE));
    }
    Ok(earlier.into_iter().collect())
}

/// Returns the oldest version that is read. Each type converts into that of the next version, so none is left out up
/// to the current one.
pub(super) fn validate(earlier: &[Earlier], current: u32) -> Result<u32> {
    let mut errors = Errors::default();
    let first = earlier.first().map_or(current, |first| first.version);
    for (it, expected) in earlier.iter().zip(first..) {
        let message = if it.version >= current {
            format!("the current version is {current}: `upcast` lists earlier ones")
        } else if it.version == 0 {
            "the first version is 1".to_owned()
        } else if it.version != expected {
            format!(
                "write the versions in ascending order without a gap: `{expected} = …` comes next"
            )
        } else {
            continue;
        };
        errors.push(Error::new(it.literal.span(), message));
        return errors.finish(current);
    }
    if let Some(last) = earlier.last()
        && last.version + 1 != current
    {
        let (next, last) = (last.version + 1, last);
        let message = format!(
            "`upcast` leaves out version {next}, and the current one is {current}: add `{next} = …`"
        );
        errors.push(Error::new(last.literal.span(), message));
    }
    errors.finish(first)
}

/// Returns the statement that decodes payloads of earlier versions.
pub(super) fn decoding(signal: &str, earlier: &[Earlier]) -> Option<TokenStream> {
    if earlier.is_empty() {
        return None;
    }
    let arms = earlier.iter().enumerate().map(|(index, first)| {
        let Earlier { version, ty, .. } = first;
        let spelled = spelling::of(ty);
        let span = span_of(ty);
        let read = quote_spanned!(span=> __lback_private::decode_earlier::<#ty>);
        let later = earlier[index + 1..].iter().map(|later| Some(&later.ty));
        let conversions = earlier[index..].iter().zip(later.chain([None]));
        let conversions = conversions.map(|(from, to)| {
            let from = &from.ty;
            // A conversion that is missing is an error at the type that is to be converted.
            let span = span_of(from);
            let to = to.map_or_else(|| quote_spanned!(span=> Self), |to| quote!(#to));
            quote_spanned!(span=> let __lback_payload = <#to as __lback_private::Upcast<#from>>::upcast(__lback_payload);)
        });
        quote! {
            #version => {
                let __lback_payload = #read(#signal, #version, #spelled, __lback_payload)?;
                #(#conversions)*
                return ::core::result::Result::Ok(__lback_payload);
            }
        }
    });
    Some(quote! {
        match __lback_version {
            #(#arms)*
            _ => {}
        }
    })
}

fn span_of(ty: &Type) -> Span {
    ty.span().resolved_at(Span::call_site())
}
