//! Where mails go: into a folder, or to a server.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use lettre::Message;
use time::OffsetDateTime;
use tokio::task::spawn_blocking;
use zeroize::Zeroizing;

use super::super::files::create_whole;
use super::message::Kind;
use super::server::Server;

pub(super) enum Delivery {
    /// A file each in this folder.
    Folder(PathBuf),
    Server(Box<Server>),
}

impl Delivery {
    pub(super) fn new(to: &str, server_patience: Duration) -> anyhow::Result<Self> {
        ensure!(!to.is_empty(), "it is empty: name a folder");
        let scheme = to.split_once(':').map(|(it, _)| it.to_ascii_lowercase());
        match scheme.as_deref() {
            // Without the `//`, too: it would be a folder with a password as its name.
            Some("smtp" | "smtps") => {
                let server = Server::new(to, server_patience)?;
                Ok(Self::Server(Box::new(server)))
            }
            _ if to.contains("://") => {
                bail!("it is neither a folder nor a URL with `smtp://` or `smtps://`")
            }
            _ => Ok(Self::Folder(to.into())),
        }
    }

    pub(super) async fn deliver(&self, message: &Message, kind: Kind) -> anyhow::Result<()> {
        match self {
            Self::Folder(folder) => {
                let (folder, message) = (folder.clone(), message.formatted());
                let write = move || write(&folder, &message, kind, OffsetDateTime::now_utc());
                spawn_blocking(write).await?
            }
            Self::Server(server) => server.send(message).await,
        }
    }

    /// Secrets that messages about a failure must not show.
    pub(super) fn secrets(&self) -> &[Zeroizing<String>] {
        match self {
            Self::Folder(_) => &[],
            Self::Server(server) => server.secrets(),
        }
    }
}

/// Writes a file that no other user may read, and that is complete or absent.
pub(super) fn write(
    folder: &Path,
    message: &[u8],
    kind: Kind,
    at: OffsetDateTime,
) -> anyhow::Result<()> {
    let shown = folder.display();
    fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {shown}"))?;
    // Another process can have taken the name.
    let paths = (1_u32..).map(|number| folder.join(file_name(kind, at, number)));
    create_whole(folder, message, paths)
        .with_context(|| format!("cannot write into the folder {shown}"))
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
