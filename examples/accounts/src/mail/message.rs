//! The contents of mails.
//!
//! How long a token is good is what `Accounts` has as a default, and is written in the templates.

use anyhow::{Context, ensure};
use lback_auth::{AuthUser, VerificationToken};
use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::{Address, Message};
use minijinja::{Environment, UndefinedBehavior, Value};

use super::super::output::shown;

/// The subject of a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Verification,
    PasswordReset,
    EmailChange,
    PasswordChanged,
    EmailChanged,
}

impl Kind {
    /// Its name, in those of templates and of files.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Verification => "verification",
            Self::PasswordReset => "password-reset",
            Self::EmailChange => "email-change",
            Self::PasswordChanged => "password-changed",
            Self::EmailChanged => "email-changed",
        }
    }
}

/// A mail that is to be sent.
pub(super) struct Mail {
    pub(super) kind: Kind,
    pub(super) to: String,
    pub(super) username: String,
    pub(super) token: Option<VerificationToken>,
}

impl Mail {
    pub(super) fn new(kind: Kind, user: &dyn AuthUser, to: &str) -> Self {
        Self {
            kind,
            to: to.to_owned(),
            username: user.username().to_owned(),
            token: None,
        }
    }

    pub(super) fn with_token(self, token: &VerificationToken) -> Self {
        Self {
            token: Some(token.clone()),
            ..self
        }
    }
}

/// The templates' names and sources.
macro_rules! templates {
    ($($name:literal,)*) => {
        [$(($name, include_str!(concat!("templates/", $name))),)*]
    };
}

pub(super) struct Templates(Environment<'static>);

impl Templates {
    pub(super) fn new() -> anyhow::Result<Self> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        // Where a name ends in `.html`, values are escaped.
        for (name, source) in templates![
            "layout.html",
            "verification.subject",
            "verification.txt",
            "verification.html",
            "password-reset.subject",
            "password-reset.txt",
            "password-reset.html",
            "email-change.subject",
            "email-change.txt",
            "email-change.html",
            "password-changed.subject",
            "password-changed.txt",
            "password-changed.html",
            "email-changed.subject",
            "email-changed.txt",
            "email-changed.html",
        ] {
            environment.add_template(name, source)?;
        }
        Ok(Self(environment))
    }

    /// The whole mail.
    pub(super) fn message(&self, mail: &Mail, from: &Mailbox) -> anyhow::Result<Message> {
        ensure!(
            !mail.to.contains(char::is_control),
            "the address has control characters"
        );
        let to: Address = mail.to.parse().context("no mail goes to such an address")?;
        let parts = self.parts(mail)?;
        // Quoted-printable leaves a token readable in the file, whatever the name.
        let text = SinglePart::builder()
            .header(ContentType::TEXT_PLAIN)
            .header(ContentTransferEncoding::QuotedPrintable)
            .body(parts.text);
        let html = SinglePart::html(parts.html);
        let auto_submitted = HeaderName::new_from_ascii_str("Auto-Submitted");
        Ok(Message::builder()
            .from(from.clone())
            .to(to.into())
            .subject(parts.subject)
            .date_now()
            .message_id(None)
            // No holiday notice is to answer it: RFC 3834.
            .raw_header(HeaderValue::new(auto_submitted, "auto-generated".into()))
            .multipart(MultiPart::alternative().singlepart(text).singlepart(html))?)
    }

    pub(super) fn parts(&self, mail: &Mail) -> anyhow::Result<Parts> {
        let render = |part: &str, values: &[(&str, Value)]| {
            let name = format!("{}.{part}", mail.kind.as_str());
            let values = Value::from_pairs(values.iter().cloned());
            self.0.get_template(&name)?.render(values)
        };
        let mut values = vec![("username", Value::from(shown(&mail.username)))];
        if let Some(token) = &mail.token {
            values.push(("token", Value::from(token.expose())));
        }
        let subject = render("subject", &values)?;
        values.push(("subject", Value::from(subject.as_str())));
        Ok(Parts {
            text: render("txt", &values)?,
            html: render("html", &values)?,
            subject,
        })
    }
}

/// The parts of a mail.
pub(super) struct Parts {
    pub(super) subject: String,
    pub(super) text: String,
    pub(super) html: String,
}
