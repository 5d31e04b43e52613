//! Moving accounts in from the database of the Python original.

mod cell;
mod collisions;
mod failure;
mod row;
mod skipped;
mod source;
#[cfg(test)]
mod tests;
mod writer;

use std::ops::AddAssign;
use std::path::Path;
use std::slice;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use indicatif::ProgressBar;
use lback_auth::{AccountStore, Accounts, StoreError, User};
use lback_signals::CommitOutcome;
use tokio::time::sleep;

use self::collisions::Collisions;
pub(super) use self::skipped::Skipped;
use self::source::{Record, Source};
use self::writer::{Batch, Writer};
use super::failure::Advised;

/// The most rows of one transaction, which are in memory together.
const BATCH: u32 = 1_000;

/// How long a transaction goes on writing after its first row, which may have to wait for its turn.
///
/// Others wait meanwhile, for at most 5 s by the settings of the stores: in SQLite all that write, and in
/// PostgreSQL all that register or change an address, each with a connection of its pool. A row takes 1 ms
/// on a disk at hand, but up to ten round trips through a network. With a shorter limit an import would
/// spend most of the time in [`PAUSE`].
const BATCH_TIME: Duration = Duration::from_millis(300);

/// The time between two batches, in which others write.
///
/// A process that waits for SQLite's lock sleeps, and looks again every 100 ms at the latest
/// (`sqliteDefaultBusyCallback`), so that in a shorter pause it may never find the lock free.
const PAUSE: Duration = Duration::from_millis(120);

/// The numbers of an import.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    /// Accounts that are new here.
    pub(super) imported: u64,
    /// Rows whose account was here before, and is left as it is.
    pub(super) already_there: u64,
    /// Rows that cannot be used.
    pub(super) skipped: u64,
    /// Accounts among the new ones that a token is out for.
    pub(super) tokens: u64,
    /// Accounts, new or here before, that others may [replace](lback_auth::UnverifiedSignIn::Refused).
    pub(super) replaceable: u64,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.imported += other.imported;
        self.already_there += other.already_there;
        self.skipped += other.skipped;
        self.tokens += other.tokens;
        self.replaceable += other.replaceable;
    }
}

/// Whether a file can be imported from, as far as that can be seen without reading all of it.
pub(super) fn look_into(file: &Path) -> anyhow::Result<()> {
    Source::open(file).map(drop)
}

/// Moves all users of `file` into the store, in batches of at most [`BATCH`] rows and about
/// [`BATCH_TIME`] by this clock, each of which is a transaction: an account is there with its token and its
/// entry in the audit log, or none of them is. An import that is broken off is completed by another one,
/// which leaves the accounts of the first as they are.
///
/// `skipped` is called with each row that cannot be used, and with each token that cannot be kept, when their
/// batch has committed; the import may be kept waiting there, and holds no lock. The progress is counted
/// in rows.
///
/// # Errors
///
/// The file or the store cannot be used. The error says whether accounts were imported before.
pub(super) async fn from_lback<S: AccountStore<User = User>>(
    accounts: &Accounts<S>,
    file: &Path,
    keep_tokens: bool,
    clock: &dyn Fn() -> Instant,
    progress: &ProgressBar,
    skipped: &mut dyn FnMut(&Skipped),
) -> anyhow::Result<Tally> {
    let source = Source::open(file)?;
    let rows = source.count()?;
    progress.set_length(rows);
    let collisions = Collisions::among(&source, keep_tokens)?;
    check_count(rows, collisions.rows_read(), file)?;

    let store = accounts.store();
    let mut writer = Writer::new(store, &source, &collisions, keep_tokens, clock);
    let mut tally = Tally::default();
    for page in source.pages() {
        let records = page.map_err(|error| after(tally, error))?;
        let mut records = records.iter();
        while !records.as_slice().is_empty() {
            if tally != Tally::default() {
                sleep(PAUSE).await;
            }
            let batch = write(store, &mut writer, &mut records, progress, tally).await?;
            tally += batch.tally;
            batch.skipped.iter().for_each(&mut *skipped);
        }
    }
    Ok(tally)
}

/// Writes one batch, all of it or nothing, after others that came to `done`.
async fn write<S: AccountStore<User = User>>(
    store: &S,
    writer: &mut Writer<'_, S>,
    records: &mut slice::Iter<'_, Record>,
    progress: &ProgressBar,
    done: Tally,
) -> anyhow::Result<Batch> {
    let begun = store.begin().await;
    let mut transaction = begun.map_err(|error| after(done, error.into()))?;
    let written = writer.write_batch(&mut transaction, records, progress);
    match written.await {
        Ok(batch) => {
            committed(store.commit(transaction).await, done)?;
            Ok(batch)
        }
        Err(error) => {
            // Whatever that comes to, a batch that was not committed is not there.
            drop(store.rollback(transaction).await);
            Err(after(done, error))
        }
    }
}

/// Whether as many rows were read as are counted.
fn check_count(counted: u64, read: u64, file: &Path) -> anyhow::Result<()> {
    let file = file.display();
    ensure!(
        read == counted,
        "{file} is damaged: it counts {counted} users, but there are {read}; look at it by \
         `sqlite3 FILE 'PRAGMA integrity_check'`"
    );
    Ok(())
}

fn committed(outcome: CommitOutcome<StoreError>, done: Tally) -> anyhow::Result<()> {
    match outcome {
        CommitOutcome::Committed => Ok(()),
        CommitOutcome::RolledBack(error) => Err(after(done, error.into())),
        CommitOutcome::Unknown(error) => Err(error).context(Advised::new(
            format!(
                "the database did not say whether it has committed the last rows, after {} accounts \
                 that were imported",
                done.imported
            ),
            "import again when it is in order: the accounts that are there by then are left as they are",
        )),
    }
}

/// An error that ended an import after batches that came to `done`.
fn after(done: Tally, error: anyhow::Error) -> anyhow::Error {
    let imported = done.imported;
    error.context(if imported == 0 {
        "nothing was imported".to_owned()
    } else {
        format!("only {imported} accounts were imported; import again for the others")
    })
}
