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

use std::path::Path;

use anyhow::{Context, ensure};
use indicatif::ProgressBar;
use lback_auth::{AccountStore, Accounts, StoreError, User};
use lback_signals::CommitOutcome;

use self::collisions::Collisions;
pub(super) use self::skipped::Skipped;
use self::source::Source;
use self::writer::Writer;
use super::failure::Advised;

/// What an import has come to.
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
    /// Accounts among the new ones that [give way](Accounts::require_verified_email) to others.
    pub(super) give_way: u64,
}

/// Whether a file can be imported from, as far as that can be seen without reading all of it.
pub(super) fn look_into(file: &Path) -> anyhow::Result<()> {
    Source::open(file).map(drop)
}

/// Moves all users of `file` into the store, in one transaction: all of it, or nothing.
///
/// `skipped` hears of each row that cannot be used, and of each token that cannot be kept. The progress
/// is counted in rows.
///
/// # Errors
///
/// The file or the store cannot be used; then nothing was imported, unless the error says that this
/// is not known.
pub(super) async fn from_lback<S: AccountStore<User = User>>(
    accounts: &Accounts<S>,
    file: &Path,
    keep_tokens: bool,
    progress: &ProgressBar,
    skipped: &mut dyn FnMut(&Skipped),
) -> anyhow::Result<Tally> {
    let source = Source::open(file)?;
    let rows = source.count()?;
    progress.set_length(rows);
    let collisions = Collisions::among(&source, keep_tokens)?;

    let store = accounts.store();
    let mut transaction = store.begin().await.context(NOTHING)?;
    let writer = Writer::new(store, &source, &collisions, keep_tokens, skipped);
    let written = writer.write_all(&mut transaction, progress).await;
    match written.and_then(|tally| all_of(rows, tally, file)) {
        Ok(tally) => {
            committed(store.commit(transaction).await)?;
            Ok(tally)
        }
        Err(error) => {
            // Whatever that comes to, what was not committed is not there.
            drop(store.rollback(transaction).await);
            Err(error.context(NOTHING))
        }
    }
}

/// What was read, if that is all that was counted.
fn all_of(rows: u64, tally: Tally, file: &Path) -> anyhow::Result<Tally> {
    let read = tally.imported + tally.already_there + tally.skipped;
    let file = file.display();
    ensure!(
        read == rows,
        "{file} is damaged: it counts {rows} users, but there are {read}; look at it by \
         `sqlite3 FILE 'PRAGMA integrity_check'`"
    );
    Ok(tally)
}

const NOTHING: &str = "nothing was imported";

fn committed(outcome: CommitOutcome<StoreError>) -> anyhow::Result<()> {
    match outcome {
        CommitOutcome::Committed => Ok(()),
        CommitOutcome::RolledBack(error) => Err(error).context(NOTHING),
        CommitOutcome::Unknown(error) => Err(error).context(Advised::new(
            "the database did not say whether all was imported, or nothing",
            "import again when it is in order: what is there by then is left as it is",
        )),
    }
}
