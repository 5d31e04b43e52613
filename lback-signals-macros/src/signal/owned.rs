//! `#[signal(owned)]`: how a copy of the signal is kept, and lent to receivers that run later.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Error, Field, Generics, Result, Type};

use super::parse::Input;
use crate::options::CratePath;
use crate::{attributes, types};

/// Refuses a field of which no copy can be kept, as far as can be seen.
pub(super) fn check_field(field: &Field, generics: &Generics) -> Result<()> {
    let (held, why) = match types::ungrouped(&field.ty) {
        Type::Reference(reference) if is_trait_object(&reference.elem) => (
            &*reference.elem,
            "its trait object has a lifetime: write `&'a dyn Trait`, of a trait that is `'static`",
        ),
        Type::Reference(reference) => (
            &*reference.elem,
            "what is behind its `&` borrows, too: let that own what it holds, as in `&'a [String]`",
        ),
        ty => (
            ty,
            "its type borrows: let it own what it holds, by value or behind a `&`, as in \
             `&'a Option<String>`",
        ),
    };
    if !types::mentions_a_lifetime(held, generics) {
        return Ok(());
    }
    let name = field.ident.as_ref().map(IdentExt::unraw);
    let name = name.map(|name| name.to_string()).unwrap_or_default();
    let message = format!("an `owned` signal cannot keep a copy of `{name}`, since {why}");
    Err(Error::new_spanned(&field.ty, message))
}

fn is_trait_object(ty: &Type) -> bool {
    matches!(types::ungrouped(ty), Type::TraitObject(_))
}

/// The implementation of `DeliverOwned`, which copies each field, and makes the signal anew from the copies:
/// to lend it to receivers that are called, and for the future of one that is awaited.
pub(super) fn implementation(input: &Input, core: &CratePath) -> TokenStream {
    let (impl_generics, type_generics, where_clause) = input.item.generics.split_for_impl();
    let ident = attributes::generated_use_of(&input.item.ident);
    let mut kept = Vec::new();
    let mut taken = Vec::new();
    let mut lent = Vec::new();
    for (index, field) in input.fields().enumerate() {
        let cfgs = attributes::cfgs(&field.attrs);
        let name = &field.ident;
        let borrowed = borrowed(&field.ty);
        let span = borrowed.unwrap_or(&field.ty).span();
        let span = span.resolved_at(Span::call_site());
        let variable = format_ident!("__lback_field_{index}", span = span);
        // A type of which no copy can be kept is complained of here, by all in one voice.
        let (value, back) = match borrowed {
            Some(_) => (
                quote_spanned!(span=> self.#name),
                Ident::new("borrow_field", span),
            ),
            None => (
                quote_spanned!(span=> &self.#name),
                Ident::new("restore_field", span),
            ),
        };
        let keep = quote_spanned!(span=> __lback_private::own_field(#value));
        let back = quote_spanned!(span=> __lback_private::#back(#variable));
        // A pair of the others and this one, since a `cfg` can be on a statement, and not in a tuple.
        kept.push(quote!(#(#cfgs)* let __lback_fields = (__lback_fields, #keep);));
        taken.push(quote!(#(#cfgs)* let (__lback_fields, #variable) = __lback_fields;));
        lent.push(quote!(#(#cfgs)* #name: #back));
    }
    taken.reverse();
    // Quietly, since what it holds by value may panic when it is dropped, and so may its receiver.
    let signal = quote! {
        #(#taken)*
        let () = __lback_fields;
        let __lback_signal = __lback_private::PanicGuarded::new(#ident { #(#lent),* });
        let __lback_signal = __lback_private::PanicGuarded::get(&__lback_signal);
    };
    quote! {
        #[automatically_derived]
        impl #impl_generics #core::__private::DeclaredOwned for #ident #type_generics #where_clause {}

        #[automatically_derived]
        impl #impl_generics #core::__private::DeliverOwned<__Entry> for #ident #type_generics
        #where_clause {
            fn to_owned(&self) -> #core::__private::OwnedSignal {
                use #core::__private as __lback_private;
                let __lback_fields = ();
                #(#kept)*
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
    }
}

/// The `T` of a `&'a T`. A `&'static T` is a value like any other.
fn borrowed(ty: &Type) -> Option<&Type> {
    let Type::Reference(reference) = types::ungrouped(ty) else {
        return None;
    };
    let lifetime = reference.lifetime.as_ref()?;
    (lifetime.ident != "static").then_some(&reference.elem)
}
