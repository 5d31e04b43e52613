//! `#[derive(AuthUser)]`.

mod expand;
mod parse;
mod validate;

use proc_macro2::TokenStream;

pub(crate) fn expand(item: TokenStream) -> TokenStream {
    let input = match parse::parse(item) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error(),
    };
    match validate::validate(&input) {
        Ok(account) => expand::expand(&input, &account),
        Err(error) => expand::fallback(&input, &error),
    }
}
