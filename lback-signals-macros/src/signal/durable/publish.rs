//! The option `publish`: a receiver of the library, whose deliveries a relay publishes.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::Stored;
use super::fields::fields;
use crate::attributes;
use crate::naming::snake_case;
use crate::receiver;
use crate::signal::parse::{Input, Options};

/// Returns the receiver of a published signal. No worker calls it, since its deliveries are those of a relay.
pub(in crate::signal) fn publication(
    input: &Input,
    options: &Options,
    stored: &Stored,
) -> Option<TokenStream> {
    if !stored.is_published {
        return None;
    }
    let core = &options.core;
    let item = &input.item;
    let cfgs = attributes::cfgs(&item.attrs);
    let signal = attributes::generated_use_of(&item.ident);
    let lifetimes = item.generics.lifetimes().map(|_| quote!('_));
    let function = format_ident!("publish_{}", snake_case(&item.ident));
    let name = receiver_name(&stored.name);
    let was = stored.was.iter().map(|name| receiver_name(name));
    let was = (!stored.was.is_empty()).then(|| quote!(was(#(#was),*),));
    // Signals of one key are published in the order of the commits.
    let order = fields(input).iter().any(|field| field.is_key);
    let order = order.then(|| quote!(order = key,));
    let registration = receiver::expand_builtin(
        quote!(signal = #signal, crate = #core, durable(name = #name, #was #order)),
        &quote!(fn #function(_: &#signal<#(#lifetimes),*>) {}),
    );
    Some(quote! {
        #(#cfgs)*
        const _: () = {
            #registration
        };
    })
}

fn receiver_name(signal: &str) -> String {
    format!("@publish.{signal}")
}
