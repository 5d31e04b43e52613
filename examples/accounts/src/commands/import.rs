//! Moving accounts in, with a bar that shows how far it is.

use std::path::Path;
use std::time::Instant;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use lback_auth::{AccountStore, Accounts, User};

use super::super::failure;
use super::super::import;
use super::writing::Done;

pub(super) async fn lback<S: AccountStore<User = User>>(
    accounts: &Accounts<S>,
    file: &Path,
    keep_tokens: bool,
) -> anyhow::Result<Done> {
    // It is not drawn where standard error is no terminal.
    let progress = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr())
        .with_style(ProgressStyle::with_template("{bar:40} {pos}/{len} {eta}")?);
    let mut skipped = |row: &import::Skipped| {
        progress.suspend(|| failure::warn(&format!("skipped: {row}")));
    };
    let imported = import::from_lback(
        accounts,
        file,
        keep_tokens,
        &Instant::now,
        &progress,
        &mut skipped,
    )
    .await;
    progress.finish_and_clear();
    let counts = imported?;
    if counts.replaceable > 0 {
        failure::warn(&format!(
            "{} of these accounts have no verified address: a registration with the same name or address \
             replaces such an account",
            counts.replaceable
        ));
    }
    Ok(Done::new(format!(
        "imported {}, already there {}, skipped {}, tokens {}",
        counts.imported, counts.already_there, counts.skipped, counts.tokens
    )))
}
