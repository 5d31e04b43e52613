//! `#[signal(required)]`: what sends the signal does not link without the receiver that fulfills it.
//!
//! The dispatch reads a symbol that the fulfilling receiver exports. Both take its name from here,
//! the receiver through a macro that is exported under the signal's own name, so that it is found
//! by whatever path or alias the signal is.

use std::env;

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote};
use syn::ext::IdentExt;
use syn::{DeriveInput, Visibility};

use crate::attributes;
use crate::options::CratePath;

/// The macro that the fulfilling receiver calls with the path of its core.
pub(crate) fn macro_of(item: &DeriveInput) -> TokenStream {
    let cfgs = attributes::cfgs(&item.attrs);
    let vis = &item.vis;
    let ident = attributes::generated_use_of(&item.ident);
    let symbol = symbol(item);
    let name = format_ident!("__{symbol}");
    // Only a macro that is exported can be as public as its signal.
    let export = matches!(vis, Visibility::Public(_)).then(|| quote!(#[macro_export]));
    quote! {
        #(#cfgs)*
        #[doc(hidden)]
        #export
        macro_rules! #name {
            ($($core:tt)*) => {
                $($core)*::__fulfill! { #symbol }
            };
        }

        #(#cfgs)*
        #[doc(hidden)]
        #vis use #name as #ident;
    }
}

/// What the dispatch does first.
pub(crate) fn read(item: &DeriveInput, core: &CratePath) -> TokenStream {
    let symbol = symbol(item);
    quote!(#core::__require! { #symbol })
}

/// The name that the linker complains of: a sentence, as far as a symbol can be one.
///
/// The place is in it because two modules of a crate may each have a signal of one name.
fn symbol(item: &DeriveInput) -> String {
    let name = item.ident.unraw();
    let krate = env::var("CARGO_CRATE_NAME").map_or_else(|_| String::new(), |name| name + "__");
    let here = Span::call_site().unwrap();
    let file = here
        .file()
        .replace(|c: char| !c.is_ascii_alphanumeric(), "_");
    let line = here.line();
    format!("signal_required__{krate}{name}__has_no_receiver__declared_in_{file}_line_{line}")
}
