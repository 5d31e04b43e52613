//! `#[receiver]`.

mod expand;
mod parse;
mod types;
mod validate;

use proc_macro2::TokenStream;
use quote::quote;
use syn::Error;

pub(crate) fn expand(options: TokenStream, item: &TokenStream) -> TokenStream {
    let registration = parse::parse(item).and_then(|function| {
        let (options, options_read) = parse::Options::parse(options);
        let receiver = validate::validate(&function, options, options_read)?;
        Ok(expand::expand(&receiver))
    });
    // The function stays as the user wrote it, right or wrong, so that editors keep working.
    let beside = registration.unwrap_or_else(Error::into_compile_error);
    quote!(#item #beside)
}
