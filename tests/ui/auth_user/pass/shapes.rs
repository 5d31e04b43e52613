#![forbid(unsafe_code)]
#![deny(warnings)]

//! Any struct that owns its parts can be an account.

use lback_auth::{AuthUser, EmailVerification, Password, UserPasswordSet};
use lback_signals::receiver;

#[derive(Clone, AuthUser)]
struct Tuple(
    #[auth(id)] u64,
    #[auth(username)] Box<str>,
    #[auth(email)] String,
    #[auth(password)] Password,
    #[auth(email_verification)] EmailVerification,
    #[auth(active)] bool,
);

#[derive(Clone, AuthUser)]
#[deprecated]
struct Old {
    #[auth(id, username)]
    #[deprecated]
    name: String,
    #[auth(email)]
    email: String,
    #[auth(password)]
    password: Password,
    #[auth(email_verification)]
    verification: EmailVerification,
    #[auth(active)]
    active: bool,
}

#[derive(Clone, AuthUser)]
struct Generic<Plan, const SEATS: usize = 3>
where
    Plan: Default,
{
    #[auth(id)]
    #[allow(dead_code)]
    r#type: Option<&'static str>,
    #[auth(username, email)]
    email: String,
    #[auth(password)]
    password: Password,
    #[auth(email_verification)]
    verification: EmailVerification,
    #[auth(active)]
    active: bool,
    plan: Plan,
    seats: [u8; SEATS],
}

macro_rules! account {
    ($name:ident($id:ty, $text:ty)) => {
        #[derive(Clone, AuthUser)]
        #[auth(crate = ::lback_auth)]
        struct $name {
            #[auth(id)]
            id: $id,
            #[auth(username)]
            #[auth(email)]
            email: $text,
            #[auth(password)]
            password: Password,
            #[auth(email_verification)]
            verification: EmailVerification,
            #[auth(active)]
            active: bool,
        }
    };
}

account!(FromAMacro(Option<i64>, std::sync::Arc<str>));

#[receiver(signal = UserPasswordSet)]
fn refuses_tuples(event: &UserPasswordSet<'_>) -> Result<(), &'static str> {
    match event.user.downcast_ref::<Tuple>() {
        Some(_) => Err("a tuple"),
        None => Ok(()),
    }
}

fn is_account<U: AuthUser>(user: &U) -> String {
    let id = user.id().map(|id| id.to_string()).unwrap_or_default();
    format!(
        "{id} {} {} {}",
        user.username(),
        user.email(),
        user.is_active()
    )
}

fn main() {
    let password = Password::unusable;
    let unverified = EmailVerification::unverified;

    let tuple = Tuple(
        7,
        "ada".into(),
        "ada@x.org".into(),
        password(),
        unverified(),
        true,
    );
    assert_eq!(is_account(&tuple), "7 ada ada@x.org true");
    assert!(!tuple.has_usable_password());
    assert_eq!(UserPasswordSet::new(&tuple).user.id(), tuple.id());

    let generic = Generic {
        r#type: None,
        email: "ada@x.org".to_owned(),
        password: password(),
        verification: EmailVerification::verified("ada@x.org"),
        active: false,
        plan: "gold",
        seats: [0],
    };
    assert_eq!(is_account(&generic), " ada@x.org ada@x.org false");
    assert!(generic.is_email_verified());
    assert_eq!((generic.plan, generic.seats.len()), ("gold", 1));

    let from_a_macro = FromAMacro {
        id: Some(-1),
        email: "ada@x.org".into(),
        password: password(),
        verification: unverified(),
        active: true,
    };
    assert_eq!(is_account(&from_a_macro), "-1 ada@x.org ada@x.org true");
    let copy: Box<dyn AuthUser> = UserPasswordSet::new(&from_a_macro).user.to_owned();
    assert!(copy.downcast_ref::<FromAMacro>().is_some());
}
