//! The code of a durable signal: its owned form, and how it is copied, written and read.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;

use super::Stored;
use super::fields::{StoredField, fields};
use super::upcast::{self, Earlier};
use crate::attributes;
use crate::options::CratePath;
use crate::signal::owned;
use crate::signal::parse::{Input, Options};
use crate::spelling;

/// Returns the struct of the owned form.
pub(in crate::signal) fn owned_struct(input: &Input) -> TokenStream {
    let item = &input.item;
    let cfgs = attributes::cfgs(&item.attrs);
    let vis = &item.vis;
    let name = owned_name(input);
    let docs = format!(
        "The owned form of [`{}`], in which it is stored and read back.",
        item.ident.unraw()
    );
    let fields = fields(input).into_iter().map(|stored| {
        let StoredField {
            cfgs, field, owned, ..
        } = &stored;
        let ident = &field.ident;
        let docs: Vec<_> = field
            .attrs
            .iter()
            .filter(|attribute| attribute.path().is_ident("doc"))
            .collect();
        let default_docs = docs.is_empty().then(|| {
            let docs = format!("The field `{}` of the signal.", stored.name);
            quote!(#[doc = #docs])
        });
        quote!(#(#cfgs)* #(#docs)* #default_docs pub #ident: #owned)
    });
    let of_fields = input.fields().flat_map(|field| &field.attrs);
    let allowed_lints = attributes::allowed_lints(item.attrs.iter().chain(of_fields));
    let generated_name = attributes::generated_use_of(&name);
    let text = name.to_string();
    quote! {
        #(#cfgs)*
        #allowed_lints
        #[doc = #docs]
        #vis struct #name {
            #(#fields),*
        }

        // Without the values, which may be private.
        #(#cfgs)*
        #allowed_lints
        #[automatically_derived]
        impl ::core::fmt::Debug for #generated_name {
            fn fmt(&self, __lback_f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                let mut __lback_f = ::core::fmt::Formatter::debug_struct(__lback_f, #text);
                ::core::fmt::DebugStruct::finish_non_exhaustive(&mut __lback_f)
            }
        }
    }
}

fn owned_name(input: &Input) -> Ident {
    let ident = &input.item.ident;
    format_ident!("{}Owned", ident.unraw(), span = ident.span())
}

/// Returns the implementations for the copy, the writing and the reading of the signal. Without the feature
/// `durable`, the only error is the missing feature.
pub(in crate::signal) fn implementation(
    input: &Input,
    options: &Options,
    stored: &Stored,
) -> TokenStream {
    let core = &options.core;
    let item = &input.item;
    let ident = attributes::generated_use_of(&item.ident);
    let (impl_generics, type_generics, where_clause) = item.generics.split_for_impl();
    let fields = fields(input);
    let copies = copies(input, core, &fields);
    let writing = writing(input, options, stored, &fields);
    let earlier = options.durable.as_ref().map_or(&[][..], |it| &it.upcast);
    let reading = reading(input, core, stored, earlier, &fields);
    let info = info(core, stored, &fields);
    let without_feature = owned::implementation(input, core);
    let span = options.durable.as_ref().map_or_else(Span::call_site, |it| {
        it.key.span().resolved_at(Span::call_site())
    });
    let runtime = quote_spanned!(span=> __lback_private::DurableRuntime);
    quote! {
        const _: () = {
            use #core::__private as __lback_private;
            __lback_private::assert_durable::<#runtime>()
        };

        #[automatically_derived]
        impl #impl_generics #core::__private::DeclaredDurable for #ident #type_generics
        #where_clause {}

        #core::__durable! {
            {
                #info
                #copies
                #writing
                #reading
            }
            {
                const __DURABLE: ::core::option::Option<&'static #core::__private::DurableSignal> =
                    ::core::option::Option::None;

                #without_feature
            }
        }
    }
}

/// Returns the metadata of the stored signal.
fn info(core: &CratePath, stored: &Stored, fields: &[StoredField<'_>]) -> TokenStream {
    let Stored {
        name,
        version,
        oldest_version,
        was,
        keep,
        ..
    } = stored;
    let key = fields.iter().find(|field| field.is_key);
    let key = key.map(|field| &field.name);
    let key = key.map(|key| quote!(.__key(#key)));
    let keep = keep.map(|millis| quote!(.__keep(#millis)));
    let form = fields.iter().map(|field| {
        let cfgs = &field.cfgs;
        let name = &field.name;
        let is_required = !field.is_default;
        let add = field.call("describe", quote!(__lback_form, #name, #is_required));
        quote!(#(#cfgs)* #add;)
    });
    quote! {
        const __DURABLE: ::core::option::Option<&'static #core::__private::DurableSignal> = {
            use #core::__private as __lback_private;
            fn __describe(__lback_form: &mut __lback_private::StoredForm) {
                #(#form)*
            }
            ::core::option::Option::Some(&__lback_private::DurableSignal::__new(
                #name,
                (#oldest_version, #version),
                &[#(#was),*],
                || __lback_private::StoredForm::hash_of(__describe),
            )
            .__schema(|| __lback_private::StoredForm::schema_of(#name, #version, __describe))
            #key #keep)
        };
    }
}

/// Returns `impl DeliverOwned`, and the function that makes an `OwnedSignal` of the owned form.
fn copies(input: &Input, core: &CratePath, fields: &[StoredField<'_>]) -> TokenStream {
    let item = &input.item;
    let ident = attributes::generated_use_of(&item.ident);
    let owned_name = attributes::generated_use_of(&owned_name(input));
    let (impl_generics, type_generics, where_clause) = item.generics.split_for_impl();
    let mut copies = Vec::new();
    let mut patterns = Vec::new();
    let mut guards = Vec::new();
    let mut bindings = Vec::new();
    let mut initializers = Vec::new();
    for field in fields {
        let StoredField { cfgs, variable, .. } = field;
        let name = &field.field.ident;
        let copy = field.call("own", field.value());
        let guard = field.call("seal", variable);
        let rebuild = if field.is_borrowed {
            field.call("borrow", variable)
        } else {
            field.call("restore", variable)
        };
        copies.push(quote!(#(#cfgs)* let #variable = #copy;));
        patterns.push(quote!(#(#cfgs)* #name: #variable));
        guards.push(quote!(#(#cfgs)* let __lback_fields = (__lback_fields, #guard);));
        bindings.push(quote!(#(#cfgs)* let (__lback_fields, #variable) = __lback_fields;));
        initializers.push(quote!(#(#cfgs)* #name: #rebuild));
    }
    bindings.reverse();
    let unsealed = unsealed(fields);
    let owned_signal = owned::owned_signal(&ident, &bindings, &initializers);
    quote! {
        #[automatically_derived]
        impl #impl_generics #core::__private::DeclaredOwned for #ident #type_generics #where_clause {}

        #[automatically_derived]
        impl #impl_generics #core::__private::DeliverOwned<__Entry> for #ident #type_generics
        #where_clause {
            fn __to_owned(&self) -> #core::__private::OwnedSignal {
                use #core::__private as __lback_private;
                #(#copies)*
                __owned_signal(#owned_name { #(#unsealed),* })
            }
        }

        fn __owned_signal(__lback_owned: #owned_name) -> #core::__private::OwnedSignal {
            use #core::__private as __lback_private;
            let #owned_name { #(#patterns),* } = __lback_owned;
            let __lback_fields = ();
            #(#guards)*
            #owned_signal
        }
    }
}

/// Returns the initializers of the owned form.
fn unsealed(fields: &[StoredField<'_>]) -> Vec<TokenStream> {
    let initializer = |field: &StoredField<'_>| {
        let cfgs = &field.cfgs;
        let name = &field.field.ident;
        let value = field.call("unseal", &field.variable);
        quote!(#(#cfgs)* #name: #value)
    };
    fields.iter().map(initializer).collect()
}

/// Returns `impl DeliverDurable` and `impl SendInSteps`.
fn writing(
    input: &Input,
    options: &Options,
    stored: &Stored,
    fields: &[StoredField<'_>],
) -> TokenStream {
    let ident = attributes::generated_use_of(&input.item.ident);
    let (impl_generics, type_generics, where_clause) = input.item.generics.split_for_impl();
    let core = &options.core;
    let signal = &stored.name;
    let writes = fields.iter().map(|field| {
        let StoredField { cfgs, name, .. } = field;
        let value = field.value();
        let write = field.call("write", quote!(__lback_payload, #name, #value));
        quote!(#(#cfgs)* #write;)
    });
    let key = fields.iter().find(|field| field.is_key).map(|field| {
        let (name, value) = (&field.name, field.value());
        let write = field.call("write_key", quote!(#signal, #name, #value));
        quote! {
            fn __key(
                &self,
            ) -> ::core::result::Result<
                ::core::option::Option<::std::string::String>,
                #core::__private::EnqueueError,
            > {
                use #core::__private as __lback_private;
                #write.map(::core::option::Option::Some)
            }
        }
    });
    // Without an `async` signal, whose receivers are awaited.
    let steps = (!options.is_async).then(|| {
        quote! {
            #[automatically_derived]
            impl #impl_generics #core::__private::SendInSteps for #ident #type_generics
            #where_clause {
                fn __enqueue(&self) -> ::core::option::Option<#core::DispatchId> {
                    #core::__private::Table::enqueue(&__RECEIVERS, self)
                }

                fn __send_enqueued(
                    &self,
                    __lback_dispatch: ::core::option::Option<#core::DispatchId>,
                ) -> #core::Report {
                    #core::__private::Table::dispatch_enqueued(&__RECEIVERS, self, __lback_dispatch)
                }
            }
        }
    });
    quote! {
        #[automatically_derived]
        impl #impl_generics #core::__private::DeliverDurable<__Entry> for #ident #type_generics
        #where_clause {
            fn __encode(
                &self,
                __lback_max_bytes: ::core::primitive::usize,
            ) -> ::core::result::Result<::std::string::String, #core::__private::EnqueueError> {
                use #core::__private as __lback_private;
                __lback_private::PayloadWriter::encode(#signal, __lback_max_bytes, |__lback_payload| {
                    #(#writes)*
                })
            }

            #key

            fn __subject(&self) -> ::core::option::Option<::std::string::String> {
                #core::__private::SenderSubject::<<Self as #core::Signal>::Sender>::new()
                    .__lback_subject(#core::Signal::sender(self))
            }
        }

        #steps
    }
}

/// Returns `impl OwnedForm`, and the entry in the list of durable signals.
fn reading(
    input: &Input,
    core: &CratePath,
    stored: &Stored,
    earlier: &[Earlier],
    fields: &[StoredField<'_>],
) -> TokenStream {
    let Stored {
        name: signal,
        version,
        ..
    } = stored;
    let owned_name = attributes::generated_use_of(&owned_name(input));
    let names = fields.iter().map(|field| {
        let StoredField { cfgs, name, .. } = field;
        quote!(#(#cfgs)* #name)
    });
    let reads = fields.iter().map(|field| {
        let StoredField {
            cfgs,
            name,
            variable,
            ..
        } = field;
        let type_name = spelling::of(&field.field.ty);
        let arguments = quote!(&__lback_payload, #name, #type_name);
        let read = if field.is_default {
            // The span of the compiler's error if the type has no default value.
            let default = quote_spanned!(field.span=> ::core::default::Default::default);
            field.call("read_or_default", quote!(#arguments, #default))
        } else {
            field.call("read", arguments)
        };
        quote!(#(#cfgs)* let #variable = #read?;)
    });
    let unsealed = unsealed(fields);
    let of_earlier = upcast::decoding(signal, earlier);
    quote! {
        #[automatically_derived]
        impl #core::__private::OwnedForm for #owned_name {
            fn __decode(
                __lback_version: ::core::primitive::u32,
                __lback_payload: &::core::primitive::str,
            ) -> ::core::result::Result<Self, #core::__private::DecodeError> {
                use #core::__private as __lback_private;
                #of_earlier
                let __lback_payload = __lback_private::PayloadReader::new(
                    #signal,
                    __lback_version,
                    #version,
                    __lback_payload,
                    &[#(#names),*],
                )?;
                #(#reads)*
                ::core::result::Result::Ok(Self { #(#unsealed),* })
            }
        }

        #core::__private::inventory::submit! {
            #core::__private::DurableEntry {
                signal: &__INFO,
                decode: |__lback_version, __lback_payload| {
                    let __lback_owned = #core::__private::OwnedForm::__decode(
                        __lback_version,
                        __lback_payload,
                    );
                    __lback_owned.map(__owned_signal)
                },
            }
        }
    }
}
