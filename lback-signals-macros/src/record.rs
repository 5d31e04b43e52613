//! The records of the wiring, which the binary contains.

use std::env;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};

/// The zero bytes behind a text, of which a note leaves out those behind a multiple of four.
pub(crate) const PADDING: &str = "\0\0\0";

/// Expands `retired_note! { { path::of::__private } "name" }`, which `retire!` calls.
pub(crate) fn retired(path_and_name: TokenStream) -> TokenStream {
    let mut trees = path_and_name.into_iter();
    let private = trees.next().map(|tree| match tree {
        TokenTree::Group(group) => group.stream(),
        other => other.into(),
    });
    let stored = trees.next();
    let start = format!("\u{3}{}", package());
    let end = format!("\0{PADDING}");
    let text = quote! {
        ::core::concat!(#start, ::core::module_path!(), "\0", #stored, "\0", ::core::line!(), #end)
    };
    let name = Ident::new("__LBACK_NOTE", Span::call_site());
    note(&private, &name, &quote!(#private::Text(#text)), &quote!(""))
}

/// Returns the static that contains a record, a value of the type `Text` or `Record`. `private` is the path of
/// `lback_signals::__private`, and `path` that of a receiver's signal.
///
/// The attributes come from this crate, so that they compile in crates that forbid `unsafe_code`.
pub(crate) fn note(
    private: &impl ToTokens,
    name: &Ident,
    record: &TokenStream,
    path: &TokenStream,
) -> TokenStream {
    quote! {
        #private::record! {
            {
                // SAFETY: only programs that read the file read the section.
                // On WebAssembly it would also be in the memory of the program.
                #[cfg_attr(not(target_family = "wasm"), used)]
                #[cfg_attr(
                    not(any(windows, target_vendor = "apple", target_family = "wasm")),
                    unsafe(link_section = ".note.lback")
                )]
                #[cfg_attr(
                    target_vendor = "apple",
                    unsafe(link_section = "__DATA,__lback,regular,no_dead_strip")
                )]
                #[cfg_attr(windows, unsafe(link_section = ".lback"))]
                #[cfg_attr(target_family = "wasm", unsafe(link_section = "lback"))]
                static #name
            }
            (#record) { #path };
        }
    }
}

/// Returns the text with which a record begins: its kind, the place of the item in the sources, and what follows.
pub(crate) fn text(kind: u8, name: &str, rest: &str) -> TokenStream {
    let start = format!("{}{}", char::from(kind), package());
    let name = format!("\0{name}\0");
    let rest = format!("\0{rest}");
    quote!(::core::concat!(#start, ::core::module_path!(), #name, ::core::line!(), #rest))
}

/// Returns the package and its version as a record has them.
fn package() -> String {
    let variable = |name| env::var(name).unwrap_or_default();
    let package = short(&variable("CARGO_PKG_NAME"), &variable("CARGO_CRATE_NAME"));
    format!("{package}\0{}\0", variable("CARGO_PKG_VERSION"))
}

/// Returns the package as a record has it, in which most crates have the name of their package.
fn short(package: &str, krate: &str) -> String {
    let with_hyphens = krate.replace('_', "-");
    let recorded = match package {
        _ if package == krate => "",
        _ if package == with_hyphens => "-",
        other => other,
    };
    recorded.to_owned()
}

#[cfg(test)]
mod tests {
    use proc_macro2::{Ident, Span};
    use quote::quote;

    use super::{note, short};

    #[test]
    fn a_package_is_short_if_it_has_the_name_of_its_crate() {
        for (name, krate, recorded) in [
            ("shop", "shop", ""),
            ("shop_audit", "shop_audit", ""),
            ("shop-audit", "shop_audit", "-"),
            ("shop-audit_log", "shop_audit_log", "shop-audit_log"),
            ("shop", "integration_test", "shop"),
            ("", "", ""),
        ] {
            assert_eq!(short(name, krate), recorded, "{name} {krate}");
        }
    }
    #[test]
    fn each_object_format_has_its_section() {
        let name = Ident::new("NAME", Span::call_site());
        let note = note(&quote!(private), &name, &quote!(record), &quote!(path)).to_string();
        for section in [
            r#"cfg_attr (target_vendor = "apple" , unsafe (link_section = "__DATA,__lback,regular,no_dead_strip"))"#,
            r#"cfg_attr (windows , unsafe (link_section = ".lback"))"#,
            r#"cfg_attr (target_family = "wasm" , unsafe (link_section = "lback"))"#,
            r#"cfg_attr (not (any (windows , target_vendor = "apple" , target_family = "wasm")) , unsafe (link_section = ".note.lback"))"#,
        ] {
            assert!(note.contains(section), "{section} in {note}");
        }
    }
}
