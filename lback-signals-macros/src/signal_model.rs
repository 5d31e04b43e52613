//! `#[derive(SignalModel)]`, for entities of SeaORM.

mod expand;
mod parse;
mod validate;

#[cfg(test)]
mod tests;

use proc_macro2::TokenStream;
use quote::quote;

pub(crate) fn expand(item: TokenStream) -> TokenStream {
    let input = match parse::parse(item) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error(),
    };
    match validate::validate(&input) {
        Ok(entity) => expand::expand(&input, &entity),
        Err(error) => {
            let error = error.into_compile_error();
            let fallback = expand::fallback(&input);
            quote!(#error #fallback)
        }
    }
}
