//! `#[signal(durable(…))]`: the stored form of the signal, and how it is written and read.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::spanned::Spanned;
use syn::{
    Attribute, Error, Field, LitStr, Result, Token, Type, parenthesized, parse_quote, token,
};

use super::owned;
use super::parse::{Input, Options};
use crate::options::{self, CratePath, Grammar};
use crate::{attributes, durable, naming, spelling, types};

/// The options in `durable(name = "order.paid", version = 2, was("order_paid"))`.
pub(crate) struct Durable {
    /// The word `durable`.
    pub(crate) key: Ident,
    name: Option<LitStr>,
    version: Option<u32>,
    was: Vec<LitStr>,
    /// Whether all options are valid, so that one that is not given is missing.
    is_parsed: bool,
}

const GRAMMAR: Grammar = Grammar {
    noun: "durable option",
    keys: &["name", "version", "was"],
    key_of_paths: None,
};

impl Durable {
    /// Returns the options before they are parsed.
    pub(super) fn new(key: &Ident) -> Self {
        Self {
            key: key.clone(),
            name: None,
            version: None,
            was: Vec::new(),
            is_parsed: false,
        }
    }

    /// Parses the `(…)` after the key. It may be missing, since `validate` says what to write there.
    pub(super) fn parse(&mut self, input: ParseStream<'_>) -> Result<()> {
        if input.peek(Token![=]) {
            return Err(Error::new(
                self.key.span(),
                "`durable` takes its options in parentheses: `durable(name = \"order.paid\", version = 1)`",
            ));
        }
        if input.peek(token::Paren) {
            let list;
            parenthesized!(list in input);
            options::parse(list.parse()?, &GRAMMAR, |key, input| {
                match key.to_string().as_str() {
                    "name" => self.name = Some(durable::parse_name(key, input, "order.paid")?),
                    "version" => self.version = Some(durable::parse_count(key, input, 1)?),
                    _ => self.was = durable::parse_was(key, input, "order_paid")?,
                }
                Ok(())
            })?;
        }
        self.is_parsed = true;
        Ok(())
    }

    /// Returns the name and the version, or an error that says what to write.
    pub(super) fn validate(&self, signal: &Ident) -> Result<Stored> {
        let (Some(name), Some(version)) = (&self.name, self.version) else {
            if !self.is_parsed {
                // Reported as an invalid option.
                return Ok(Stored::default());
            }
            return Err(self.missing(signal));
        };
        let (name, was) = durable::check_names(name, &self.was)?;
        Ok(Stored { name, version, was })
    }

    fn missing(&self, signal: &Ident) -> Error {
        let name = match &self.name {
            Some(name) => name.value(),
            None => durable::suggestion(&naming::snake_case(signal), ".", "order.paid"),
        };
        let version = self.version.unwrap_or(1);
        let missing = match (&self.name, self.version) {
            (None, None) => "a name and a version",
            (None, Some(_)) => "a name",
            _ => "a version",
        };
        let message = format!(
            "a `durable` signal needs {missing}, under which it is stored: write `durable(name = \
             \"{name}\", version = {version})`"
        );
        Error::new(self.key.span(), message)
    }
}

/// The name and the version under which a signal is stored.
#[derive(Default)]
pub(crate) struct Stored {
    name: String,
    version: u32,
    was: Vec<String>,
}

/// Returns an error for a field that visibly cannot be read back.
pub(super) fn check_field(field: &Field) -> Result<()> {
    let Type::Reference(reference) = types::ungrouped(&field.ty) else {
        return Ok(());
    };
    match &reference.lifetime {
        Some(lifetime) if lifetime.ident == "static" => Err(Error::new_spanned(
            &field.ty,
            "a `durable` signal cannot read back a `&'static` reference: name a lifetime of the signal, \
             as in `&'a str`",
        )),
        _ => Ok(()),
    }
}

/// A field, and the tokens that generated code uses for it.
struct StoredField<'i> {
    cfgs: Vec<Attribute>,
    field: &'i Field,
    is_default: bool,
    /// The name in the payload.
    name: String,
    variable: Ident,
    /// The type of its values, or the type behind its reference.
    target: &'i Type,
    is_borrowed: bool,
    /// The type of the field in the owned form.
    owned: Type,
    /// The span of the compiler's error if the field cannot be stored.
    span: Span,
}

fn fields(input: &Input) -> Vec<StoredField<'_>> {
    let field = |(index, field): (usize, _)| {
        let field: &Field = field;
        let borrowed = owned::borrowed(&field.ty);
        let target = borrowed.unwrap_or(&field.ty);
        let span = target.span().resolved_at(Span::call_site());
        let name = field.ident.as_ref().map(IdentExt::unraw);
        StoredField {
            cfgs: attributes::cfgs(&field.attrs),
            field,
            is_default: input.defaults.contains(&index),
            name: name.map(|name| name.to_string()).unwrap_or_default(),
            variable: format_ident!("__lback_field_{index}", span = span),
            target,
            is_borrowed: borrowed.is_some(),
            owned: match borrowed {
                Some(target) => owned_form(target),
                None => field.ty.clone(),
            },
            span,
        }
    };
    input.fields().enumerate().map(field).collect()
}

/// Returns the type in which the owned form holds a value behind a reference.
fn owned_form(target: &Type) -> Type {
    match types::ungrouped(target) {
        Type::Slice(slice) => {
            let element = &slice.elem;
            parse_quote!(::std::vec::Vec<#element>)
        }
        Type::TraitObject(_) => parse_quote!(::std::boxed::Box<#target>),
        Type::Path(path) => {
            let last = path.path.segments.last();
            let last = last.filter(|last| last.arguments.is_none());
            match last.map(|last| last.ident.to_string()).as_deref() {
                Some("str") => parse_quote!(::std::string::String),
                // Of std, these have no size; a type of the user's own is its own owned form.
                Some("CStr" | "OsStr" | "Path") => {
                    parse_quote!(<#target as ::std::borrow::ToOwned>::Owned)
                }
                _ => target.clone(),
            }
        }
        _ => target.clone(),
    }
}

impl StoredField<'_> {
    /// Returns the expression that every use of the field begins with.
    fn stored(&self) -> TokenStream {
        let Self { target, owned, .. } = self;
        quote_spanned!(self.span=> __lback_private::stored::<#target, _, _, #owned>())
    }

    fn call(&self, method: &str, arguments: impl ToTokens) -> TokenStream {
        let stored = self.stored();
        let method = Ident::new(method, self.span);
        quote_spanned!(self.span=> #stored.#method(#arguments))
    }

    /// Returns the reference to the value of `self`.
    fn value(&self) -> TokenStream {
        let ident = &self.field.ident;
        if self.is_borrowed {
            quote_spanned!(self.span=> self.#ident)
        } else {
            quote_spanned!(self.span=> &self.#ident)
        }
    }
}

/// Returns the struct of the owned form.
pub(super) fn owned_struct(input: &Input) -> TokenStream {
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
pub(super) fn implementation(input: &Input, options: &Options, stored: &Stored) -> TokenStream {
    let core = &options.core;
    let item = &input.item;
    let ident = attributes::generated_use_of(&item.ident);
    let (impl_generics, type_generics, where_clause) = item.generics.split_for_impl();
    let fields = fields(input);
    let copies = copies(input, core, &fields);
    let writing = writing(input, core, stored, &fields);
    let reading = reading(input, core, stored, &fields);
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
    let Stored { name, version, was } = stored;
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
            ::core::option::Option::Some(&__lback_private::DurableSignal::__new(
                #name,
                #version,
                &[#(#was),*],
                || __lback_private::StoredForm::hash_of(|__lback_form| { #(#form)* }),
            ))
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

/// Returns `impl DeliverDurable`.
fn writing(
    input: &Input,
    core: &CratePath,
    stored: &Stored,
    fields: &[StoredField<'_>],
) -> TokenStream {
    let ident = attributes::generated_use_of(&input.item.ident);
    let (impl_generics, type_generics, where_clause) = input.item.generics.split_for_impl();
    let signal = &stored.name;
    let writes = fields.iter().map(|field| {
        let StoredField { cfgs, name, .. } = field;
        let value = field.value();
        let write = field.call("write", quote!(__lback_payload, #name, #value));
        quote!(#(#cfgs)* #write;)
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
        }
    }
}

/// Returns `impl OwnedForm`, and the entry in the list of durable signals.
fn reading(
    input: &Input,
    core: &CratePath,
    stored: &Stored,
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
    quote! {
        #[automatically_derived]
        impl #core::__private::OwnedForm for #owned_name {
            fn __decode(
                __lback_version: ::core::primitive::u32,
                __lback_payload: &::core::primitive::str,
            ) -> ::core::result::Result<Self, #core::__private::DecodeError> {
                use #core::__private as __lback_private;
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
