//! The declaration of signals about an account.

/// Declares a signal about an account, with a constructor for tests of receivers.
///
/// With `stored as "lback.user.registered"` it is durable under that name (feature `durable`).
macro_rules! user_signal {
    (
        $(#[doc = $doc:literal])*
        $name:ident { $($fields:tt)* } sent by $senders:literal stored as $stored:literal
    ) => {
        $crate::user_signal::user_signal! {
            // The owned form is only for the code that reads it back.
            #[cfg_attr(feature = "durable", allow(unreachable_pub))]
            #[cfg_attr(feature = "durable", lback_signals::signal(durable(name = $stored, version = 1)))]
            #[cfg_attr(not(feature = "durable"), lback_signals::signal(owned))]
            $(#[doc = $doc])*
            $name { $($fields)* } sent by $senders
        }
    };
    (
        $(#[doc = $doc:literal])*
        $name:ident { $($fields:tt)* } sent by $senders:literal
    ) => {
        $crate::user_signal::user_signal! {
            #[lback_signals::signal(owned)]
            $(#[doc = $doc])*
            $name { $($fields)* } sent by $senders
        }
    };
    (
        $(#[$attribute:meta])*
        $name:ident {
            $($(#[doc = $field_doc:literal])* $field:ident: $type:ty,)*
        } sent by $senders:literal
    ) => {
        $(#[$attribute])*
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
