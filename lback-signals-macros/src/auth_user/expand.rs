//! The expansion of `#[derive(AuthUser)]`.

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};
use syn::visit_mut::VisitMut;
use syn::{Error, GenericParam, Generics, Lifetime, WherePredicate, parse_quote};

use super::parse::Input;
use super::validate::Account;
use crate::fields::Part;
use crate::options::CratePath;
use crate::{attributes, model};

/// Returns `impl Model` and `impl AuthUser`. The accessors also check the type of each field.
pub(crate) fn expand(input: &Input, account: &Account<'_>) -> TokenStream {
    let auth = &input.auth;
    let model = model::expand_model(&core(input), &input.model, &account.model);
    let ident = attributes::generated_use_of(&input.model.ident);
    let generics = bounded(&model::generics_of(
        &input.model.generics,
        &account.model.id,
    ));
    let (impl_generics, type_generics, where_clause) = generics.split_for_impl();
    let get = |role: &str, part: &Part<'_>| access(input, role, part, &quote!(get), &quote!(&));
    let get_mut =
        |role: &str, part: &Part<'_>| access(input, role, part, &quote!(get_mut), &quote!(&mut));
    let username = get("Text", &account.username);
    let email = get("Text", &account.email);
    let active = get("Active", &account.active);
    let active_mut = get_mut("Active", &account.active);
    let password = get("Password", &account.password);
    let password_mut = get_mut("Password", &account.password);
    let verification = get("EmailVerification", &account.email_verification);
    let verification_mut = get_mut("EmailVerification", &account.email_verification);

    let allowed_lints = &input.model.allowed_lints;

    quote! {
        #model

        #allowed_lints
        #[automatically_derived]
        impl #impl_generics #auth::AuthUser for #ident #type_generics #where_clause {
            fn username(&self) -> &::core::primitive::str {
                #username
            }

            fn email(&self) -> &::core::primitive::str {
                #email
            }

            fn is_active(&self) -> ::core::primitive::bool {
                #active
            }

            fn is_email_verified(&self) -> ::core::primitive::bool {
                #verification.is_verified(#email)
            }

            fn has_usable_password(&self) -> ::core::primitive::bool {
                #password.is_usable()
            }

            fn __fields(&self) -> #auth::__private::AuthFields<'_> {
                #auth::__private::AuthFields {
                    password: #password,
                    email_verification: #verification,
                }
            }

            fn __fields_mut(&mut self) -> #auth::__private::AuthFieldsMut<'_> {
                #auth::__private::AuthFieldsMut {
                    password: #password_mut,
                    email_verification: #verification_mut,
                    active: #active_mut,
                }
            }

            fn __to_boxed(&self) -> ::std::boxed::Box<dyn #auth::AuthUser> {
                ::std::boxed::Box::new(::core::clone::Clone::clone(self))
            }
        }
    }
}

/// Adds the supertraits of `AuthUser` as a bound if the account has type parameters.
fn bounded(generics: &Generics) -> Generics {
    let mut generics = generics.clone();
    if generics.type_params().next().is_some() {
        let predicate: WherePredicate = parse_quote! {
            Self: ::core::clone::Clone + ::core::marker::Send + ::core::marker::Sync + 'static
        };
        generics.make_where_clause().predicates.push(predicate);
    }
    generics
}

/// Replaces the lifetimes, which an account must not have, with `'static`.
fn with_static_lifetimes(generics: &Generics) -> Generics {
    struct Static;

    impl VisitMut for Static {
        fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
            *lifetime = Lifetime::new("'static", lifetime.span());
        }
    }

    let mut generics = generics.clone();
    generics.params = generics
        .params
        .into_iter()
        .filter(|parameter| !matches!(parameter, GenericParam::Lifetime(_)))
        .collect();
    Static.visit_generics_mut(&mut generics);
    generics
}

/// Returns `<Ty as PasswordField>::get(&self.password)`. It contains the tokens of the field's type, so that the
/// compiler reports a wrong type at the field.
fn access(
    input: &Input,
    role: &str,
    part: &Part<'_>,
    get: &TokenStream,
    borrow: &TokenStream,
) -> TokenStream {
    let auth = &input.auth;
    let Part { member, ty } = part;
    let role = format_ident!("{role}Field");
    quote!(<#ty as #auth::__private::#role>::#get(#borrow self.#member))
}

/// Returns the path of `lback_signals` through `lback_auth`: the crate of an account may not depend on it.
fn core(input: &Input) -> CratePath {
    let auth = &input.auth;
    CratePath::Given(parse_quote!(#auth::__private::lback_signals))
}

/// Returns the error, and implementations that prevent further errors where the account is used.
pub(crate) fn fallback(input: &Input, error: &Error) -> TokenStream {
    let auth = &input.auth;
    let model = model::fallback_model(&core(input), &input.model);
    let ident = attributes::generated_use_of(&input.model.ident);
    let generics = bounded(&with_static_lifetimes(&input.model.generics));
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    let arguments = input
        .model
        .generics
        .params
        .iter()
        .map(|parameter| match parameter {
            GenericParam::Lifetime(_) => quote!('static),
            GenericParam::Type(parameter) => parameter.ident.to_token_stream(),
            GenericParam::Const(parameter) => parameter.ident.to_token_stream(),
        });
    let error = error.to_compile_error();
    let unreachable = quote!({ ::core::unreachable!() });

    quote! {
        #error

        #model

        #[automatically_derived]
        impl #impl_generics #auth::AuthUser for #ident<#(#arguments),*> #where_clause {
            fn username(&self) -> &::core::primitive::str #unreachable
            fn email(&self) -> &::core::primitive::str #unreachable
            fn is_active(&self) -> ::core::primitive::bool #unreachable
            fn is_email_verified(&self) -> ::core::primitive::bool #unreachable
            fn has_usable_password(&self) -> ::core::primitive::bool #unreachable
            fn __fields(&self) -> #auth::__private::AuthFields<'_> #unreachable
            fn __fields_mut(&mut self) -> #auth::__private::AuthFieldsMut<'_> #unreachable
            fn __to_boxed(&self) -> ::std::boxed::Box<dyn #auth::AuthUser> #unreachable
        }
    }
}
