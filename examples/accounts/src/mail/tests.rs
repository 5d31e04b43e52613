//! The contents of mails, where they go, and the messages about those that are not delivered.

mod flows;
mod folder;
mod messages;
mod server;
mod urls;

use std::fs;
use std::path::Path;
use std::time::Duration;

use lback_auth::{AuthUser, Hasher, User, UserId, UserParts, VerificationToken};
use lback_signals::Scope;

use super::Mailer;
use super::message::{Kind, Mail};

const KINDS: [Kind; 5] = [
    Kind::Verification,
    Kind::PasswordReset,
    Kind::EmailChange,
    Kind::PasswordChanged,
    Kind::EmailChanged,
];

/// So long that only what hangs takes longer.
const LONG: Duration = Duration::from_mins(1);

/// Any name will do: a store need not have kept to the rules of today.
fn user(name: &str) -> User {
    let mut parts = UserParts::new(name, "ada@example.org");
    parts.id = Some(UserId::new(7));
    User::from_parts(parts)
}

fn token() -> VerificationToken {
    let scope = Scope::new().provide(Hasher::insecure_for_tests());
    scope.run(|| user("ada").generate_email_verification_token(LONG).unwrap())
}

/// A mail with all that its kind has.
fn mail(kind: Kind, name: &str, token: &VerificationToken) -> Mail {
    let mail = Mail::new(kind, &user(name), "ada@example.org");
    match kind {
        Kind::PasswordChanged | Kind::EmailChanged => mail,
        Kind::Verification | Kind::PasswordReset | Kind::EmailChange => mail.with_token(token),
    }
}

fn mailer_into(folder: &Path) -> Mailer {
    Mailer::new(folder.to_str().unwrap(), "accounts@example.org").unwrap()
}

/// The names and the contents of the mails in a folder, in their order.
fn mails_in(folder: &Path) -> Vec<(String, String)> {
    let mut mails: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            (name, fs::read_to_string(entry.path()).unwrap())
        })
        .collect();
    mails.sort();
    mails
}
