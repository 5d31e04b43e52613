//! The code that a model expands to.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::visit::Visit;
use syn::{Generics, WherePredicate, parse_quote};

use super::lifecycle::Lifecycle;
use super::parse::Declaration;
use super::validate::Model;
use crate::attributes;
use crate::fields::Part;
use crate::options::CratePath;

/// Returns `impl Model`, which checks the type of the id, and the signals and methods of the model.
pub(crate) fn expand(
    core: &CratePath,
    declaration: &Declaration,
    model: &Model<'_>,
) -> TokenStream {
    let Declaration {
        generics,
        allowed_lints,
        ..
    } = declaration;
    let ident = attributes::generated_use_of(&declaration.ident);
    let generics = generics_of(generics, &model.id);
    let (impl_generics, type_generics, where_clause) = generics.split_for_impl();
    let name = &model.name;
    let id = id(core, &model.id);
    let explicit_name = declaration.name.as_ref().map(|_| name.as_str());
    let lifecycle = Lifecycle::new(core, declaration, explicit_name).expand();

    quote! {
        #allowed_lints
        #[automatically_derived]
        impl #impl_generics #core::Model for #ident #type_generics #where_clause {
            fn model_name(&self) -> &'static ::core::primitive::str {
                #name
            }

            fn model_id(&self) -> ::core::option::Option<::std::string::String> {
                #id
            }

            fn __name() -> &'static ::core::primitive::str {
                #name
            }
        }

        #lifecycle
    }
}

/// Returns the generics with a bound `Display` for the type of the id, if that has a type parameter in it.
pub(crate) fn generics_of(generics: &Generics, id: &Part<'_>) -> Generics {
    struct FindParameter<'g> {
        generics: &'g Generics,
        found: bool,
    }

    impl<'ast> Visit<'ast> for FindParameter<'_> {
        fn visit_ident(&mut self, ident: &'ast Ident) {
            let mut parameters = self.generics.type_params();
            self.found |= parameters.any(|parameter| parameter.ident == *ident);
        }
    }

    let ty = id.option_of().unwrap_or(id.ty);
    let mut finder = FindParameter {
        generics,
        found: false,
    };
    finder.visit_type(ty);
    let mut generics = generics.clone();
    if finder.found {
        let predicate: WherePredicate = parse_quote!(#ty: ::core::fmt::Display);
        generics.make_where_clause().predicates.push(predicate);
    }
    generics
}

/// Returns `Some(<Ty as IdField>::text(&self.id))`, in which an error about `Ty` points at the field's type.
fn id(core: &CratePath, part: &Part<'_>) -> TokenStream {
    let Part { member, ty } = part;
    let Some(inner) = part.option_of() else {
        return quote! {
            ::core::option::Option::Some(<#ty as #core::__private::IdField>::text(&self.#member))
        };
    };
    quote! {
        match &self.#member {
            ::core::option::Option::Some(__lback_id) => ::core::option::Option::Some(
                <#inner as #core::__private::IdField>::text(__lback_id),
            ),
            ::core::option::Option::None => ::core::option::Option::None,
        }
    }
}

/// Returns the code for an invalid model: an implementation that is never called, and the signals
/// that could be parsed. Without it, each use of the model would be a further error.
pub(crate) fn fallback(core: &CratePath, declaration: &Declaration) -> TokenStream {
    let ident = attributes::generated_use_of(&declaration.ident);
    let (impl_generics, type_generics, where_clause) = declaration.generics.split_for_impl();
    let unreachable = quote!({ ::core::unreachable!() });
    let lifecycle = Lifecycle::new(core, declaration, None);
    let lifecycle = declaration
        .generics
        .params
        .is_empty()
        .then(|| lifecycle.expand());

    quote! {
        #[automatically_derived]
        impl #impl_generics #core::Model for #ident #type_generics #where_clause {
            fn model_name(&self) -> &'static ::core::primitive::str #unreachable
            fn model_id(&self) -> ::core::option::Option<::std::string::String> #unreachable
            fn __name() -> &'static ::core::primitive::str #unreachable
        }

        #lifecycle
    }
}
