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
