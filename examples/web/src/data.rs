//! The folder of the program: its database, its key and its mails.

use std::fs::{self, DirBuilder};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use lback_auth::{SessionKey, SqliteStore};
use lback_signals::durable::SqliteOutbox;
use tempfile::NamedTempFile;

/// The store of the accounts. For another database, change this type and [`open`].
pub type Store = SqliteStore;

/// The outbox of that store.
pub type Outbox = SqliteOutbox;

/// Opens the database of a folder, and creates it if it is missing.
pub(crate) async fn open(folder: &Path) -> anyhow::Result<(Store, Outbox)> {
    create_folder(folder)?;
    let file = folder.join("accounts.db");
    let store = Store::open(&file)
        .await
        .with_context(|| format!("cannot open {}", file.display()))?;
    let outbox = Outbox::new(store.pool().clone()).await?;
    Ok((store.with_outbox(outbox.clone()), outbox))
}

/// Returns the folder of the mails.
pub(crate) fn mails(folder: &Path) -> PathBuf {
    folder.join("mails")
}

/// Reads the session key of a folder, and creates one if it is missing.
pub(crate) fn session_key(folder: &Path) -> anyhow::Result<SessionKey> {
    let file = folder.join("session.key");
    let shown = file.display();
    if !file.exists() {
        let mut secret = [0; 32];
        getrandom::fill(&mut secret)?;
        match write_whole(&file, &secret) {
            // Another process has created it meanwhile.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            written => written.with_context(|| format!("cannot write {shown}"))?,
        }
    }
    let secret = fs::read(&file).with_context(|| format!("cannot read {shown}"))?;
    ensure!(
        secret.len() >= 32,
        "{shown} has less than 32 bytes: restore it"
    );
    Ok(SessionKey::new(&secret)?)
}

/// Creates a folder that only its owner can read, unless it exists.
///
/// # Errors
///
/// Returns an error if it exists and other users have access to it. They could read its files, since `SQLite` creates
/// them with the permissions that the umask leaves.
pub(crate) fn create_folder(folder: &Path) -> anyhow::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(folder)
        .with_context(|| format!("cannot create the folder {}", folder.display()))?;
    #[cfg(unix)]
    ensure_private(folder)?;
    Ok(())
}

/// The permissions of the group and of others.
#[cfg(unix)]
const ACCESS_OF_OTHERS: u32 = 0o077;

#[cfg(unix)]
fn ensure_private(folder: &Path) -> anyhow::Result<()> {
    let shown = folder.display();
    let metadata = fs::metadata(folder).with_context(|| format!("cannot read {shown}"))?;
    let mode = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions());
    ensure!(
        mode & ACCESS_OF_OTHERS == 0,
        "other users have access to the folder {shown}: run `chmod 700 {shown}`"
    );
    Ok(())
}

/// Writes a new file that only its owner can read, and that is complete or absent.
pub(crate) fn write_whole(file: &Path, content: &[u8]) -> std::io::Result<()> {
    let folder = file.parent().unwrap_or(Path::new("."));
    let mut temporary = NamedTempFile::new_in(folder)?;
    temporary.write_all(content)?;
    temporary.as_file().sync_all()?;
    temporary.persist_noclobber(file)?;
    Ok(())
}
