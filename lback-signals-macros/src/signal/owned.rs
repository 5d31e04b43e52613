//! `#[signal(owned)]`: the owned copy of the signal for receivers that run later.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Error, Field, Generics, Result, Type};

use super::parse::Input;
use crate::options::CratePath;
use crate::{attributes, types};

/// Returns an error for a field that visibly has no owned copy.
///
/// `option` begins the message: ``an `owned` `` or ``a `durable` ``.
pub(super) fn check_field(option: &str, field: &Field, generics: &Generics) -> Result<()> {
    let (copied, why) = match types::ungrouped(&field.ty) {
        Type::Reference(reference) if is_trait_object(&reference.elem) => (
            &*reference.elem,
            "its trait object borrows: write `&'a dyn Trait`, where the trait is `'static`",
        ),
        Type::Reference(reference) => (
            &*reference.elem,
            "the type behind its `&` borrows, too: use an owned type there, as in `&'a [String]`",
        ),
        ty => (
            ty,
            "its type borrows: use an owned type or a `&` to one, as in `&'a Option<String>`",
        ),
    };
    if !types::contains_lifetime_of(copied, generics) {
        return Ok(());
    }
    let name = field.ident.as_ref().map(IdentExt::unraw);
    let name = name.map(|name| name.to_string()).unwrap_or_default();
    let message = format!("{option} signal cannot store a copy of `{name}`, since {why}");
    Err(Error::new_spanned(&field.ty, message))
}

fn is_trait_object(ty: &Type) -> bool {
    matches!(types::ungrouped(ty), Type::TraitObject(_))
}

/// Returns the implementation of `DeliverOwned`. It copies each field, and rebuilds the signal from the copies
/// to call a receiver, or inside the future of an `async fn`.
pub(super) fn implementation(input: &Input, core: &CratePath) -> TokenStream {
    let (impl_generics, type_generics, where_clause) = input.item.generics.split_for_impl();
    let ident = attributes::generated_use_of(&input.item.ident);
    let mut copies = Vec::new();
    let mut bindings = Vec::new();
    let mut initializers = Vec::new();
    for (index, field) in input.fields().enumerate() {
        let cfgs = attributes::cfgs(&field.attrs);
        let name = &field.ident;
        let borrowed = borrowed(&field.ty);
        let span = borrowed.unwrap_or(&field.ty).span();
        let span = span.resolved_at(Span::call_site());
        let variable = format_ident!("__lback_field_{index}", span = span);
        // The span of the compiler's error if the type of the field has no owned copy.
        let (value, rebuild) = match borrowed {
            Some(_) => (
                quote_spanned!(span=> self.#name),
                Ident::new("borrow_field", span),
            ),
            None => (
                quote_spanned!(span=> &self.#name),
                Ident::new("restore_field", span),
            ),
        };
        let copy = quote_spanned!(span=> __lback_private::own_field(#value));
        let rebuild = quote_spanned!(span=> __lback_private::#rebuild(#variable));
        // Nested pairs, since a statement can have a `cfg`, and an element of a tuple cannot.
        copies.push(quote!(#(#cfgs)* let __lback_fields = (__lback_fields, #copy);));
        bindings.push(quote!(#(#cfgs)* let (__lback_fields, #variable) = __lback_fields;));
        initializers.push(quote!(#(#cfgs)* #name: #rebuild));
    }
    bindings.reverse();
    let owned_signal = owned_signal(&ident, &bindings, &initializers);
    quote! {
        #[automatically_derived]
        impl #impl_generics #core::__private::DeclaredOwned for #ident #type_generics #where_clause {}

        #[automatically_derived]
        impl #impl_generics #core::__private::DeliverOwned<__Entry> for #ident #type_generics
        #where_clause {
            fn __to_owned(&self) -> #core::__private::OwnedSignal {
                use #core::__private as __lback_private;
                let __lback_fields = ();
                #(#copies)*
                #owned_signal
            }
        }
    }
}

/// Returns the `OwnedSignal` of the copies in `__lback_fields`, which are bound to variables from the last to the
/// first.
pub(super) fn owned_signal(
    ident: &Ident,
    bindings: &[TokenStream],
    initializers: &[TokenStream],
) -> TokenStream {
    // Guarded: the drop of a field may panic while the panic of a receiver unwinds.
    let signal = quote! {
        #(#bindings)*
        let () = __lback_fields;
        let __lback_signal = __lback_private::PanicGuarded::new(#ident { #(#initializers),* });
        let __lback_signal = __lback_private::PanicGuarded::get(&__lback_signal);
    };
    quote! {
        __lback_private::OwnedSignal::new(
            &__RECEIVERS,
            __lback_fields,
            |__lback_fields, __lback_borrow| {
                #signal
                __lback_borrow(__lback_signal);
            },
            |__lback_copied, __lback_shim, __lback_context| {
                ::std::boxed::Box::pin(async move {
                    let __lback_fields = __lback_private::Copied::fields(&__lback_copied);
                    #signal
                    let __lback_args =
                        __lback_private::ReceiverArgs::new(__lback_signal, &__lback_context);
                    __lback_shim(__lback_args)?.await
                })
            },
        )
    }
}

/// Returns the `T` of a `&'a T`. A `&'static T` is copied as a value.
pub(super) fn borrowed(ty: &Type) -> Option<&Type> {
    let Type::Reference(reference) = types::ungrouped(ty) else {
        return None;
    };
    let lifetime = reference.lifetime.as_ref()?;
    (lifetime.ident != "static").then_some(&reference.elem)
}
