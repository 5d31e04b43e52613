//! `#[signal(required)]`: what sends the signal does not link without the receiver that fulfills it.
//!
//! The dispatch reads a symbol that the fulfilling receiver exports. Both take its name from here,
//! the receiver through a macro that is exported under the signal's own name, so that it is found
//! by whatever path or alias the signal is.

use std::collections::HashSet;
use std::env;
use std::sync::{Mutex, PoisonError};

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote};
use syn::ext::IdentExt;
use syn::{DeriveInput, Visibility};

use crate::attributes;
use crate::options::CratePath;

/// The name that the linker complains of: a sentence, as far as a symbol can be one.
pub(crate) struct Symbol {
    name: String,
    /// The unit tests of a crate may link the crate once more, behind a handler crate that they
    /// depend on: theirs is another signal.
    in_tests: String,
}

impl Symbol {
    /// The place is in it because two modules of a crate may each have a signal of one name.
    pub(crate) fn of(item: &DeriveInput) -> Self {
        let name = item.ident.unraw();
        let krate = env::var("CARGO_CRATE_NAME").map_or_else(|_| String::new(), |name| name + "__");
        let here = Span::call_site().unwrap();
        let file = here
            .file()
            .replace(|c: char| !c.is_ascii_alphanumeric(), "_");
        let line = here.line();
        let name = once(format!(
            "signal_required__{krate}{name}__has_no_receiver__declared_in_{file}_line_{line}"
        ));
        Self {
            in_tests: format!("{name}_for_its_own_tests"),
            name,
        }
    }
}

/// The same name, with a number if it was given out before: a `macro_rules!` of the user's may
/// declare several signals at one place.
fn once(name: String) -> String {
    static GIVEN: Mutex<Option<HashSet<String>>> = Mutex::new(None);

    let mut given = GIVEN.lock().unwrap_or_else(PoisonError::into_inner);
    let given = given.get_or_insert_default();
    let numbered = (2..).map(|number| format!("{name}_number_{number}"));
    let fresh = [name.clone()]
        .into_iter()
        .chain(numbered)
        .find(|name| given.insert(name.clone()));
    fresh.unwrap_or(name)
}

/// The macro that the fulfilling receiver calls with the path of its core.
pub(crate) fn macro_of(item: &DeriveInput, symbol: &Symbol) -> TokenStream {
    let cfgs = attributes::cfgs(&item.attrs);
    let vis = &item.vis;
    let ident = attributes::generated_use_of(&item.ident);
    let Symbol { name, in_tests } = symbol;
    let macro_name = format_ident!("__{name}");
    // Only a macro that is exported can be as public as its signal.
    let export = matches!(vis, Visibility::Public(_)).then(|| quote!(#[macro_export]));
    quote! {
        #(#cfgs)*
        #[cfg(not(test))]
        #[doc(hidden)]
        #export
        macro_rules! #macro_name {
            ($($core:tt)*) => {
                $($core)*::__fulfill! { #name }
            };
        }

        #(#cfgs)*
        #[cfg(test)]
        #[doc(hidden)]
        #export
        macro_rules! #macro_name {
            ($($core:tt)*) => {
                $($core)*::__fulfill! { #in_tests }
            };
        }

        #(#cfgs)*
        #[doc(hidden)]
        #vis use #macro_name as #ident;
    }
}

/// What the dispatch does first.
pub(crate) fn read(symbol: &Symbol, core: &CratePath) -> TokenStream {
    let Symbol { name, in_tests } = symbol;
    quote! {
        #[cfg(not(test))]
        {
            #core::__require! { #name }
        }
        #[cfg(test)]
        {
            #core::__require! { #in_tests }
        }
    }
}
