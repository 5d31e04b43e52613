//! Where mails go: into a folder, or to a server.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{anyhow, ensure};
use lettre::message::header::ContentTransferEncoding;
use lettre::transport::smtp::response::Code;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use thiserror::Error;
use time::OffsetDateTime;
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use url::Url;

use crate::data;
use crate::host::is_loopback_host;

/// The longest time that the server may take for a mail.
const SEND_TIMEOUT: Duration = Duration::from_secs(30);

/// The replies of a server that refuses the mailbox of the recipient (RFC 5321, section 4.2.3): it is unavailable, not
/// local, or its name is not allowed.
///
/// The other replies from 500 on can be temporary, or have a cause that the operator can correct: 530, 534, 535 and 538
/// ask for another authentication or TLS, 552 is a full mailbox or too many recipients (section 4.5.3.1.10), and 554 is
/// also "no SMTP service here".
const REFUSED_RECIPIENT: [u16; 3] = [550, 551, 553];

/// Error returned when a mail was not sent. Its text has no part of the mail, since it is stored and logged.
#[derive(Debug, Error)]
pub(crate) enum Unsent {
    #[error("the address cannot receive mail")]
    Address,
    #[error("the text of the mail cannot be written")]
    Text,
    #[error("the mail server refused the mail with code {0}")]
    Refused(Code),
    #[error("the mail server did not take the mail: check `--mail`")]
    Server,
    #[error(
        "the folder of the mails cannot be written ({0}): check its permissions and the space of the disk"
    )]
    Folder(std::io::ErrorKind),
}

impl Unsent {
    /// Returns whether the recipient cannot receive the mail, so that another attempt would fail, too.
    pub(crate) fn is_permanent(&self) -> bool {
        match self {
            Self::Address => true,
            Self::Refused(code) => REFUSED_RECIPIENT.contains(&u16::from(*code)),
            Self::Text | Self::Server | Self::Folder(_) => false,
        }
    }
}

impl From<askama::Error> for Unsent {
    fn from(_: askama::Error) -> Self {
        Self::Text
    }
}

#[derive(Clone)]
pub(super) enum Delivery {
    /// A file for each mail in this folder, which exists.
    Folder(PathBuf),
    Server(AsyncSmtpTransport<Tokio1Executor>),
}

impl Delivery {
    pub(super) fn new(server: Option<&str>, folder: &Path) -> anyhow::Result<Self> {
        let Some(url) = server else {
            return Ok(Self::Folder(folder.to_owned()));
        };
        let not_of_the_form =
            || anyhow!("`--mail` is no mail server: write `smtps://USER:PASSWORD@HOST`");
        // The errors may have a part of the URL, which has a password.
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url);
        let builder = builder.map_err(|_| not_of_the_form())?;
        let url = Url::parse(url).map_err(|_| not_of_the_form())?;
        // The transport would ignore a user without a password.
        if !url.username().is_empty() && url.password().is_none() {
            return Err(not_of_the_form());
        }
        ensure!(
            !exposes_password(&url),
            "`--mail` would send its password unencrypted: write `smtps://…`, or append `?tls=required`"
        );
        Ok(Self::Server(builder.build()))
    }

    /// Returns the encoding of a text. Files are for people, who can read only this one.
    pub(super) fn encoding(&self) -> ContentTransferEncoding {
        match self {
            Self::Folder(_) => ContentTransferEncoding::Binary,
            Self::Server(_) => ContentTransferEncoding::QuotedPrintable,
        }
    }

    pub(super) async fn deliver(&self, message: Message) -> Result<(), Unsent> {
        match self {
            Self::Folder(folder) => {
                let micros = OffsetDateTime::now_utc().unix_timestamp_nanos() / 1000;
                let file = folder.join(format!("{micros}.eml"));
                let write = move || data::write_whole(&file, &message.formatted());
                let written = spawn_blocking(write).await.map_err(|_| Unsent::Text)?;
                written.map_err(|error| Unsent::Folder(error.kind()))
            }
            Self::Server(server) => match timeout(SEND_TIMEOUT, server.send(message)).await {
                Ok(Ok(_)) => Ok(()),
                Ok(Err(error)) => Err(error.status().map_or(Unsent::Server, Unsent::Refused)),
                Err(_) => Err(Unsent::Server),
            },
        }
    }
}

/// Returns whether the password of a URL would cross the network unencrypted. `tls=opportunistic` sends it in plain
/// text if the server offers no TLS, or an attacker on the network removes the offer.
fn exposes_password(url: &Url) -> bool {
    let needs_tls = url.scheme() == "smtps"
        // The transport reads the first `tls`.
        || url
            .query_pairs()
            .find(|(name, _)| name == "tls")
            .is_some_and(|(_, value)| value == "required");
    let is_this_machine = url.host_str().is_some_and(is_loopback_host);
    url.password().is_some() && !needs_tls && !is_this_machine
}

#[cfg(test)]
mod tests {
    use lettre::transport::smtp::response::Response;

    use super::*;

    #[test]
    fn credentials_are_complete_and_cross_the_network_with_tls_only() {
        for (server, is_taken) in [
            ("smtps://ada:hunter2@mail.example.org", true),
            ("smtp://ada:hunter2@mail.example.org?tls=required", true),
            (
                "smtp://ada:hunter2@mail.example.org?tls=opportunistic",
                false,
            ),
            (
                "smtp://ada:hunter2@mail.example.org?tls=opportunistic&tls=required",
                false,
            ),
            ("smtp://ada:hunter2@mail.example.org", false),
            ("smtp://mail.example.org", true),
            ("smtp://ada:hunter2@localhost", true),
            ("smtp://ada:hunter2@127.0.0.1:2525", true),
            ("smtp://ada:hunter2@[::1]:2525", true),
            ("smtp://ada:hunter2@127.0.0.1.example.org", false),
            // The transport would send without the user.
            ("smtps://ada@mail.example.org", false),
            ("smtp://ada:@localhost", false),
        ] {
            let delivery = Delivery::new(Some(server), Path::new("mails"));
            assert_eq!(delivery.is_ok(), is_taken, "{server}");
            let said = delivery.err().map(|error| format!("{error:?}"));
            assert!(!said.unwrap_or_default().contains("hunter2"), "{server}");
        }
    }

    #[test]
    fn only_a_refused_recipient_is_permanent() {
        let refused = |code: u16| {
            let answer = format!("{code} no\r\n").parse::<Response>().unwrap();
            Unsent::Refused(answer.code())
        };
        for code in [550, 551, 553] {
            assert!(refused(code).is_permanent(), "{code}");
        }
        for code in [421, 450, 500, 503, 521, 530, 534, 535, 538, 552, 554] {
            assert!(!refused(code).is_permanent(), "{code}");
        }
    }
}
