//! `#[derive(Model)]`, and the parts of it that `#[derive(AuthUser)]` and `#[derive(SignalModel)]` share.

mod expand;
mod lifecycle;
mod parse;
mod signals;
mod validate;

use proc_macro2::TokenStream;
use quote::quote;

pub(crate) use expand::{expand as expand_model, fallback as fallback_model, generics_of};
pub(crate) use parse::{Declaration, EDITABLE, Event, OWNED, parse_account};
pub(crate) use signals::{Extras, Signals, field_named_after};
pub(crate) use validate::{Model, check_declaration, check_editable};

pub(crate) fn expand(item: TokenStream) -> TokenStream {
    let input = match parse::parse(item) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error(),
    };
    match validate::validate(&input) {
        Ok(model) => expand_model(&input.core, &input.declaration, &model),
        Err(error) => {
            let error = error.into_compile_error();
            let fallback = fallback_model(&input.core, &input.declaration);
            quote!(#error #fallback)
        }
    }
}
