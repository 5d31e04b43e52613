//! Where mails go: into a folder, or to a server.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::anyhow;
use lettre::message::header::ContentTransferEncoding;
use lettre::transport::smtp::response::Code;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use thiserror::Error;
use time::OffsetDateTime;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use crate::data;

/// The longest time that the server may take for a mail.
const PATIENCE: Duration = Duration::from_secs(30);

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
    /// Returns whether another attempt would fail, too.
    pub(crate) fn is_permanent(&self) -> bool {
        match self {
            Self::Address => true,
            Self::Refused(code) => {
                code.severity
                    == lettre::transport::smtp::response::Severity::PermanentNegativeCompletion
            }
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
    /// A file for each mail in this folder.
    Folder(PathBuf),
    Server(AsyncSmtpTransport<Tokio1Executor>),
}

impl Delivery {
    pub(super) fn new(server: Option<&str>, folder: &Path) -> anyhow::Result<Self> {
        let Some(url) = server else {
            data::create_folder(folder)?;
            return Ok(Self::Folder(folder.to_owned()));
        };
        // The error may have a part of the URL, which has a password.
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url).map_err(|_| {
            anyhow!("`--mail` is no mail server: write `smtps://USER:PASSWORD@HOST`")
        })?;
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
            Self::Server(server) => match timeout(PATIENCE, server.send(message)).await {
                Ok(Ok(_)) => Ok(()),
                Ok(Err(error)) => Err(error.status().map_or(Unsent::Server, Unsent::Refused)),
                Err(_) => Err(Unsent::Server),
            },
        }
    }
}
