//! `#[signal(owned)]`: how a copy of the signal is kept, and lent to receivers that run later.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Error, Field, Generics, Result, Type};

use super::parse::Input;
use crate::options::CratePath;
use crate::{attributes, spelling, types};

/// Refuses a field of which no copy can be kept, as far as can be seen.
pub(super) fn check_field(field: &Field, generics: &Generics) -> Result<()> {
    let ty = types::ungrouped(&field.ty);
    let (held, advice) = match ty {
        Type::Reference(reference) => (types::ungrouped(&reference.elem), "and owns what it holds"),
        ty => (ty, "or hold a `&'a` to one that owns what it holds"),
    };
    if !types::mentions_a_lifetime(held, generics) {
        return Ok(());
    }
    let name = field.ident.as_ref().map(IdentExt::unraw);
    let name = name.map(|name| name.to_string()).unwrap_or_default();
    let spelling = spelling::of(&field.ty);
    Err(Error::new_spanned(
        &field.ty,
        format!(
            "an `owned` signal cannot keep a copy of `{name}`: a `{spelling}` borrows on the inside; \
             hold a type that borrows nothing, {advice}"
        ),
    ))
}

/// What a table needs of an `owned` signal, beside what it needs of all.
pub(super) fn lent(input: &Input, core: &CratePath) -> TokenStream {
    let item = &input.item;
    let ident = attributes::generated_use_of(&item.ident);
    let (impl_generics, type_generics, where_clause) = item.generics.split_for_impl();
    quote! {
        #[automatically_derived]
        impl #impl_generics #core::__private::OwnedSignal for #ident #type_generics #where_clause {}

        #[automatically_derived]
        impl #impl_generics #core::__private::Lent<__Shim> for #ident #type_generics #where_clause {
            fn deliver(
                &self,
                __shim: __Shim,
                __context: &#core::Context,
            ) -> #core::__private::Outcome {
                __shim(#core::__private::Delivery::new(self, __context))
            }

            fn sender_model(&self) -> ::core::option::Option<::std::string::String> {
                #core::Signal::__sender_model(self)
            }
        }
    }
}

/// A closure that keeps each field, and gives the closure that makes the signal anew from them.
pub(super) fn keep(input: &Input, core: &CratePath) -> TokenStream {
    let ident = attributes::generated_use_of(&input.item.ident);
    let (kept, lent): (Vec<_>, Vec<_>) = input
        .fields()
        .enumerate()
        .map(|(index, field)| {
            let cfgs = attributes::cfgs(&field.attrs);
            let name = &field.ident;
            let variable = format_ident!("__field_{index}");
            // A type of which no copy can be kept is complained of here, by all in one voice.
            let span = field.ty.span().resolved_at(Span::call_site());
            let (value, back) = if is_borrowed(&field.ty) {
                (quote!(self.#name), quote_spanned!(span=> lend))
            } else {
                (quote!(&self.#name), quote_spanned!(span=> restore))
            };
            let keep = quote_spanned!(span=> #core::__private::keep);
            (
                quote!(#(#cfgs)* let #variable = #keep(#value);),
                quote!(#(#cfgs)* #name: #core::__private::#back(&#variable)),
            )
        })
        .unzip();
    quote! {
        || {
            #(#kept)*
            move |__visit: &mut dyn ::core::ops::FnMut(&dyn #core::__private::Lent<__Shim>)| {
                __visit(&#ident { #(#lent),* });
            }
        }
    }
}

/// Whether it is a `&'a T`. A `&'static T` is a value like any other.
fn is_borrowed(ty: &Type) -> bool {
    match types::ungrouped(ty) {
        Type::Reference(reference) => {
            let lifetime = reference.lifetime.as_ref();
            lifetime.is_some_and(|lifetime| lifetime.ident != "static")
        }
        _ => false,
    }
}
