//! `#[receiver]`.

mod durable;
mod expand;
mod parse;
mod record;
mod types;
mod validate;

use proc_macro2::TokenStream;
use quote::quote;
use syn::Error;

use crate::attributes;

pub(crate) fn expand(options: TokenStream, item: &TokenStream) -> TokenStream {
    let mut allow_unfulfilled = None;
    let registration = parse::parse(item).and_then(|function| {
        allow_unfulfilled = attributes::allow_unfulfilled(&function.attrs);
        let (options, options_parsed) = parse::Options::parse(options);
        let receiver = validate::validate(&function, options, options_parsed)?;
        Ok(expand::expand(&receiver))
    });
    // Emitted unchanged even after an error, so that editors keep working.
    let registration = registration.unwrap_or_else(Error::into_compile_error);
    quote!(#allow_unfulfilled #item #registration)
}

/// Expands a receiver of the library itself, whose stored name users cannot write.
pub(crate) fn expand_builtin(options: TokenStream, item: &TokenStream) -> TokenStream {
    let registration = parse::parse(item).and_then(|function| {
        let (mut options, options_parsed) = parse::Options::parse(options);
        if let Some(durable) = &mut options.durable {
            durable.is_builtin = true;
        }
        let receiver = validate::validate(&function, options, options_parsed)?;
        Ok(expand::expand(&receiver))
    });
    let registration = registration.unwrap_or_else(Error::into_compile_error);
    quote!(#item #registration)
}
