//! Mails that were not sent.

use std::fmt;

use lettre::transport::smtp;

use super::super::output::shown;
use super::message::{Kind, Mail};
use super::secrets::has_part_of;

/// A mail that was not sent: its kind, its recipient and the reason.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Unsent {
    kind: Kind,
    to: String,
    why: String,
}

impl Unsent {
    /// Describes a failure. The reply of a server may repeat secrets that were sent to it, such as the password.
    pub(super) fn new<'a>(
        mail: &Mail,
        why: &anyhow::Error,
        mut secrets: impl Iterator<Item = &'a str>,
    ) -> Self {
        let mut words = in_words(why);
        if secrets.any(|secret| has_part_of(&words, secret)) {
            let code = why.downcast_ref().and_then(smtp::Error::status);
            let code = code.map_or(String::new(), |code| format!(" {code}"));
            words = format!("the server answered{code}, with a secret in words that are not shown");
        }
        Self {
            kind: mail.kind,
            to: shown(&mail.to).into_owned(),
            why: shown(&words).into_owned(),
        }
    }
}

impl fmt::Display for Unsent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, to, why } = self;
        let what = match kind {
            Kind::Verification => "verification mail",
            Kind::PasswordReset => "password reset mail",
            Kind::EmailChange => "address change mail",
            Kind::PasswordChanged => "notice of a new password",
            Kind::EmailChanged => "notice of a new address",
        };
        write!(f, "the {what} to {to} was not sent: {why}")
    }
}

impl std::error::Error for Unsent {}

/// An error and its sources, except for those whose text is in the one before.
fn in_words(error: &anyhow::Error) -> String {
    let mut words = String::new();
    for error in error.chain().map(ToString::to_string) {
        if words.is_empty() {
            words = error;
        } else if !words.ends_with(&error) {
            words = format!("{words}: {error}");
        }
    }
    words
}
