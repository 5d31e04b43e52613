//! The code that the model of an entity expands to.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};
use syn::parse_quote;

use super::parse::Input;
use super::validate::Entity;
use crate::fields::Part;
use crate::model::{Event, Extras, Signals, field_named_after};
use crate::options::CratePath;
use crate::{attributes, naming};

/// Returns the signals, `ActiveModelBehavior`, which sends them, and `Model` for both kinds of models.
pub(crate) fn expand(input: &Input, entity: &Entity<'_>) -> TokenStream {
    let core = core(&input.binding);
    let signals = signals(input, &core, &entity.name);
    let declared = declare(input, &signals);
    let bulk = input.has_bulk.then(|| bulk(input, &signals, &entity.name));
    let changed = changed(input, &signals);
    let behavior = behavior(input, &signals, &entity.name);
    let models = models(input, &core, entity);
    quote! {
        #declared
        #changed
        #bulk
        #behavior
        #models
    }
}

/// Returns the code for an invalid model: what SeaORM needs. Without it, each use of the entity would be a further
/// error.
pub(crate) fn fallback(input: &Input) -> TokenStream {
    let sea_orm = sea_orm(&input.binding);
    quote! {
        #[automatically_derived]
        impl #sea_orm::ActiveModelBehavior for ActiveModel {}
    }
}

fn core(binding: &CratePath) -> CratePath {
    CratePath::Given(parse_quote!(#binding::__private::lback_signals))
}

fn sea_orm(binding: &CratePath) -> TokenStream {
    quote!(#binding::__private::sea_orm)
}

fn signals<'d>(input: &'d Input, core: &'d CratePath, name: &'d str) -> Signals<'d> {
    let span = input
        .declaration
        .ident
        .span()
        .resolved_at(Span::call_site());
    let prefix = Ident::new(&naming::camel_case(name), span);
    Signals {
        core,
        declaration: &input.declaration,
        explicit_name: Some(name),
        field: field_named_after(&prefix),
        prefix,
    }
}

/// Returns the type that the signals of an event hold.
fn held_by(event: Event, input: &Input) -> Ident {
    match event {
        Event::PostSave => attributes::generated_use_of(&input.declaration.ident),
        Event::PreSave | Event::PreDelete | Event::PostDelete => active_model(),
    }
}

fn active_model() -> Ident {
    Ident::new("ActiveModel", Span::call_site())
}

fn declare(input: &Input, signals: &Signals<'_>) -> TokenStream {
    let model = attributes::generated_use_of(&input.declaration.ident);
    let events = input.declaration.events.iter().map(|event| {
        let mut extras = Extras::default();
        if *event == Event::PreSave {
            if !input.declaration.lends_draft(*event) {
                extras.fields = quote! {
                    #[doc = "The columns that the statement writes."]
                    pub changed: &'a [Column],
                };
            }
            if input.select_for_update.is_some() {
                extras.fields.extend(quote! {
                    #[doc = "The stored row, which an update replaces."]
                    pub old: &'a ::core::option::Option<#model>,
                });
            }
        }
        signals.declare(*event, &held_by(*event, input), &extras)
    });
    events.collect()
}

/// Returns the method that lists the changed columns of a draft. A field would not show the edits of receivers.
fn changed(input: &Input, signals: &Signals<'_>) -> Option<TokenStream> {
    let declaration = &input.declaration;
    if !declaration.lends_draft(Event::PreSave) {
        return None;
    }
    let binding = &input.binding;
    let (vis, allowed_lints) = (&declaration.vis, &declaration.allowed_lints);
    let signal = signals.name_of(Event::PreSave);
    let field = &signals.field;
    Some(quote! {
        #allowed_lints
        #[automatically_derived]
        impl #signal<'_> {
            #[doc = "Returns the columns that the statement writes, with those of the edits so far."]
            #[must_use]
            #vis fn changed(&self) -> ::std::vec::Vec<Column> {
                #binding::__private::written_columns::<ActiveModel>(&self.#field, self.created)
            }
        }
    })
}

/// Returns the signal about many rows, and the implementation by which the wrappers send it.
fn bulk(input: &Input, signals: &Signals<'_>, name: &str) -> TokenStream {
    let Signals {
        core,
        declaration,
        prefix,
        ..
    } = signals;
    let binding = &input.binding;
    let (vis, deprecated) = (&declaration.vis, &declaration.deprecated);
    let allowed_lints = &declaration.allowed_lints;
    let signal = format_ident!("{prefix}PostBulkWrite");
    let signal_name = format!("{name}_post_bulk_write");
    let owned = declaration.is_owned.then(|| quote!(owned,));
    let model = attributes::generated_use_of(&declaration.ident);
    let docs = format!("Rows of `{name}` have been inserted, updated or deleted by one statement.");
    quote! {
        #[doc = #docs]
        #deprecated
        #allowed_lints
        #[allow(clippy::exhaustive_structs)]
        #[#core::signal(name = #signal_name, #owned crate = #core)]
        #[derive(::core::clone::Clone)]
        #vis struct #signal<'a> {
            #[doc = "The kind of the statement."]
            pub operation: #binding::BulkOperation,
            #[doc = "The inserted or updated rows as they are now, or the deleted ones. At least one."]
            pub rows: &'a [#model],
        }

        #allowed_lints
        #[automatically_derived]
        impl #binding::BulkSignal for Entity {
            fn __send(operation: #binding::BulkOperation, rows: &[#model]) {
                #core::Signal::send(&#signal { operation, rows });
            }
        }
    }
}

/// Returns `ActiveModelBehavior`, which calls the hooks of the application and sends the signals.
fn behavior(input: &Input, signals: &Signals<'_>, name: &str) -> TokenStream {
    let binding = &input.binding;
    let sea_orm = sea_orm(binding);
    let core = signals.core;
    let allowed_lints = &input.declaration.allowed_lints;
    let model = attributes::generated_use_of(&input.declaration.ident);
    let field = &signals.field;
    let sends = |event| {
        let is_sent = input.declaration.events.contains(&event);
        is_sent.then(|| signals.name_of(event))
    };
    let hook = |call: TokenStream| {
        let hooks = quote!(<ActiveModel as #binding::ModelHooks>);
        input
            .has_hooks
            .then(|| quote!(let model = #hooks::#call.await?;))
    };
    let new = input.has_hooks.then(|| {
        quote! {
            fn new() -> Self {
                <ActiveModel as #binding::ModelHooks>::new()
            }
        }
    });
    let [before_save, after_save, before_delete, after_delete] = [
        quote!(before_save(model, db, insert)),
        quote!(after_save(model, db, insert)),
        quote!(before_delete(model, db)),
        quote!(after_delete(model, db)),
    ]
    .map(hook);
    let pre_save = sends(Event::PreSave).map(|signal| pre_save(input, &signal, field, name));
    let post_save = sends(Event::PostSave)
        .map(|signal| quote!(#core::Signal::send(&#signal { #field: &model, created: insert });));
    let pre_delete = sends(Event::PreDelete).map(|signal| {
        quote! {
            let signal = #signal { #field: &model };
            #binding::__private::before(&signal, #name, "a deleted row")?;
        }
    });
    let post_delete = sends(Event::PostDelete)
        .map(|signal| quote!(#core::Signal::send(&#signal { #field: &model });));
    let connection = quote!(C: #sea_orm::ConnectionTrait);
    let result = |ty: TokenStream| quote!(::core::result::Result<#ty, #sea_orm::DbErr>);
    let of_active = result(quote!(Self));
    let of_model = result(quote!(#model));

    quote! {
        #allowed_lints
        #[automatically_derived]
        #[allow(unused_variables)]
        #[#binding::__private::async_trait]
        impl #sea_orm::ActiveModelBehavior for ActiveModel {
            #new

            async fn before_save<C>(
                self,
                db: &C,
                insert: ::core::primitive::bool,
            ) -> #of_active
            where
                #connection,
            {
                let model = self;
                #before_save
                #pre_save
                ::core::result::Result::Ok(model)
            }

            async fn after_save<C>(
                model: #model,
                db: &C,
                insert: ::core::primitive::bool,
            ) -> #of_model
            where
                #connection,
            {
                #after_save
                #post_save
                ::core::result::Result::Ok(model)
            }

            async fn before_delete<C>(self, db: &C) -> #of_active
            where
                #connection,
            {
                let model = self;
                #before_delete
                #pre_delete
                ::core::result::Result::Ok(model)
            }

            async fn after_delete<C>(self, db: &C) -> #of_active
            where
                #connection,
            {
                let model = self;
                #after_delete
                #post_delete
                ::core::result::Result::Ok(model)
            }
        }
    }
}

/// Returns the statements that send `pre_save`.
fn pre_save(input: &Input, signal: &Ident, field: &Ident, name: &str) -> TokenStream {
    let binding = &input.binding;
    let (read, old) = match input.select_for_update {
        Some(_) => (
            Some(quote! {
                let old = #binding::__private::old_row(&model, db, insert).await?;
            }),
            Some(quote!(old: &old,)),
        ),
        None => (None, None),
    };
    if input.declaration.lends_draft(Event::PreSave) {
        let core = core(binding);
        return quote! {
            #read
            let edited = {
                let signal = #signal {
                    #field: #core::Draft::new(&model),
                    created: insert,
                    #old
                };
                #binding::__private::before(&signal, #name, "a stored row")?;
                #core::Draft::into_edited(signal.#field)
            };
            let model = edited.unwrap_or(model);
        };
    }
    quote! {
        #read
        let changed = #binding::__private::written_columns(&model, insert);
        let signal = #signal { #field: &model, created: insert, changed: &changed, #old };
        #binding::__private::before(&signal, #name, "a stored row")?;
    }
}

/// Returns `impl Model` for the model and the active model: their name, and their primary key as the id.
fn models(input: &Input, core: &CratePath, entity: &Entity<'_>) -> TokenStream {
    let allowed_lints = &input.declaration.allowed_lints;
    let model = attributes::generated_use_of(&input.declaration.ident);
    let name = &entity.name;
    let text = |part: &Part<'_>, value: TokenStream| {
        let ty = part.ty;
        quote!(<#ty as #core::__private::IdField>::text(#value))
    };
    let of_model = entity.keys.iter().map(|part| {
        let member = &part.member;
        text(part, quote!(&self.#member))
    });
    let of_active = entity.keys.iter().map(|part| {
        let member = &part.member;
        text(part, quote!(self.#member.try_as_ref()?))
    });
    let implementation = |ty: &Ident, id: TokenStream| {
        quote! {
            #allowed_lints
            #[automatically_derived]
            impl #core::Model for #ty {
                fn model_name(&self) -> &'static ::core::primitive::str {
                    #name
                }

                fn model_id(&self) -> ::core::option::Option<::std::string::String> {
                    ::core::option::Option::Some([#id].join(","))
                }

                fn __name() -> &'static ::core::primitive::str {
                    #name
                }
            }
        }
    };
    let of_model = implementation(&model, quote!(#(#of_model),*));
    let of_active = implementation(&active_model(), quote!(#(#of_active),*));
    quote!(#of_model #of_active)
}
