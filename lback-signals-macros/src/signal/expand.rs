//! The expansion of `#[signal]`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::Type;
use syn::ext::IdentExt;
use syn::spanned::Spanned;

use super::parse::{Input, Options};
use super::requirement::{self, Symbol};
use super::validate::Signal;
use super::{connectable, dispatching, durable, receivable};
use crate::options::CratePath;
use crate::{anchor, attributes, record, spelling, types};

/// Returns the struct, its registration type, its table and its implementations.
pub(crate) fn expand(input: &Input, options: &Options, signal: &Signal) -> TokenStream {
    let core = &options.core;
    let item = &input.item;
    let cfgs = attributes::cfgs(&item.attrs);
    let allow_unfulfilled = attributes::allow_unfulfilled(&item.attrs);
    let allowed_lints = allowed_lints(input);
    let symbol = options.is_required.then(|| Symbol::of(item));
    let symbol = symbol.as_ref();
    let requirement = symbol.map(|symbol| requirement::macro_of(item, symbol));
    let private = quote!(#core::__private);
    let anchor = anchor::of(&private);
    let declaration = declaration(input, options, signal);
    let implementation = implementation(input, options, signal);
    let receivable = receivable::constructors(input, options);
    let registration = receivable::registration(input, options);
    let dispatch = dispatching::implementation(input, options, signal, symbol);
    let owned_struct = signal.stored.as_ref().map(|_| durable::owned_struct(input));
    let publication = signal.stored.as_ref();
    let publication = publication.and_then(|stored| durable::publication(input, options, stored));
    let closure_type = connectable::closure_type(input, options);
    let text = record::text(1, &item.ident.unraw().to_string(), "");
    let note = record::note(
        &private,
        &Ident::new("__LBACK_NOTE", Span::call_site()),
        &quote!(#private::Record::signal(&[#text], &__INFO)),
        &quote!(""),
    );

    quote! {
        #allow_unfulfilled
        #item
        #requirement
        #owned_struct

        #(#cfgs)*
        #allowed_lints
        const _: () = {
            #registration
            #closure_type

            static __RECEIVERS: #core::__private::Table<__Entry> = #core::__private::Table::new();

            static __INFO: #core::SignalInfo = #core::SignalInfo::__new(
                #declaration,
            );

            #core::__private::inventory::submit! {
                #core::__private::SignalEntry(&__INFO)
            }
            #anchor

            #note

            #implementation
            #dispatch
            #receivable
        };

        #publication
    }
}

/// Returns `impl Signal`.
fn implementation(input: &Input, options: &Options, signal: &Signal) -> TokenStream {
    let core = &options.core;
    let item = &input.item;
    let ident = attributes::generated_use_of(&item.ident);
    let (impl_generics, type_generics, where_clause) = item.generics.split_for_impl();
    let (sender_type, sender) = sender(input, signal);
    let reply_type = reply_type(options);
    let connectable = connectable::items(input, options);
    let shown = shown_fields(input, core);

    quote! {
        #[automatically_derived]
        impl #impl_generics #core::Signal for #ident #type_generics #where_clause {
            #sender_type
            #reply_type
            #connectable

            #[inline]
            fn info() -> &'static #core::SignalInfo {
                &__INFO
            }

            #[inline]
            fn sender(&self) -> &Self::Sender {
                #sender
            }

            fn __sender_model(&self) -> ::core::option::Option<::std::string::String> {
                #core::__private::SenderModel::<Self::Sender>::new()
                    .__lback_describe(#core::Signal::sender(self))
            }

            #shown

            #[inline]
            fn __has_receivers() -> ::core::primitive::bool {
                #core::__private::Table::has_receivers(&__RECEIVERS)
            }
        }
    }
}

/// Returns the method that shows the fields marked `#[field(show)]`, if there are any.
fn shown_fields(input: &Input, core: &CratePath) -> Option<TokenStream> {
    if input.shown.is_empty() {
        return None;
    }
    let fields = input.fields().enumerate();
    let shown = fields.filter(|(index, _)| input.shown.contains(index));
    let shown = shown.map(|(_, field)| {
        let cfgs = attributes::cfgs(&field.attrs);
        let ident = &field.ident;
        let name = ident.as_ref().map(|name| name.unraw().to_string());
        let span = field.ty.span().resolved_at(Span::call_site());
        let value = quote_spanned!(span=> &self.#ident);
        let show = quote_spanned!(span=> #core::__private::show_field);
        quote! {
            #(#cfgs)*
            #show(#name, #value, __lback_show);
        }
    });
    Some(quote! {
        fn __show(&self, __lback_show: #core::__private::ShowField<'_>) {
            #(#shown)*
        }
    })
}

fn allowed_lints(input: &Input) -> TokenStream {
    let of_fields = input.fields().flat_map(|field| &field.attrs);
    attributes::allowed_lints(input.item.attrs.iter().chain(of_fields))
}

pub(super) fn reply_type(options: &Options) -> TokenStream {
    match &options.reply {
        None => quote!(
            type Reply = ();
        ),
        Some(reply) => quote!(type Reply = #reply;),
    }
}

/// Returns the associated type `Sender` and the expression that borrows the field.
fn sender(input: &Input, signal: &Signal) -> (TokenStream, TokenStream) {
    let Some((field, ident)) = signal
        .sender
        .and_then(|index| input.fields().nth(index))
        .and_then(|field| Some((field, field.ident.as_ref()?)))
    else {
        return (
            quote!(
                type Sender = ();
            ),
            quote!(&()),
        );
    };
    let ty = &field.ty;
    if input.lends_draft {
        (
            quote!(type Sender = <#ty as ::core::ops::Deref>::Target;),
            quote!(&*self.#ident),
        )
    } else if let Type::Reference(reference) = types::ungrouped(ty) {
        let target = &reference.elem;
        // The span of the compiler's error if the sender is less visible than the signal.
        let span = target.span().resolved_at(Span::call_site());
        // Through `Deref`, a trait object keeps the default lifetime that it has behind this reference.
        (
            quote_spanned!(span=> type Sender = <#ty as ::core::ops::Deref>::Target;),
            quote!(&*self.#ident),
        )
    } else {
        let span = ty.span().resolved_at(Span::call_site());
        (
            quote_spanned!(span=> type Sender = #ty;),
            quote!(&self.#ident),
        )
    }
}

/// Returns the metadata of the signal as a value.
fn declaration(input: &Input, options: &Options, signal: &Signal) -> TokenStream {
    let core = &options.core;
    let item = &input.item;
    let ident = attributes::generated_use_of(&item.ident);
    let statics = item.generics.lifetimes().map(|_| quote!('static));
    let static_type = quote!(#ident<#(#statics),*>);
    let name = &signal.name;
    let is_named = options.name.is_some();
    let docs = attributes::docs(&item.attrs);
    let fields = fields(input, core, signal);
    let reply = match options.reply.as_ref().map(spelling::of) {
        None => quote!(::core::option::Option::None),
        Some(reply) => quote!(::core::option::Option::Some(#reply)),
    };
    let is_async = options.is_async;
    let is_owned = options.is_owned();
    let durable = if signal.stored.is_some() {
        quote!(__DURABLE)
    } else {
        quote!(::core::option::Option::None)
    };
    let is_required = options.is_required;
    quote! {
        #core::__private::SignalDeclaration {
            name: #name,
            is_named: #is_named,
            type_path: <#static_type>::__TYPE_PATH,
            docs: #docs,
            file: ::core::file!(),
            line: ::core::line!(),
            fields: &[#(#fields),*],
            sender_model: || {
                #core::__private::SenderModel::<<#static_type as #core::Signal>::Sender>::new()
                    .__lback_name()
            },
            reply: #reply,
            is_async: #is_async,
            is_owned: #is_owned,
            is_required: #is_required,
            durable: #durable,
            receivers: || #core::__private::Table::infos(&__RECEIVERS),
            observe: || #core::__private::Table::observe(&__RECEIVERS),
        }
    }
}

fn fields(input: &Input, core: &CratePath, signal: &Signal) -> Vec<TokenStream> {
    let field = |(index, field): (usize, &syn::Field)| {
        let cfgs = attributes::cfgs(&field.attrs);
        let name = field.ident.as_ref().map(|name| name.unraw().to_string());
        let is_sender = signal.sender == Some(index);
        let ty = match &field.ty {
            // Without the path that the derive writes.
            Type::Path(draft) if is_sender && input.lends_draft => {
                spelling::of(&draft.path.segments.last())
            }
            ty => spelling::of(ty),
        };
        quote! {
            #(#cfgs)*
            #core::FieldInfo::__new(#name, #ty, #is_sender)
        }
    };
    input.fields().enumerate().map(field).collect()
}
