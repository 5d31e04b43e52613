//! `#[signal(required)]`: a program that sends the signal does not link without a receiver that fulfills it.
//!
//! The dispatch reads a symbol that the fulfilling receiver exports. This module gives the symbol its name. The
//! receiver gets it through a macro with the name of the signal, so that each path and alias of the signal is
//! also one of the macro.

use std::env;

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote};
use syn::ext::IdentExt;
use syn::{DeriveInput, Visibility};

use crate::options::CratePath;
use crate::{attributes, naming};

/// The symbol that the linker reports as undefined. Its name is the error message.
pub(crate) struct Symbol {
    name: String,
    /// The name in unit tests. These may link the crate a second time, through a crate of receivers that they
    /// depend on.
    in_tests: String,
}

impl Symbol {
    /// Returns the symbol of a signal. Its name contains the source location, since two modules of a crate may
    /// each declare a signal of the same name.
    pub(crate) fn of(item: &DeriveInput) -> Self {
        let name = item.ident.unraw();
        let krate = env::var("CARGO_CRATE_NAME").map_or_else(|_| String::new(), |name| name + "__");
        let here = Span::call_site().unwrap();
        let file = here
            .file()
            .replace(|c: char| !c.is_ascii_alphanumeric(), "_");
        let line = here.line();
        let name = naming::unique(format!(
            "signal_required__{krate}{name}__has_no_receiver__declared_in_{file}_line_{line}"
        ));
        Self {
            in_tests: format!("{name}_for_its_own_tests"),
            name,
        }
    }

    /// Returns each name with the predicate of the `cfg` that selects it.
    fn per_build(&self) -> [(TokenStream, &str); 2] {
        [
            (quote!(not(test)), &self.name),
            (quote!(test), &self.in_tests),
        ]
    }
}

/// Returns the macro that the fulfilling receiver calls with the path of `lback_signals`.
pub(crate) fn macro_of(item: &DeriveInput, symbol: &Symbol) -> TokenStream {
    let cfgs = attributes::cfgs(&item.attrs);
    let vis = &item.vis;
    let ident = attributes::generated_use_of(&item.ident);
    let macro_name = format_ident!("__{}", symbol.name);
    // A macro needs `macro_export` to be as visible as a `pub` signal.
    let export = matches!(vis, Visibility::Public(_)).then(|| quote!(#[macro_export]));
    let macros = symbol.per_build().map(|(build, symbol)| {
        quote! {
            #(#cfgs)*
            #[cfg(#build)]
            #[doc(hidden)]
            #export
            macro_rules! #macro_name {
                ($($core:tt)*) => {
                    $($core)*::__fulfill! { #symbol }
                };
            }
        }
    });
    quote! {
        #(#macros)*

        #(#cfgs)*
        #[doc(hidden)]
        #vis use #macro_name as #ident;
    }
}

/// Returns the statements at the start of the dispatch, which read the symbol.
pub(crate) fn read(symbol: &Symbol, core: &CratePath) -> TokenStream {
    let reads = symbol
        .per_build()
        .map(|(build, symbol)| quote!(#[cfg(#build)] { #core::__require! { #symbol } }));
    quote!(#(#reads)*)
}
