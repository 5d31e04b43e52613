//! The records of the wiring, which the binary contains.

use std::env;

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};

/// Expands `retired_note! { { path::of::__private } { name } }`, which `retire!` calls.
pub(crate) fn retired(path_and_name: TokenStream) -> TokenStream {
    let mut groups = path_and_name.into_iter().map(|tree| match tree {
        TokenTree::Group(group) => group.stream(),
        other => other.into(),
    });
    let (private, name) = (groups.next(), groups.next());
    let source = source(&private, &name);
    note(&private, &quote!(#private::Record::retired(#source)))
}

/// Returns the static that contains a record, an expression of the type `Record`. `private` is the path of
/// `lback_signals::__private`.
///
/// The attributes come from this crate, so that they compile in crates that forbid `unsafe_code`.
pub(crate) fn note(private: &impl ToTokens, record: &impl ToTokens) -> TokenStream {
    quote! {
        #private::record! {
            const _: () = {
                const __LBACK_RECORD: #private::Record = #record;

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
                static __LBACK_NOTE: #private::Note<{ __LBACK_RECORD.size() }> = __LBACK_RECORD.note();
            };
        }
    }
}

/// Returns the value that says where an item is declared. `private` is the path of `lback_signals::__private`.
pub(crate) fn source(private: &impl ToTokens, name: &impl ToTokens) -> TokenStream {
    let variable = |name| env::var(name).unwrap_or_default();
    let package = package(&variable("CARGO_PKG_NAME"), &variable("CARGO_CRATE_NAME"));
    let version = variable("CARGO_PKG_VERSION");
    quote! {
        #private::Source {
            package: #package,
            version: #version,
            module: ::core::module_path!(),
            name: #name,
            line: ::core::line!(),
        }
    }
}

/// Returns the package as a record has it, in which most crates have the name of their package.
fn package(package: &str, krate: &str) -> String {
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
    use quote::quote;

    use super::{note, package};

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
            assert_eq!(package(name, krate), recorded, "{name} {krate}");
        }
    }

    #[test]
    fn each_object_format_has_its_section() {
        let note = note(&quote!(private), &quote!(record)).to_string();
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
