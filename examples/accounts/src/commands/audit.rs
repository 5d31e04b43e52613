//! The audit log.

mod entry;
mod gaps;
mod log;

use std::collections::VecDeque;
use std::time::Duration;

use lback_auth::{AccountStore, AuditEntry, AuditNumber, User, UserId};
use tokio::time::sleep;

use self::entry::Entry;
use self::log::Log;
use super::super::cli::Audit;
use super::super::output::Listing;
use super::account::{find, id};

/// How long to wait before looking for more.
const INTERVAL: Duration = Duration::from_millis(250);

pub(super) async fn audit<S: AccountStore<User = User>>(
    store: &S,
    wanted: &Audit,
) -> anyhow::Result<()> {
    let user = match (&wanted.user, &wanted.id) {
        (Some(login), _) => Some(id(&find(store, login).await?)?),
        (None, id) => id.as_ref().map(UserId::new),
    };
    let is_wanted = |entry: &AuditEntry| {
        is_or_any(user.as_ref(), entry.user.as_ref())
            && is_or_any(wanted.signal.as_deref(), Some(&*entry.signal))
            && is_or_any(wanted.outcome.as_deref(), Some(&*entry.outcome))
            && wanted.since.is_none_or(|since| since <= entry.at)
    };
    let wanted_of = |page: Vec<(AuditNumber, AuditEntry)>| -> Vec<Entry> {
        let wanted = page.into_iter().filter(|(_, entry)| is_wanted(entry));
        wanted.map(Entry::from).collect()
    };
    let mut log = Log::new(store);
    let mut listing = Listing::new(wanted.json);
    let mut last = VecDeque::new();
    while let Some(page) = log.next().await? {
        match wanted.last {
            None => listing.print(&wanted_of(page))?,
            Some(count) => {
                last.extend(wanted_of(page));
                last.drain(..last.len().saturating_sub(count));
            }
        }
    }
    listing.print(last.make_contiguous())?;

    if !wanted.follow {
        return Ok(());
    }
    // An interrupt ends it, as it ends any program: there is nothing to finish.
    loop {
        sleep(INTERVAL).await;
        while let Some(page) = log.next().await? {
            listing.print(&wanted_of(page))?;
        }
        while let Some(page) = log.late().await? {
            listing.print(&wanted_of(page))?;
        }
    }
}

fn is_or_any<T: PartialEq + ?Sized>(wanted: Option<&T>, found: Option<&T>) -> bool {
    wanted.is_none() || wanted == found
}
