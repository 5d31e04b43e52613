#![doc = include_str!("../README.md")]

// Each macro is a folder with three steps: parse, validate, expand.

mod anchor;
mod attributes;
mod auth_user;
mod durable;
mod errors;
mod fields;
mod kind;
mod model;
mod naming;
mod options;
mod receiver;
mod record;
mod signal;
mod signal_model;
mod spelling;
mod types;

use proc_macro::TokenStream;

/// Expands `#[signal]`, which `lback_signals` documents.
#[proc_macro_attribute]
pub fn signal(options: TokenStream, item: TokenStream) -> TokenStream {
    signal::expand(options.into(), &item.into()).into()
}

/// Expands `#[receiver]`, which `lback_signals` documents.
#[proc_macro_attribute]
pub fn receiver(options: TokenStream, item: TokenStream) -> TokenStream {
    receiver::expand(options.into(), &item.into()).into()
}

/// Emits the record of `retire!`.
#[doc(hidden)]
#[proc_macro]
pub fn retired_note(path_and_name: TokenStream) -> TokenStream {
    record::retired(path_and_name.into()).into()
}

/// Expands `#[derive(Model)]`, which `lback_signals` documents.
#[proc_macro_derive(Model, attributes(model))]
pub fn model(item: TokenStream) -> TokenStream {
    model::expand(item.into()).into()
}

/// Expands `#[derive(AuthUser)]`, which `lback_auth` documents.
#[proc_macro_derive(AuthUser, attributes(auth, model))]
pub fn auth_user(item: TokenStream) -> TokenStream {
    auth_user::expand(item.into()).into()
}

/// Expands `#[derive(SignalModel)]`, which `lback_signals_sea_orm` documents.
#[proc_macro_derive(SignalModel, attributes(signal_model))]
pub fn signal_model(item: TokenStream) -> TokenStream {
    signal_model::expand(item.into()).into()
}
