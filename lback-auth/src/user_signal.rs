//! The declaration of signals about an account.

/// Declares a signal about an account, with a constructor for tests of receivers.
macro_rules! user_signal {
    (
        $(#[doc = $doc:literal])*
        $name:ident {
            $($(#[doc = $field_doc:literal])* $field:ident: $type:ty,)*
        } sent by $senders:literal
    ) => {
        $(#[doc = $doc])*
        #[lback_signals::signal(owned)]
        #[derive(Clone, Copy, Debug)]
        #[non_exhaustive]
        pub struct $name<'a> {
            /// The account.
            #[sender]
            pub user: &'a dyn AuthUser,
            $($(#[doc = $field_doc])* pub $field: $type,)*
        }

        impl<'a> $name<'a> {
            #[doc = concat!("Creates the signal that ", $senders, " sends, for tests of receivers.")]
            #[must_use]
            pub fn new(user: &'a dyn AuthUser $(, $field: $type)*) -> Self {
                Self { user $(, $field)* }
            }
        }
    };
}

pub(crate) use user_signal;
