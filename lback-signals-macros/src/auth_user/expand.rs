//! What an account's declaration becomes.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::Error;

use super::parse::Input;
use super::validate::{Account, Part};
use crate::attributes;

/// `impl AuthUser`, whose accessors check the type of each field on the way.
pub(crate) fn expand(input: &Input, account: &Account<'_>) -> TokenStream {
    let auth = &input.auth;
    let ident = attributes::generated_use_of(&input.ident);
    let (impl_generics, type_generics, where_clause) = input.generics.split_for_impl();
    let read = |role: &str, part: &Part<'_>| access(input, role, part, &quote!(get), &quote!(&));
    let change =
        |role: &str, part: &Part<'_>| access(input, role, part, &quote!(get_mut), &quote!(&mut));
    let id = id(input, &account.id);
    let username = read("Text", &account.username);
    let email = read("Text", &account.email);
    let active = read("Active", &account.active);
    let password = read("Password", &account.password);
    let password_mut = change("Password", &account.password);
    let verification = read("EmailVerification", &account.email_verification);
    let verification_mut = change("EmailVerification", &account.email_verification);

    quote! {
        #[automatically_derived]
        impl #impl_generics #auth::AuthUser for #ident #type_generics #where_clause {
            fn id(&self) -> ::core::option::Option<#auth::UserId> {
                #id
            }

            fn username(&self) -> &str {
                #username
            }

            fn email(&self) -> &str {
                #email
            }

            fn is_active(&self) -> bool {
                #active
            }

            fn is_email_verified(&self) -> bool {
                #verification.is_verified(#auth::AuthUser::email(self))
            }

            fn has_usable_password(&self) -> bool {
                #auth::AuthUser::__password(self).is_usable()
            }

            fn __password(&self) -> &#auth::Password {
                #password
            }

            fn __password_mut(&mut self) -> &mut #auth::Password {
                #password_mut
            }

            fn __email_verification_mut(&mut self) -> &mut #auth::EmailVerification {
                #verification_mut
            }

            fn __to_boxed(&self) -> ::std::boxed::Box<dyn #auth::AuthUser> {
                ::std::boxed::Box::new(::core::clone::Clone::clone(self))
            }
        }
    }
}

/// `<Ty as PasswordField>::get(&self.password)`: the user's own type stands where a wrong one is
/// complained of.
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

fn id(input: &Input, part: &Part<'_>) -> TokenStream {
    let auth = &input.auth;
    let Part { member, ty } = part;
    match part.option_of() {
        Some(inner) => quote! {
            ::core::option::Option::map(
                self.#member.as_ref(),
                <#inner as #auth::__private::IdField>::get,
            )
        },
        None => quote! {
            ::core::option::Option::Some(<#ty as #auth::__private::IdField>::get(&self.#member))
        },
    }
}

/// The error, and an implementation that is never called, so that nothing else is said.
pub(crate) fn fallback(input: &Input, error: &Error) -> TokenStream {
    let auth = &input.auth;
    let ident = attributes::generated_use_of(&input.ident);
    let (impl_generics, type_generics, where_clause) = input.generics.split_for_impl();
    let error = error.to_compile_error();
    let unreachable = quote!({ ::core::unreachable!() });

    quote! {
        #error

        #[automatically_derived]
        impl #impl_generics #auth::AuthUser for #ident #type_generics #where_clause {
            fn id(&self) -> ::core::option::Option<#auth::UserId> #unreachable
            fn username(&self) -> &str #unreachable
            fn email(&self) -> &str #unreachable
            fn is_active(&self) -> bool #unreachable
            fn is_email_verified(&self) -> bool #unreachable
            fn has_usable_password(&self) -> bool #unreachable
            fn __password(&self) -> &#auth::Password #unreachable
            fn __password_mut(&mut self) -> &mut #auth::Password #unreachable
            fn __email_verification_mut(&mut self) -> &mut #auth::EmailVerification #unreachable
            fn __to_boxed(&self) -> ::std::boxed::Box<dyn #auth::AuthUser> #unreachable
        }
    }
}
