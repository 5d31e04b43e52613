//! Where mails go: into a folder, or to a server.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, anyhow, bail, ensure};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use tempfile::NamedTempFile;
use time::OffsetDateTime;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::message::Kind;

pub(super) enum Delivery {
    /// A file each in this folder.
    Folder(PathBuf),
    /// To a server, which may take so long for each.
    Server(AsyncSmtpTransport<Tokio1Executor>, Duration),
}

impl Delivery {
    pub(super) fn new(to: &str, server_patience: Duration) -> anyhow::Result<Self> {
        ensure!(!to.is_empty(), "it is empty: name a folder");
        let Some((scheme, _)) = to.split_once("://") else {
            return Ok(Self::Folder(to.into()));
        };
        if !["smtp", "smtps"].contains(&&*scheme.to_ascii_lowercase()) {
            bail!("it is neither a folder nor a URL with `smtp://` or `smtps://`");
        }
        match AsyncSmtpTransport::<Tokio1Executor>::from_url(to) {
            Ok(transport) => Ok(Self::Server(transport.build(), server_patience)),
            Err(error) if error.is_tls() => Err(error.into()),
            // Its text can have a part of the URL.
            Err(_) => Err(anyhow!(
                "its URL is not of the form `smtp://USER:PASSWORD@HOST:PORT`, \
                 `smtp://USER:PASSWORD@HOST:PORT?tls=required` or `smtps://USER:PASSWORD@HOST`, \
                 in which `@` in a name or a password is written as `%40`, and so on"
            )),
        }
    }

    pub(super) async fn deliver(&self, message: &Message, kind: Kind) -> anyhow::Result<()> {
        match self {
            Self::Folder(folder) => {
                let (folder, message) = (folder.clone(), message.formatted());
                let write = move || write(&folder, &message, kind, OffsetDateTime::now_utc());
                spawn_blocking(write).await?
            }
            // The transport's own limit is for connecting alone.
            Self::Server(transport, patience) => {
                let sent = timeout(*patience, transport.send(message.clone())).await;
                sent.map_err(|_| anyhow!("the mail server took longer than {patience:?}"))??;
                Ok(())
            }
        }
    }
}

/// Writes a file of its own, which nobody else may read, and which is whole or not there.
pub(super) fn write(
    folder: &Path,
    message: &[u8],
    kind: Kind,
    at: OffsetDateTime,
) -> anyhow::Result<()> {
    let shown = folder.display();
    fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {shown}"))?;
    let cannot_write = || format!("cannot write into the folder {shown}");
    let mut file = NamedTempFile::new_in(folder).with_context(cannot_write)?;
    file.write_all(message).with_context(cannot_write)?;
    // On the disk before it has its name, so that it is whole even if the power fails.
    file.as_file().sync_all().with_context(cannot_write)?;

    // Another process can have taken the name.
    for number in 1_u32.. {
        let path = folder.join(file_name(kind, at, number));
        match file.persist_noclobber(&path) {
            Ok(_) => return Ok(()),
            Err(taken) if taken.error.kind() == ErrorKind::AlreadyExists => file = taken.file,
            Err(other) => return Err(other.error).with_context(cannot_write),
        }
    }
    bail!("there is no name left in the folder {shown}")
}

/// A name that sorts by time: `20261125T220726.123456Z-verification.eml`.
fn file_name(kind: Kind, at: OffsetDateTime, number: u32) -> String {
    let (year, month, day) = at.to_calendar_date();
    let (hour, minute, second, micro) = at.to_hms_micro();
    let month = u8::from(month);
    let number = match number {
        1 => String::new(),
        number => format!("-{number}"),
    };
    format!(
        "{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}.{micro:06}Z-{}{number}.eml",
        kind.as_str()
    )
}
