//! `#[signal]`.

mod connectable;
mod dispatching;
mod durable;
mod expand;
mod fallback;
mod owned;
mod parse;
mod receivable;
mod requirement;
mod validate;

use proc_macro2::TokenStream;
use quote::quote;

const NOT_A_STRUCT: &str = "a signal is a struct: `#[signal] struct OrderPaid<'a> { … }`";

pub(crate) fn expand(options: TokenStream, item: &TokenStream) -> TokenStream {
    let input = match parse::parse(item) {
        Ok(input) => input,
        Err(error) => {
            let error = error.into_compile_error();
            return quote!(#item #error);
        }
    };
    let (options, options_parsed) = parse::Options::parse(options);
    match validate::validate(&input, &options, options_parsed) {
        Ok(signal) => expand::expand(&input, &options, &signal),
        Err(error) => fallback::fallback(input, &options, &error),
    }
}
